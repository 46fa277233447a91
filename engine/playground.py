"""The front of the engine: lessons in, runs out."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from engine.errors import (
    BadParameter,
    CannotRecord,
    NotARecording,
    PortTaken,
    UnknownLesson,
    UnknownRepeat,
    UnknownRun,
)
from engine.export.wireshark import export
from engine.lesson import SCENARIOS, Lesson, Value, load_lessons
from engine.observers import Observing as Observing
from engine.packet_sockets import PacketSockets as PacketSockets
from engine.ports import free_port_after, is_free
from engine.recording import Recording, prune, read_started
from engine.repeat import MOST_TIMES, Repeat
from engine.run import PORT, Run

RUN_NAME = re.compile(r"\d{8}-\d{6}-(?P<lesson>[\w-]+)-[\da-f]{6}")
"""When it was started, its lesson, and what tells it from others of that second."""

KEPT_RUNS = 20
"""Ended runs whose recordings stay in memory; older ones are opened from disk when asked for."""

LISTED_RUNS = 50
"""Of a lesson's kept runs so many are listed: those of a repeat may be a thousand."""


class KeptRun(NamedTuple):
    """A run whose recording is kept, and what it ran. `started_at` is wall-clock time, ISO 8601 in UTC."""

    run: str
    started_at: str
    variant: str
    parameters: dict[str, Value]
    live: bool


