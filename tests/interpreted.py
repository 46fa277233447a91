"""The probe without its compiled part, and whether it has one."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.run import PROBE
from tests.conftest import missing
from web.doctor import compiled_probe


def interpreted(folder: Path) -> Path:
    """A copy in `folder` of the probe, to be started as PROBE is, that has no compiled part."""
    copy = shutil.copytree(PROBE.parent, folder / "interpreted", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return copy / PROBE.name


def require_compiled() -> None:
    if not compiled_probe().yes:
        missing("the compiled part of the probe", "gcc python3-dev")
