"""What a viewer may tell a run that goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import CannotStart, NotHeld, RunEnded
from engine.pipeline import Pipeline
from engine.processes import Processes
from engine.understand.explain import Why


class Commands:
    """The part of a run that viewers command. Every command raises RunEnded, and what `Processes.check` raises."""

    id: str
    _pipeline: Pipeline
    _processes: Processes
    _wake: asyncio.Event
    _why: Why
    _to_follow: bool = True
    """Its programs are still being followed."""

    def hold(self, process: str | None = None) -> None:
        """Let a process stop before its next call; without `process` all of them, those to come as well."""
        self._hold(process, True)

    def release(self, process: str | None = None) -> None:
        """Let a process that is held go on; without `process` all of them."""
        self._hold(process, False)

    def _hold(self, process: str | None, on: bool) -> None:
        with self._command():
            self._check(process)
            self._pipeline.hold(process, on)

    def _check(self, process: str | None) -> None:
        """Children of the programs can be held too."""
        if process is not None and process not in self._pipeline.processes:
            self._processes.check(process)

    def one_call(self, process: str, thread: int | None = None) -> None:
        """Let a held thread make the call it stands before; without `thread` the one that was held first.

        Raises NotHeld.
        """
        with self._command():
            self._check(process)
            if not self._pipeline.one_call(process, thread):
                raise NotHeld(process)

    async def add(self, program: str) -> str:
        """Start one more process of a program; its name. Raises as `Processes.add`."""
        with self._command():
            try:
                return await self._processes.add(program)
            except CannotStart:
                if self._why == "finished":
                    raise
                raise RunEnded(self.id) from None  # it was stopped meanwhile

    def write(self, process: str, text: str, end: bool = False) -> None:
        """Write to the standard input of a process, and end it after that. Raises as `Processes.write`."""
        with self._command():
            self._processes.write(process, text, end)

    async def interrupt(self, process: str) -> None:
        """SIGINT to a process and its group, as Ctrl-C at a terminal."""
        with self._command():
            await self._processes.interrupt(process)

    async def end(self, process: str) -> None:
        """End a process and what it has started, gently, then for good; returns when none is left."""
        with self._command():
            await self._processes.end(process)

    @contextmanager
    def _command(self) -> Iterator[None]:
        """Only a run that goes on takes commands."""
        if not self._to_follow or self._why != "finished":
            raise RunEnded(self.id)
        yield
        self._wake.set()
