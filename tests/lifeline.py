"""Tells whether any process of a test is left, whatever it has become."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest


class Lifeline:
    """A FIFO that a program opens for writing, and its children inherit: has an end only when all are gone."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        os.mkfifo(path)
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def held(self) -> bool:
        try:
            return os.read(self._fd, 1) != b""
        except BlockingIOError:
            return True

    def close(self) -> None:
        os.close(self._fd)

    def kill_holders(self) -> None:
        """So that a failed test leaves nothing behind."""
        for fd in Path("/proc").glob("[0-9]*/fd/*"):
            pid = int(fd.parts[2])
            with contextlib.suppress(OSError):
                if pid != os.getpid() and os.readlink(fd) == self.path:
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def lifeline(tmp_path: Path) -> Iterator[Lifeline]:
    line = Lifeline(tmp_path / "alive")
    yield line
    held = line.held()
    if held:
        line.kill_holders()
    line.close()
    assert not held, "a process outlived its test"


def held_by(lifeline: Lifeline, source: str) -> str:
    """The text of a program that holds the lifeline from its first line on."""
    return f"import os\nos.open({lifeline.path!r}, os.O_WRONLY)\n" + textwrap.dedent(source)


def holding(lifeline: Lifeline, source: str) -> list[str]:
    """The command of such a program."""
    return [sys.executable, "-I", "-S", "-c", held_by(lifeline, source)]
