"""Every lesson in each of its variants, played to its end without a page: for tests that all of them must pass.

    python -m tests.plays FOLDER LESSON [--variant NAME] --values '{"PORT": 8001, …}'

leaves its recording and its segments in the folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, NotReading, ProcessNotStarted
from engine.events import AnyEvent, Call, CallReturned, CallStarted, ProcessExited, ProcessStarted, decoder
from engine.lesson import SCENARIOS, load_lessons
from engine.observers import Observing
from engine.playground import Playground
from engine.run import Run

SHELF = load_lessons([SCENARIOS])
LESSONS = sorted(SHELF.lessons)

SHORT: Mapping[str, Mapping[str, object]] = {
    "backlog": {"DELAY": 0.2, "CLIENTS": 3},
    "blocking": {"CONNECT_AFTER": 0.2, "SEND_AFTER": 0.2},
    "dialogue": {"CLIENTS": 2},
    "goodbye": {"FORGET": 0.1, "AGAIN_AFTER": 0.4},
    "level-and-edge": {"MORE_AFTER": 0.2, "STAY": 0.2, "PATIENCE": 0.4},
    "many-requests": {"SLEEP": 0.2},
    "messages-and-files": {"PAUSE": 0.0},
    "not-only-sockets": {"PIPE_AFTER": 0.2, "SEND_AFTER": 0.1, "TIMER": 0.3},
    "partial-send": {"READ_DELAY": 0.2},
    "reset": {"PAUSE": 0.1},
    "select-poll-epoll": {"CONNECTIONS": 100, "REPEATS": 2},
    "tcp-and-udp": {"READ_DELAY": 0.2},
}
"""Values with which a lesson makes its point sooner; the others keep their defaults."""
TYPED: Mapping[str, str] = {
    "messages-and-files": "msg|你好\nfile|sample.txt\nfile|nothing\nclose\n",
}
LINES = "你好 a\nhello\nq\n"
"""What is typed into each process that reads its input."""
STILL = 0.5
"""Seconds without an event after which processes that are all in a call are thought to stay there."""
SECONDS = 12.0
PCAPNG = "run.pcapng"


@dataclass(frozen=True)
class Play:
    """A lesson as it is to be run."""

    lesson: str
    variant: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(filter(None, [self.lesson, self.variant, *map(str, self.values.items())]))

    def at(self, port: int) -> dict[str, object]:
        """The parameters, short ones where nothing else is said."""
        return {**SHORT.get(self.lesson, {}), **self.values, "PORT": port}


PLAYS = [Play(lesson.id, it.name) for lesson in SHELF.lessons.values() for it in lesson.variants] + [
    Play(lesson.id) for lesson in SHELF.lessons.values() if not lesson.variants
]


async def perform(here: Playground, play: Play, port: int, seconds: float = SECONDS) -> Run:
    """The run, over and its log complete. Into programs that read their input something is typed.

    It is stopped when nothing more can happen by itself, and after `seconds`.
    """
    values = play.at(port)
    run = await here.start_run(play.lesson, values, play.variant)
    lesson = SHELF.lessons[play.lesson]
    counts = lesson.counts(values)
    readers = [
        program.name + (f"-{number}" if number > 1 else "")
        for program in lesson.programs
        if program.input
        for number in range(1, counts[program.name] + 1)
    ]
    typing = [asyncio.create_task(type_into(run, name, TYPED.get(play.lesson, LINES))) for name in readers]
    standing = Standing(run)
    deadline = time.monotonic() + seconds
    while run.live and time.monotonic() < deadline and not standing.still():  # noqa: ASYNC110 — nobody would tell
        await asyncio.sleep(0.02)
    await run.stop()
    await asyncio.gather(*typing)
    await run.wait()
    return run


async def type_into(run: Run, process: str, text: str) -> None:
    """As soon as it runs, and then its input ends. One that has ended already reads nothing."""
    while run.live:
        try:
            run.write(process, text, end=True)
        except (NotReading, ProcessNotStarted):
            await asyncio.sleep(0.02)
        except EngineError:
            return
        else:
            return


class Standing:
    """Whether all that live of a run are in a call that only somebody else can end."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen = 0
        self._since = time.monotonic()
        self._inside: dict[str, set[int]] = {}
        """By process that lives: its calls that have begun, but for connects, which the kernel tries again."""
        self._has_begun = False

    def still(self) -> bool:
        for line in self._run.recording.lines(self._seen):
            self._see(decoder.decode(line))
            self._seen, self._since = self._seen + 1, time.monotonic()
        everybody = bool(self._inside) and all(self._inside.values())
        return everybody and time.monotonic() > self._since + STILL

    def _see(self, event: AnyEvent) -> None:
        if isinstance(event, ProcessStarted):
            self._inside[event.process] = set()
        elif isinstance(event, ProcessExited):
            self._inside.pop(event.process, None)
        elif isinstance(event, CallStarted) and event.op != "connect":
            self._inside.setdefault(event.process, set()).add(event.call)
        elif isinstance(event, CallReturned) and isinstance(event, Call):
            self._inside.get(event.process, set()).discard(event.call)


def perform_here(play: Play, port: int, data: Path, observing: Observing | None = None) -> list[AnyEvent]:
    """The events of a performance in this process."""
    return asyncio.run(perform_in(data, play, port, observing))


async def perform_in(
    data: Path, play: Play, port: int, observing: Observing | None = None, pcapng: Path | None = None
) -> list[AnyEvent]:
    """The events of a performance in a playground of its own; its segments go into the file, if one is given."""
    here = Playground(data, observing=observing)
    try:
        run = await perform(here, play, port)
        if pcapng is not None:
            with pcapng.open("wb") as file:
                await here.export_pcapng(run.id, file)
        return [decoder.decode(line) for line in run.recording.lines()]
    finally:
        await here.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("lesson")
    parser.add_argument("--variant", default="")
    parser.add_argument("--values", type=json.loads, default={})
    options = parser.parse_args()
    play = Play(options.lesson, options.variant, options.values)
    observing = Observing(network="machine")
    asyncio.run(perform_in(options.folder, play, options.values["PORT"], observing, options.folder / PCAPNG))


if __name__ == "__main__":
    main()
