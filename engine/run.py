"""One execution of a lesson: its processes, from the first start to the last exit, and their recording."""

from __future__ import annotations

import asyncio
import logging
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from engine.commands import Commands
from engine.errors import CannotStart
from engine.events import ProcessExited, ProcessOutput, Program, RunStarted
from engine.folders import Folders
from engine.lesson import Lesson, Value
from engine.observers import Observers, Observing
from engine.pipeline import Pipeline
from engine.process import Limits, Supervisor
from engine.processes import PROBE as PROBE
from engine.processes import Processes
from engine.recording import Header, Recording
from engine.records import CallRecord
from engine.understand.explain import Why

log = logging.getLogger(__name__)

PORT = "PORT"
"""The constant by which a lesson's programs know their port."""
WALL_SECONDS = 3600.0
QUICK, SLOW = 0.002, 0.01
"""Seconds between two looks at the rings: while there is something new, and when nothing happens."""


class Run(Commands):
    """Started by `Run.start`, ended by its programs, by `stop`, or by its time limit."""

    def __init__(
        self, run: str, lesson: Lesson, values: Mapping[str, Value], variant: str, folder: Path, observing: Observing
    ) -> None:
        self.id = run
        self.lesson = lesson.id
        self.values = dict(values)
        chosen = lesson.variant(variant)
        self.variant = "" if chosen is None else chosen.name
        self.programs: list[Program] = lesson.render(values, variant)
        self.live = True
        self._limits = limits_of(lesson)
        began_at, self._origin = time.time_ns(), time.monotonic_ns()
        self._started_at = datetime.fromtimestamp(began_at / 1e9, UTC).isoformat(timespec="milliseconds")
        self.recording = Recording.create(
            folder,
            Header(
                run=run, lesson=lesson.id, started_at=self._started_at, began_at=began_at, platform=platform.platform()
            ),
        )
        self._folders = Folders.make()
        self._observing = observing
        self._pipeline = Pipeline(self._folders.rings, self.recording, self._origin, blocked=not observing.portable)
        self._pipeline.on_call = self._called
        if lesson.prediction is not None:
            self._pipeline.measurement = lesson.prediction.measurement()
        self._supervisor: Supervisor
        self._observers = Observers()
        self.private = False
        """Its programs have a loopback of their own: programs outside cannot reach them."""
        counts = lesson.counts(values)
        self._processes = Processes(lesson, self.programs, counts, self._folders, self._pipeline, self._now)
        self._why: Why = "finished"
        self._reason = ""
        """Of a failure, in the system's words."""
        self._broken = False
        self._wake = asyncio.Event()
        self._gone = asyncio.Event()
        self._task: asyncio.Task[None]

    @classmethod
    async def start(
        cls,
        run: str,
        lesson: Lesson,
        values: Mapping[str, Value],
        folder: Path,
        observing: Observing,
        variant: str = "",
        held: bool = False,
    ) -> Run:
        """Start the programs of `lesson`; the recording goes into `folder`. `held`: before their first call.

        Raises CannotRecord, CannotStart, UnknownVariant.
        """
        try:
            self = cls(run, lesson, values, variant, folder, observing)
            await self._begin_or_abandon(held)
        except OSError as error:
            raise CannotStart(lesson.id, str(error)) from error
        self._task = asyncio.create_task(self._live(), name=f"run {run}")
        return self

    async def _begin_or_abandon(self, held: bool) -> None:
        try:
            self._folders.write(self.programs)
            self._supervisor = await Supervisor.start(
                scratch=self._folders,
                limits=self._limits,
                on_output=self._output,
                on_exit=self._exited,
                on_orphan=self._orphan_exited,
                on_lost=self._lost,
                network=self._observing.private_network(),
            )
            self._processes.supervisor = self._supervisor
            self._observe(held)
            if held:
                self._pipeline.hold(None, True)
            await self._processes.start_due()
        except BaseException as error:  # also when whoever asked for the run has gone and this is cancelled
            self._fail(error)
            await self._abandon()
            raise

    def _observe(self, held: bool) -> None:
        """Begin the log, and watch the lesson's port from before its first SYN."""
        supervisor = self._supervisor
        self.private = bool(supervisor.sockets)
        self._observers = Observers.open(self._observing, supervisor.sockets, self._origin, self._now)
        self._begin(held)
        self._pipeline.observe(self._observers.capture, self._observers.sampler)
        port = self.values.get(PORT)
        if isinstance(port, int):
            self._pipeline.watch(port)

    def _begin(self, held: bool) -> None:
        self._pipeline.begin(
            RunStarted(
                t=0,
                run=self.id,
                lesson=self.lesson,
                started_at=self._started_at,
                variant=self.variant,
                held=held,
                parameters=self.values,
                programs=self.programs,
                platform=platform.platform(),
                python=platform.python_version(),
                network="private" if self.private else "machine",
                segments=self._observers.segments,
                segments_why=self._observers.why,
            )
        )

    async def stop(self) -> None:
        """End every process, gently, then for good; returns when none is left.

        What they had done may still be on its way into the log: `wait` returns when that is closed.
        """
        if self.live and self._why == "finished":
            self._why = "stopped"
            self._wake.set()
        await self._gone.wait()

    async def wait(self) -> None:
        """Returns when the run is over and its recording closed."""
        await asyncio.shield(self._task)

    async def _live(self) -> None:
        """The life of the run after its start. Whatever goes wrong in it, nothing of the run is left."""
        try:
            await self._follow()
        except Exception as error:
            self._give_up(error)
        try:
            await self._end_processes()
        except Exception as error:
            self._give_up(error)
        await self._close()

    async def _follow(self) -> None:
        """Read what happens until nothing more can, or must."""
        deadline = time.monotonic() + WALL_SECONDS
        pause = QUICK
        while not self._over():
            if time.monotonic() > deadline:
                self._why = "limit"
                break
            busy = self._pump()
            try:
                await self._processes.start_due()
            except CannotStart as error:
                self._fail(error)
            pause = QUICK if busy else min(pause * 1.5, SLOW)
            await self._rest(0 if busy else pause)

    async def _end_processes(self) -> None:
        """End what is left of them, and read what they had still to tell."""
        self._to_follow = False
        if self._why == "finished":
            self._processes.skipped()
        stopping = asyncio.create_task(self._supervisor.stop(), name=f"stop {self.id}")
        while not stopping.done():
            self._pump()
            await asyncio.wait([stopping], timeout=QUICK)
        await stopping
        self._gone.set()
        while self._pump():  # noqa: ASYNC110 — it works, it does not wait
            await asyncio.sleep(0)

    def _pump(self) -> bool:
        """Move the pipeline on. A mistake of ours there ends the run; its processes must not outlive it."""
        if self._broken:
            return False
        try:
            return self._pipeline.pump(self._now())
        except Exception as error:
            self._give_up(error)
            return False

    def _give_up(self, error: Exception) -> None:
        log.exception("run %s cannot be recorded any further", self.id)
        self._broken = True
        self._fail(error)
        self._pipeline.keep_in_memory()

    def _fail(self, error: BaseException) -> None:
        self._why = "failed"
        if isinstance(error, CannotStart):
            self._reason = f"{error.arguments['program']}: {error.arguments['reason']}"
        else:
            self._reason = (error.strerror if isinstance(error, OSError) else None) or repr(error)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds or 0.0005)
        except TimeoutError:
            return
        self._wake.clear()

    def _over(self) -> bool:
        return self._why != "finished" or self._processes.nothing_left

    def _called(self, record: CallRecord) -> None:
        if self._processes.called(record):
            self._wake.set()

    def _output(self, name: str, stream: Literal["stdout", "stderr"], text: str, dropped: int, t: int) -> None:
        self._pump()  # what the probe has noted of it is in the ring
        event = ProcessOutput(t=t - self._origin, process=name, stream=stream, text=text, dropped=dropped)
        self._processes.output(event)

    def _exited(self, name: str, code: int | None, signal: str | None, t: int) -> None:
        event = ProcessExited(t=t - self._origin, process=name, code=code, signal=signal)
        event.stopped = self._why != "finished" or self._processes.is_to_end(name)
        self._processes.exited(event)
        self._wake.set()

    def _orphan_exited(self, pid: int, code: int | None, signal: str | None, t: int) -> None:
        process = self._pipeline.reaped(pid)
        if process is not None:
            event = ProcessExited(t=t - self._origin, process=process, code=code, signal=signal)
            event.stopped = self._why != "finished" or self._processes.is_to_end(process)
            self._pipeline.exited(pid, event)

    def _lost(self) -> None:
        self._why = "lost"
        self._wake.set()

    @property
    def port(self) -> Value | None:
        """The port of its lesson, if that has one."""
        return self.values.get(PORT)

    @property
    def now(self) -> int:
        """The run's clock: ns since it began."""
        return self._now()

    def _now(self) -> int:
        return time.monotonic_ns() - self._origin

    async def _abandon(self) -> None:
        """The start failed half-way: leave nothing behind but the recording, which says so."""
        if self.recording.last_seq == 0:
            self._begin(held=False)
        if hasattr(self, "_supervisor"):
            await self._supervisor.stop(grace=0)
        await self._close()

    async def _close(self) -> None:
        """Every step is taken, whatever goes wrong with the one before: for example when the disk is full.

        The supervisor is let go last: until then it would clear up, should we be killed.
        """
        self._gone.set()
        for step in (self._end_recording, self._pipeline.close, self._observers.close):
            try:
                step()
            except Exception:
                log.exception("run %s was not closed in order", self.id)
        self._folders.remove()
        self.live = False
        if hasattr(self, "_supervisor"):
            await self._supervisor.close()

    def _end_recording(self) -> None:
        try:
            self._pipeline.end(self._now(), self._why, self._reason)
        except Exception as error:
            self._give_up(error)
            self._pipeline.cut_short(self._now(), self._reason)


def limits_of(lesson: Lesson) -> Limits:
    return Limits() if lesson.open_files is None else Limits(open_files=lesson.open_files)