class Playground:
    """One for each dashboard. Its runs are stopped by `close`, and by nothing being able to outlive it."""

    def __init__(self, data: Path, scenarios: Sequence[Path] = (), observing: Observing | None = None) -> None:
        """Recordings are kept under `data`/runs; lessons come with us and from the folders `scenarios`.

        Raises CannotRecord, CannotReadLessons, NotAFolderOfLessons.
        """
        self._observing = observing or Observing()
        self._runs_folder = data / "runs"
        try:
            self._runs_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRecord(str(self._runs_folder), error.strerror or str(error)) from error
        self.shelf = load_lessons([SCENARIOS, *scenarios])
        self.runs: dict[str, Run] = {}
        self.repeats: dict[str, Repeat] = {}
        """Of each lesson the last; the recordings of its runs are kept as long."""
        self._starting = asyncio.Lock()

    def lesson(self, lesson: str) -> Lesson:
        """Raises UnknownLesson."""
        try:
            return self.shelf.lessons[lesson]
        except KeyError:
            raise UnknownLesson(lesson) from None

    async def start_run(self, lesson: str, values: Mapping[str, object], variant: str = "", held: bool = False) -> Run:
        """Start a lesson. What is live of it, or on the same port, is stopped first. `held`: before the first call.

        Raises UnknownLesson, UnknownVariant, BadParameter, PortTaken, CannotRecord, CannotStart.
        """
        chosen = self.lesson(lesson)
        checked = chosen.check(values)
        chosen.variant(variant)
        await self._stop_repeats(chosen.id, checked.get(PORT))
        return await self._start(chosen, checked, variant, held)

    async def start_repeat(self, lesson: str, values: Mapping[str, object], variant: str, times: float) -> Repeat:
        """Run a lesson `times` times in a row. What is live of it, or on the same port, is stopped first.

        Raises as `start_run`, of the first run; and BadParameter of `times`.
        """
        if times not in range(1, MOST_TIMES + 1):  # half a run is none either
            raise BadParameter("times", "error.bad_times", maximum=MOST_TIMES)
        chosen = self.lesson(lesson)
        checked = chosen.check(values)
        start = partial(self._start, chosen, checked, variant, held=False)
        first = await self.start_run(lesson, values, variant)
        for old in [old for old in self.repeats.values() if old.lesson == lesson]:
            del self.repeats[old.id]
        repeat = Repeat(f"{lesson}-{secrets.token_hex(3)}", int(times), first, start)
        self.repeats[repeat.id] = repeat
        return repeat

    def repeat(self, repeat: str) -> Repeat:
        """The last one of its lesson. Raises UnknownRepeat."""
        try:
            return self.repeats[repeat]
        except KeyError:
            raise UnknownRepeat(repeat) from None

    def repeat_of(self, lesson: str) -> Repeat | None:
        """The last one of a lesson."""
        return next((repeat for repeat in reversed(self.repeats.values()) if repeat.lesson == lesson), None)

    async def _start(self, lesson: Lesson, values: Mapping[str, Value], variant: str, held: bool) -> Run:
        port = values.get(PORT)
        async with self._starting:
            await self._make_way(lesson.id, port)
            shared = self._observing.private_network() is None
            if shared and isinstance(port, int) and not await asyncio.to_thread(is_free, port):
                raise PortTaken(PORT, port, await asyncio.to_thread(free_port_after, port))
            run = f"{time.strftime('%Y%m%d-%H%M%S')}-{lesson.id}-{secrets.token_hex(3)}"
            started = await Run.start(run, lesson, values, self._runs_folder / run, self._observing, variant, held)
            self.runs[run] = started
        self._forget_old()
        return started

    def recording(self, run: str) -> Recording:
        """The recording of a live or an old run. Raises UnknownRun."""
        if run in self.runs:
            return self.runs[run].recording
        if not re.fullmatch(r"[\w-]+", run):  # so that it cannot lead out of the folder
            raise UnknownRun(run)
        try:
            return Recording.open(self._runs_folder / run)
        except NotARecording:
            raise UnknownRun(run) from None

    def live_run(self, lesson: str) -> Run | None:
        """The run of a lesson that is going on, if it is not one of a repeat."""
        repeat = self.repeat_of(lesson)
        repeated = repeat.runs if repeat is not None else []
        live = (run for run in self.runs.values() if run.live and run.lesson == lesson and run.id not in repeated)
        return next(live, None)

    def times_run(self) -> Counter[str]:
        """How many recordings are kept of each lesson, by its id."""
        names = (RUN_NAME.fullmatch(entry.name) for entry in self._runs_folder.iterdir())
        return Counter(name["lesson"] for name in names if name)

    def kept_runs(self, lesson: str) -> list[KeptRun]:
        """The latest runs of a lesson whose recordings can be read, newest first; at most LISTED_RUNS.

        Reads from the disk. Raises UnknownLesson.
        """
        known = self.lesson(lesson).id
        names = (RUN_NAME.fullmatch(entry.name) for entry in self._runs_folder.iterdir())
        mine = sorted((name[0] for name in names if name and name["lesson"] == known), reverse=True)
        kept = (self._kept_run(run) for run in mine[:LISTED_RUNS])
        return sorted((run for run in kept if run), key=lambda run: run.started_at, reverse=True)

    def _kept_run(self, run: str) -> KeptRun | None:
        try:
            said = read_started(self._runs_folder / run)
        except NotARecording:
            return None
        if said is None:
            return None
        started = self.runs.get(run)
        live = started is not None and started.live
        return KeptRun(run, said.started_at, said.variant, said.parameters, live)

    async def export_pcapng(self, run: str, file: IO[bytes]) -> None:
        """Write the captured segments of a run, which may go on meanwhile. Raises UnknownRun."""
        await asyncio.to_thread(export, self.recording(run).snapshot(), file)

    async def close(self) -> None:
        """Stop every run; nothing is left behind."""
        await asyncio.gather(*(repeat.stop() for repeat in self.repeats.values()))
        await asyncio.gather(*(run.stop() for run in self.runs.values()))
        await asyncio.gather(*(run.wait() for run in self.runs.values()))

    async def _stop_repeats(self, lesson: str, port: Value | None) -> None:
        for repeat in list(self.repeats.values()):
            if repeat.lesson == lesson or (port is not None and repeat.port == port):
                await repeat.stop()

    async def _make_way(self, lesson: str, port: Value | None) -> None:
        for run in list(self.runs.values()):
            if run.live and (run.lesson == lesson or (port is not None and run.values.get(PORT) == port)):
                await run.stop()

    def _forget_old(self) -> None:
        ended = [run.id for run in self.runs.values() if not run.live]
        for run in ended[:-KEPT_RUNS]:
            del self.runs[run]
        repeated = {run for repeat in self.repeats.values() for run in repeat.runs}
        prune(self._runs_folder, live=repeated.union(self.runs))
