"""Every lesson in each of its variants, played to its end without a page: for tests that all of them must pass.

    python -m tests.plays FOLDER OBSERVING PLAY…

leaves the recording and the segments of each in a folder of its own. OBSERVING and PLAY are JSON: the fields of
`Observing`, and of `Play`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from engine.errors import EngineError, NotReading, ProcessNotStarted
from engine.events import AnyEvent, CallReturned, CallStarted, ProcessExited, ProcessStarted, decoder
from engine.lesson import SCENARIOS, load_lessons
from engine.observers import Observing
from engine.playground import Playground
from engine.recording import Recording
from engine.run import Run
from web.headless import reading_processes

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
SECONDS = 6.0
AT_ONCE = 4
PCAPNG = "run.pcapng"


@dataclass(frozen=True)
class Play:
    """A lesson as it is to be run."""

    lesson: str
    variant: str = ""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return " ".join(filter(None, [self.lesson, self.variant, *map(str, self.values.items())]))

    def at(self, port: int) -> Play:
        """With all its values: short ones where nothing else is said."""
        return replace(self, values={**SHORT.get(self.lesson, {}), **self.values, "PORT": port})


PLAYS = [Play(lesson.id, it.name) for lesson in SHELF.lessons.values() for it in lesson.variants] + [
    Play(lesson.id) for lesson in SHELF.lessons.values() if not lesson.variants
]


async def perform(here: Playground, play: Play, seconds: float = SECONDS) -> Run:
    """The run, over and its log complete. Into programs that read their input something is typed.

    It is stopped when nothing more can happen by itself, and after `seconds`.
    """
    run = await here.start_run(play.lesson, play.values, play.variant)
    readers = reading_processes(SHELF.lessons[play.lesson], run.values)
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
        elif isinstance(event, CallReturned):
            self._inside.get(event.process, set()).discard(event.call)


def perform_all(folder: Path, plays: Sequence[Play], observing: Observing) -> dict[Play, list[AnyEvent]]:
    """The events of each, as played here, a few at a time; of the n-th everything is in `folder`/n."""
    asyncio.run(perform_each(folder, plays, observing))
    return recorded(folder, plays)


async def perform_each(folder: Path, plays: Sequence[Play], observing: Observing) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, play: Play) -> None:
        async with room:
            here = Playground(folder / str(number), observing=observing)
            try:
                run = await perform(here, play)
                with (folder / str(number) / PCAPNG).open("wb") as file:
                    await here.export_pcapng(run.id, file)
            finally:
                await here.close()

    async with asyncio.TaskGroup() as group:
        for number, play in enumerate(plays):
            group.create_task(one(number, play))


def command(folder: Path, plays: Sequence[Play], observing: Mapping[str, object]) -> list[str]:
    """What follows `python` to have them performed in a process of its own."""
    return ["-m", "tests.plays", str(folder), json.dumps(observing), *(json.dumps(asdict(play)) for play in plays)]


def recorded(folder: Path, plays: Sequence[Play]) -> dict[Play, list[AnyEvent]]:
    """The events of plays performed with that folder."""
    found: dict[Play, list[AnyEvent]] = {}
    for number, play in enumerate(plays):
        [run] = (folder / str(number) / "runs").iterdir()
        found[play] = [decoder.decode(line) for line in Recording.open(run).lines()]
    return found


def main() -> None:
    folder, observing, *plays = sys.argv[1:]
    performed = [Play(**json.loads(text)) for text in plays]
    asyncio.run(perform_each(Path(folder), performed, Observing(**json.loads(observing))))


if __name__ == "__main__":
    main()
