"""The front of the engine: lessons in, runs out."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from engine.errors import CannotRecord, NotARecording, PortTaken, UnknownLesson, UnknownRun
from engine.export.wireshark import export
from engine.lesson import SCENARIOS, Lesson, Value, load_lessons
from engine.observers import Observing as Observing
from engine.packet_sockets import PacketSockets as PacketSockets
from engine.ports import free_port_after, is_free
from engine.recording import Recording, prune
from engine.run import PORT, Run

KEPT_RUNS = 20
"""Ended runs whose recordings stay in memory; older ones are opened from disk when asked for."""


class Playground:
    """One for each dashboard. Its runs are stopped by `close`, and by nothing being able to outlive it."""

    def __init__(self, data: Path, scenarios: Sequence[Path] = (), observing: Observing | None = None) -> None:
        """Recordings are kept under `data`/runs; lessons come with us and from the folders `scenarios`.

        Raises CannotRecord.
        """
        self._observing = observing or Observing()
        self._runs_folder = data / "runs"
        try:
            self._runs_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRecord(str(self._runs_folder), error.strerror or str(error)) from error
        self.shelf = load_lessons([SCENARIOS, *scenarios])
        self.runs: dict[str, Run] = {}
        self._starting = asyncio.Lock()

    def lesson(self, lesson: str) -> Lesson:
        """Raises UnknownLesson."""
        try:
            return self.shelf.lessons[lesson]
        except KeyError:
            raise UnknownLesson(lesson) from None

    async def start_run(self, lesson: str, values: Mapping[str, object]) -> Run:
        """Start a lesson. A live run of it, or one on the same port, is stopped first.

        Raises UnknownLesson, BadParameter, PortTaken, CannotRecord, CannotStart.
        """
        chosen = self.lesson(lesson)
        checked = chosen.check(values)
        async with self._starting:
            await self._make_way(chosen.id, checked.get(PORT))
            port = checked.get(PORT)
            shared = self._observing.private_network() is None
            if shared and isinstance(port, int) and not await asyncio.to_thread(is_free, port):
                raise PortTaken(PORT, port, await asyncio.to_thread(free_port_after, port))
            run = f"{time.strftime('%Y%m%d-%H%M%S')}-{lesson}-{secrets.token_hex(3)}"
            started = await Run.start(run, chosen, checked, self._runs_folder / run, self._observing)
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

    async def export_pcapng(self, run: str, file: IO[bytes]) -> None:
        """Write the captured segments of a run, which may go on meanwhile. Raises UnknownRun."""
        await asyncio.to_thread(export, self.recording(run).snapshot(), file)

    async def close(self) -> None:
        """Stop every run; nothing is left behind."""
        await asyncio.gather(*(run.stop() for run in self.runs.values()))
        await asyncio.gather(*(run.wait() for run in self.runs.values()))

    async def _make_way(self, lesson: str, port: Value | None) -> None:
        for run in list(self.runs.values()):
            if run.live and (run.lesson == lesson or (port is not None and run.values.get(PORT) == port)):
                await run.stop()

    def _forget_old(self) -> None:
        ended = [run.id for run in self.runs.values() if not run.live]
        for run in ended[:-KEPT_RUNS]:
            del self.runs[run]
        prune(self._runs_folder, live=self.runs)
