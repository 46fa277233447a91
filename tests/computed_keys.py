"""Message keys that the sources put together: for each beginning, the endings that its code can give it.

What the code says is read from the code, so that a new ending without a message is a missing key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args, get_type_hints

from engine.events import Interest, Moved, RunEnded
from engine.lesson import SCENARIOS, load_lessons
from engine.scenario import Framing, View
from engine.understand.process_captions import SIGNALS
from web.arguments import ARGPARSE
from web.terminal import Row

ROOT = Path(__file__).parents[1]


def literals(struct: type, field: str) -> tuple[str, ...]:
    """What a field of a struct may be."""
    return get_args(get_type_hints(struct)[field])


def found(path: str, pattern: str) -> list[str]:
    """What the first group of `pattern` matches in a source; a list in quotes is taken apart."""
    matches = re.findall(pattern, (ROOT / path).read_text("utf-8"), re.DOTALL)
    assert matches, (path, pattern)
    return [word for match in matches for word in re.findall(r'"([\w.]+)"', match) or [match]]


def keys(beginning: str, endings: Iterable[str]) -> set[str]:
    return {beginning + ending for ending in endings}


CHAPTERS = {str(lesson.chapter) for lesson in load_lessons([SCENARIOS]).lessons.values()}
BROKEN_OFF = found("engine/understand/explain.py", r"why in (\([^)]*\))")
PICKED = found("static/js/framing_picker.js", r"\.\.\.(\[[^\]]*\])\.map\(\(kind\)")
FLAGS = found("static/js/model/masks.js", r'\["(\w+)", [A-Z_]+\]')

COMPUTED: dict[str, set[str]] = {
    "caption.bytes.": keys(
        "caption.bytes.", ["failed_send", *get_args(Moved), *(f"tls_{it}" for it in get_args(Moved))]
    ),
    "caption.conclusion.": keys("caption.conclusion.", BROKEN_OFF),
    "cli.argparse_": keys("cli.argparse_", ARGPARSE.values()),
    "cli.column_": keys("cli.column_", [*Row._fields, *found("web/terminal.py", r"for name in (\([^)]*\))")]),
    "cli.doctor_": keys("cli.doctor_", found("web/doctor.py", r'\n        \("(\w+)", (?:True|False), ')),
    "cli.help_": keys(
        "cli.help_",
        [*found("web/cli.py", r'\bt\("(\w+)"\)'), *found("web/cli.py", r"for name in (\([^)]*\)):\n +command")],
    ),
    "ui.chapter_": keys("ui.chapter_", CHAPTERS),
    "ui.figure_": keys("ui.figure_", found("static/js/model/sockets.js", r"FIGURES = (\[[^\]]*\])")),
    "ui.flag_": keys(
        "ui.flag_", {*FLAGS, *found("static/js/view/readiness.js", r'\["(LT|DISARMED)"\]')} - {"R", "W", "X"}
    ),
    "ui.framing_": keys("ui.framing_", set(literals(Framing, "kind")) - {"length", "delimiter"}),
    "ui.pick_": keys("ui.pick_", PICKED),
    "ui.signal_": keys("ui.signal_", SIGNALS),
    "ui.struct_order_": keys("ui.struct_order_", ["little", "big"]),
    "ui.view_": keys("ui.view_", get_args(View)),
    "ui.what_": keys("ui.what_", literals(Interest, "what")),
    "ui.zero_": keys("ui.zero_", found("static/js/model/pair.js", r'from: "(\w+)" \}')),
}

assert set(BROKEN_OFF) <= set(literals(RunEnded, "why"))
