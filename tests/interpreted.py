"""The probe without its compiled part, and whether it has one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from engine.run import PROBE
from tests.conftest import missing

WHICH = "import socket; print(type(socket.socket.recv).__name__)"


def interpreted(folder: Path) -> Path:
    """A copy in `folder` of the probe, to be started as PROBE is, that has no compiled part."""
    copy = shutil.copytree(PROBE.parent, folder / "interpreted", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    return copy / PROBE.name


def require_compiled(folder: Path) -> None:
    command = [sys.executable, str(PROBE), str(folder), "-c", WHICH]
    if subprocess.run(command, check=True, capture_output=True, text=True).stdout != "Method\n":
        missing("the compiled part of the probe", "gcc python3-dev")
