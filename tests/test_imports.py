"""Who may import whom, as the map in `engine/__init__.py` says."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FRONT = {"playground", "lesson", "parameters", "run", "follow", "repeat", "recording", "events", "messages", "errors"}
"""What `web` may use of the engine; `parameters` is the part of `lesson` that knows values."""

ALLOWED = {
    "engine.probe": {"engine.probe"},
    "engine.events": {"engine.events"},
    "engine.records": {"engine.events"},
    "engine.understand": {"engine.understand", "engine.events", "engine.records"},
    "engine.observe": {"engine.observe", "engine.events", "engine.records", "engine.probe.layout"},
    "engine.supervisor": set[str](),
    "engine.family": set[str](),
    "engine.private_network": set[str](),
    "engine.capture_helper": set[str](),
}
"""Our modules that the files of each part may import; every other file of the engine: all of engine."""

STANDARD_LIBRARY_ONLY = (
    "engine.probe",
    "engine.supervisor",
    "engine.family",
    "engine.private_network",
    "engine.capture_helper",
)
BESIDE = {"engine.supervisor": {"private_network", "family"}}
"""The supervisor runs without our packages and imports the files beside it by their bare names."""


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, Path]:
    files = [*ROOT.glob("engine/**/*.py"), *ROOT.glob("web/**/*.py")]
    return {module_of(path): path for path in files if "scenarios" not in path.parts}


SOURCES = sources()


def imports(module: str, text: str, *, package: bool) -> Iterator[str]:
    """The full names of all a file imports, wherever in it, `from x import y` as x.y."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: None if package and node.level == 1 else -(node.level - package)]
                base = ".".join([*above, base] if base else above)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inside(name: str, parts: set[str]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in parts)


def part_of(module: str) -> str | None:
    return next((part for part in ALLOWED if inside(module, {part})), None)


def faults(module: str, names: Iterator[str]) -> list[str]:
    """The imports that break a rule."""
    part = part_of(module)
    found = []
    for name in names:
        if inside(name, {"engine", "web", "tests", "benchmarks"}):
            if module.startswith("web"):
                allowed = {"web"} | {f"engine.{front}" for front in FRONT}
            else:
                allowed = {"engine"} if part is None else ALLOWED[part]
            if not inside(name, allowed):
                found.append(f"{module} imports {name}")
        elif name in BESIDE.get(module, ()):
            continue
        elif part in STANDARD_LIBRARY_ONLY and name.split(".")[0] not in sys.stdlib_module_names:
            found.append(f"{module} imports {name}, which is not in the standard library")
    return found


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_imports_only_what_it_may(module: str) -> None:
    path = SOURCES[module]
    text = path.read_text(encoding="utf-8")
    assert faults(module, imports(module, text, package=path.name == "__init__.py")) == []


@pytest.mark.parametrize(
    ("module", "line", "good"),
    [
        ("engine.probe.calls", "from .ring import Ring", True),
        ("engine.probe.calls", "from engine.events import Event", False),
        ("engine.probe.calls", "import msgspec", False),
        ("engine.understand.streams", "from engine.events import CallReturned", True),
        ("engine.understand.streams", "from engine import run", False),
        ("engine.observe.rings", "from engine.probe.layout import RECORD", True),
        ("engine.observe.rings", "from engine.probe import calls", False),
        ("engine.events", "import msgspec", True),
        ("engine.events", "from engine import lesson", False),
        ("engine.run", "from engine.observe import rings", True),
        ("engine.run", "def f():\n    import web.app", False),
        ("engine.supervisor", "import psutil", False),
        ("web.app", "from engine.playground import Playground", True),
        ("web.app", "from engine import events", True),
        ("web.app", "from engine.understand import streams", False),
    ],
)
def test_the_rule_itself(module: str, line: str, good: bool) -> None:
    assert (faults(module, imports(module, line, package=False)) == []) is good
