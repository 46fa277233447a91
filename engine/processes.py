"""The processes of one run by name: which are due, which live, which have ended, and commands to them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.errors import (
    InputClosed,
    NoMoreProcesses,
    NotReading,
    ProcessEnded,
    ProcessNotStarted,
    TooManyProcesses,
    UnknownProcess,
    UnknownProgram,
)
from engine.events import (
    ProcessExited,
    ProcessInput,
    ProcessInterrupted,
    ProcessOutput,
    ProcessSkipped,
    ProcessStarted,
    Program,
)
from engine.folders import Folders
from engine.lesson import Lesson, process_name
from engine.pipeline import Pipeline
from engine.process import Supervisor
from engine.records import CallRecord
from engine.understand.traceback import find_crash

PROBE = Path(__file__).with_name("probe") / "__main__.py"
MOST_LIVE = 128
"""Processes of a run that live at once, their own children not counted."""
STDERR_KEPT = 1 << 16
"""Characters of what a process wrote last to stderr, for the traceback it may end with."""
FOR_US = {"PYTHONUNBUFFERED", "FORCE_COLOR", "PYTHON_COLORS"}
"""Variables of the environment that say how the engine itself is to print."""


class Due(NamedTuple):
    """A process that is to be started."""

    name: str
    program: Program


class Processes:
    """Made before the supervisor, which tells it of exits; `supervisor` is set before the first start."""

    supervisor: Supervisor

    def __init__(
        self,
        lesson: Lesson,
        programs: Sequence[Program],
        counts: Mapping[str, int],
        folders: Folders,
        log: Pipeline,
        now: Callable[[], int],
    ) -> None:
        """`counts`: how many processes of each program are started. `log` takes what happens, and `now` is its time."""
        self._programs = {program.name: program for program in programs}
        self._entries = {entry.name: entry for entry in lesson.programs}
        self._folders = folders
        self._log = log
        self._now = now
        self._made: Counter[str] = Counter()
        """How many processes of each program have got a name."""
        self._program_of: dict[str, Program] = {}
        """By process."""
        self._pids: dict[str, int] = {}
        self._starting: set[str] = set()
        self._ended: set[str] = set()
        self._to_end: set[str] = set()
        self._reached: set[str] = set()
        self._stderr: dict[str, str] = {}
        self._due = [self._next_of(program) for program in programs for _ in range(counts[program.name])]

    @property
    def nothing_left(self) -> bool:
        """No process lives, and none can become due any more."""
        return not self._pids and not self._starting and not any(self._can_start(due.program) for due in self._due)

    async def start_due(self) -> None:
        """Start those whose moment has come. Raises CannotStart."""
        for due in [due for due in self._due if self._can_start(due.program)]:
            self._due.remove(due)
            await self._spawn(due)

    def skipped(self) -> None:
        """Say of those that are still due that their moment never came."""
        for due in self._due:
            after = self._entries[due.program.name].after or ""
            self._log.add(ProcessSkipped(t=self._now(), process=due.name, program=due.program.name, after=after))

    async def add(self, program: str) -> str:
        """Start one more process of a program; its name. One that waits for its moment is started then.

        Raises UnknownProgram, NoMoreProcesses, TooManyProcesses, CannotStart.
        """
        if program not in self._programs:
            raise UnknownProgram(program)
        if not self._entries[program].more:
            raise NoMoreProcesses(program)
        if len(self._pids) + len(self._starting) + len(self._due) >= MOST_LIVE:
            raise TooManyProcesses(MOST_LIVE)
        due = self._next_of(self._programs[program])
        if self._can_start(due.program):
            await self._spawn(due)
        else:
            self._due.append(due)
        return due.name

    def write(self, process: str, text: str, end: bool) -> None:
        """Write to the standard input of a process, and end it after that.

        Raises UnicodeEncodeError, UnknownProcess, ProcessNotStarted, ProcessEnded, InputClosed, NotReading.
        """
        self.check(process)
        event = ProcessInput(t=self._now(), process=process, text=text, end=end)
        try:
            self.supervisor.write(process, text.encode())
        except BufferError:
            raise NotReading(process) from None
        except BrokenPipeError:
            raise InputClosed(process) from None
        if end:
            self.supervisor.close_stdin(process)
        self._log.add(event)

    async def interrupt(self, process: str) -> None:
        """SIGINT to a process and its group. Raises UnknownProcess, ProcessNotStarted, ProcessEnded."""
        self.check(process)
        self._log.add(ProcessInterrupted(t=self._now(), process=process))
        await self.supervisor.interrupt(process)

    async def end(self, process: str) -> None:
        """End a process and what it has started, gently, then for good; returns when none is left.

        Raises UnknownProcess, ProcessNotStarted, ProcessEnded.
        """
        self.check(process)
        self._to_end.add(process)
        await self.supervisor.end(process)

    def check(self, process: str) -> None:
        """Raises UnknownProcess, ProcessNotStarted or ProcessEnded, unless the process lives."""
        if process in self._ended:
            raise ProcessEnded(process)
        if process in self._starting or any(due.name == process for due in self._due):
            raise ProcessNotStarted(process)
        if process not in self._pids:
            raise UnknownProcess(process)

    def called(self, record: CallRecord) -> bool:
        """A program may be waiting for this call, as a client for its server's listen(); is it the first such?"""
        program = self._program_of.get(record.process)
        if not self._due or record.failed or program is None:
            return False
        moment = f"{program.name}:{record.op}"
        if moment in self._reached:
            return False
        self._reached.add(moment)
        return True

    def is_to_end(self, process: str) -> bool:
        """Did a viewer end this process, or the one that started it?"""
        return process.split("/")[0] in self._to_end

    def output(self, event: ProcessOutput) -> None:
        """Takes what a process wrote."""
        if event.stream == "stderr":
            self._stderr[event.process] = (self._stderr.get(event.process, "") + event.text)[-STDERR_KEPT:]
        self._log.output(event)

    def exited(self, event: ProcessExited) -> None:
        """Takes the exit of a process; what ended it is read from its last words."""
        name = event.process
        pid = self._pids.pop(name, None)
        if pid is None:
            return  # whoever had it started gave up before it was known to be there
        if event.code == 1 or event.signal == "SIGINT":
            path = self._folders.programs.resolve() / self._program_of[name].file
            crash = find_crash(self._stderr.get(name, ""), str(path))
            if crash is not None:
                event.error, event.file, event.line = crash
        self._stderr.pop(name, None)
        self._ended.add(name)
        self._log.exited(pid, event)

    def _next_of(self, program: Program) -> Due:
        self._made[program.name] += 1
        name = process_name(program.name, self._made[program.name])
        self._program_of[name] = program
        return Due(name, program)

    def _can_start(self, program: Program) -> bool:
        """Is the program due, or may it become due while a process lives?"""
        after = self._entries[program.name].after
        return after is None or after in self._reached

    async def _spawn(self, due: Due) -> None:
        name, program = due
        argv = [sys.executable, str(PROBE), str(self._folders.rings), *self._log.probe_options(), program.file]
        t = self._now()
        self._starting.add(name)
        try:
            pid = await self.supervisor.spawn(name, argv, self._folders.programs, environment())
        finally:
            self._starting.discard(name)
        self._pids[name] = pid
        self._log.started(
            ProcessStarted(t=t, process=name, program=program.name, role=program.role, pid=pid, file=program.file)
        )


def environment() -> dict[str, str]:
    """That of the engine, but for what would make a program behave otherwise than at a terminal.

    A print of several things comes as one piece; text is UTF-8, as the page shows it; tracebacks hold no colours.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in FOR_US}
    return {**inherited, "PYTHONIOENCODING": "utf-8"}
