"""Runs things as a user who may do nothing in particular."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import missing

ROOT = Path(__file__).parent.parent
NOBODY = 65534
BECOME = f"""
import os, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def home() -> Iterator[Path]:
    """A folder of that user's own, outside pytest's private ones; removed after the test."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; run as one, every run is this test")
    folder = Path(tempfile.mkdtemp(prefix="unprivileged-", dir="/tmp"))
    os.chown(folder, NOBODY, NOBODY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def run(
    folder: Path, *arguments: str, before: Sequence[str] = (), seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """`python ARGUMENTS` as that user, with what is installed here; root's command `before` starts it."""
    python = reachable_python()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}", "TMPDIR": str(folder)}
    return subprocess.run(
        [*before, python, "-c", BECOME, python, *arguments],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def reachable_python() -> str:
    """An interpreter of this version that any user may execute; ours may lie in somebody's home."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")):
        if candidate and reachable(Path(candidate).resolve()):
            return str(Path(candidate).resolve())
    missing(f"a {version} that every user may execute", version)
    raise AssertionError


def reachable(path: Path) -> bool:
    return path.stat().st_mode & 0o001 != 0 and all(parent.stat().st_mode & 0o001 for parent in path.parents)
