"""A lesson many times in a row, and what its runs came to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.errors import EngineError
from engine.events import AnyEvent, RunEnded
from engine.follow import follow
from engine.run import Run
from engine.understand.outcome import Outcome as Outcome
from engine.understand.outcome import Outcomes

MOST_TIMES = 200
RUN_SECONDS = 60.0
"""A run of a repeat that takes longer is stopped, and counted as far as it came."""


class Repeat:
    """Runs of one lesson, one after the other without a pause. Made with its first run, which is running already."""

    def __init__(self, repeat: str, times: int, first: Run, start: Callable[[], Awaitable[Run]]) -> None:
        """`start` starts the next run; it raises EngineError."""
        self.id = repeat
        self.lesson = first.lesson
        self.port = first.port
        self.times = times
        self.done = 0
        """Runs that were counted."""
        self.runs = [first.id]
        """All of them, the one that is running last."""
        self.outcomes: dict[Outcome, list[str]] = {}
        """The runs that came to each."""
        self.error: EngineError | None = None
        """Why a run could not be started; the repeat ended with that."""
        self._start = start
        self._run = first
        self._stopping = False
        self._task = asyncio.create_task(self._live(), name=f"repeat {repeat}")

    @property
    def live(self) -> bool:
        return not self._task.done()

    def sorted_outcomes(self) -> list[tuple[Outcome, list[str]]]:
        """By process and stream; of each the most frequent first."""
        return sorted(self.outcomes.items(), key=lambda item: (item[0].process, item[0].stream, -len(item[1])))

    async def stop(self) -> None:
        """End the run that is running, and the repeat; returns when nothing is left of it."""
        self._stopping = True
        await self._run.stop()
        await self.wait()

    async def wait(self) -> None:
        """Returns when the repeat is over."""
        await asyncio.shield(self._task)

    async def _live(self) -> None:
        while await self._count(self._run) and self.done < self.times:
            try:
                self._run = await self._start()
            except EngineError as error:
                self.error = error
                return
            self.runs.append(self._run.id)
            if self._stopping:  # told while the run was starting
                await self._run.stop()

    async def _count(self, run: Run) -> bool:
        """Follow a run to its end; False when it was stopped from elsewhere, which ends the repeat."""
        outcomes = Outcomes()
        why = ""

        def see(_line: bytes, event: AnyEvent) -> None:
            nonlocal why
            outcomes.see(event)
            if isinstance(event, RunEnded):
                why = event.why

        stopped_here = await follow(run, see, RUN_SECONDS)
        if why == "stopped" and not stopped_here:
            return False
        self.done += 1
        for outcome in outcomes.found():
            self.outcomes.setdefault(outcome, []).append(run.id)
        return not self._stopping
