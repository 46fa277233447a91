"""A supervisor and the trace of what it told."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

from engine.process import Limits, Supervisor
from tests.lifeline import Lifeline
from tests.lifeline import lifeline as lifeline

GONE_SECONDS = 3.0
TIMEOUT = 30.0


class Trace:
    """What a supervisor told, in order, as short lines; and a way to wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.text: dict[str, str] = {"stdout": "", "stderr": ""}
        self.dropped = 0
        self.pieces = 0
        self.times: list[int] = []
        self._changed = asyncio.Event()

    def output(self, name: str, stream: str, text: str, dropped: int, t: int) -> None:
        self.text[stream] += text
        self.dropped += dropped
        self.pieces += 1
        self._note(f"{name} {stream} {text!r}", t)

    def exit(self, name: str, code: int | None, signal_name: str | None, t: int) -> None:
        self._note(f"{name} exited {code if signal_name is None else signal_name}", t)

    def lost(self) -> None:
        self._note("lost", time.monotonic_ns())

    def _note(self, line: str, t: int) -> None:
        self.lines.append(line)
        self.times.append(t)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_line(self, line: str) -> None:
        await self.until(lambda: line in self.lines)


@contextlib.asynccontextmanager
async def supervised(
    trace: Trace, limits: Limits | None = None, scratch: list[Path] | None = None
) -> AsyncIterator[Supervisor]:
    supervisor = await Supervisor.start(
        scratch=scratch or [],
        limits=limits or Limits(),
        on_output=trace.output,
        on_exit=trace.exit,
        on_lost=trace.lost,
    )
    try:
        yield supervisor
    finally:
        await supervisor.stop()
        await supervisor.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def python(source: str, *args: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", textwrap.dedent(source), *args]


def run(test: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 2 * TIMEOUT))


def wait_until_gone(lifeline: Lifeline, folder: Path | None = None) -> None:
    began = time.monotonic()
    while lifeline.held() or (folder is not None and folder.exists()):
        assert time.monotonic() - began < GONE_SECONDS
        time.sleep(0.005)
