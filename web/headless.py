"""`socket-playground run`: a lesson without a browser, its events on the terminal."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping

from engine.events import (
    AnyEvent,
    Call,
    CallBlocked,
    CallReturned,
    ProcessExited,
    ProcessStarted,
    decoder,
)
from engine.messages import Lang
from engine.playground import Playground
from engine.run import Run
from web import terminal

TICK = 0.05
QUIET = 1.0
"""Seconds without an event after which programs that all wait for each other will wait for ever."""

Print = Callable[[bytes], None]


class Waiting:
    """Which processes live, and which calls they are blocked in."""

    def __init__(self) -> None:
        self._blocked: dict[str, set[int]] = {}

    def see(self, event: AnyEvent) -> None:
        """Takes the next event of the run."""
        if isinstance(event, ProcessStarted):
            self._blocked[event.process] = set()
        elif isinstance(event, ProcessExited):
            self._blocked.pop(event.process, None)
        elif isinstance(event, CallBlocked):
            self._blocked.setdefault(event.process, set()).add(event.call)
        elif isinstance(event, CallReturned) and isinstance(event, Call):
            self._blocked.get(event.process, set()).discard(event.call)

    @property
    def everybody(self) -> bool:
        """Every process that lives is blocked in a call."""
        return bool(self._blocked) and all(self._blocked.values())


async def run_lesson(
    playground: Playground, lesson: str, values: Mapping[str, object], print_line: Print, seconds: float
) -> None:
    """Runs a lesson and prints each event of its log. Stops it when nothing more can happen, or after `seconds`."""
    run = await playground.start_run(lesson, values)
    deadline = time.monotonic() + seconds
    waiting = Waiting()
    printed, quiet_since = 0, time.monotonic()
    while not (run.recording.closed and printed == run.recording.last_seq):
        for line in run.recording.lines(printed):
            print_line(line)
            waiting.see(decoder.decode(line))
            printed, quiet_since = printed + 1, time.monotonic()
        await _stop_when_over(run, waiting.everybody, quiet_since + QUIET, deadline)
        await asyncio.sleep(TICK)


async def _stop_when_over(run: Run, everybody_waits: bool, quiet_at: float, deadline: float) -> None:
    now = time.monotonic()
    if run.live and (now > deadline or (everybody_waits and now > quiet_at)):
        await run.stop()


def print_json(line: bytes) -> None:
    """The line of the log, byte for byte."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def table_printer(lang: Lang) -> Print:
    """Prints each event it is given as a row of the table, and above the first one the heading."""
    bold = sys.stdout.isatty()
    heading = [terminal.header(lang)]

    def print_line(line: bytes) -> None:
        for text in [*heading, *terminal.row(decoder.decode(line), lang, bold)]:
            print(text, flush=True)
        heading.clear()

    return print_line
