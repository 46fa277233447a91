"""Processes that the programs of a run have started themselves: who lives, and who is gone.

Most are reaped by their parents, so their exit status is not ours to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.events import ProcessExited

LOOK_NS = 20_000_000
"""Between two looks for those that are gone."""
REAPED_NS = 50_000_000
"""How long the news of an exit may take, when it was the supervisor who reaped it."""


class Children:
    """Those that were adopted and are not known to be gone, by name. All times in ns since the run began."""

    def __init__(self) -> None:
        self._pids: dict[str, int] = {}
        self._gone_since: dict[str, int] = {}
        """Of those of which nothing is left."""
        self._next_look = 0

    def adopt(self, process: str, pid: int) -> None:
        self._pids[process] = pid

    def reaped(self, pid: int) -> str | None:
        """The supervisor has reaped this one, and tells of its exit itself; its name, if it was adopted."""
        name = next((name for name, child in self._pids.items() if child == pid), None)
        if name is not None:
            self._let_go(name)
        return name

    def gone(self, now: int) -> Iterator[tuple[int, ProcessExited]]:
        """Those that others have reaped, by pid. Looks into /proc, and not each time it is asked."""
        if now < self._next_look:
            return
        self._next_look = now + LOOK_NS
        for process, pid in list(self._pids.items()):
            if Path(f"/proc/{pid}").exists():
                continue
            since = self._gone_since.setdefault(process, now)
            if now - since > REAPED_NS:
                self._let_go(process)
                yield pid, ProcessExited(t=since, process=process)

    def rest(self, now: int) -> Iterator[tuple[int, ProcessExited]]:
        """All that are left, when the run is over; those as well that are adopted meanwhile."""
        while self._pids:
            process, pid = next(iter(self._pids.items()))
            self._let_go(process)
            yield pid, ProcessExited(t=now, process=process)

    def _let_go(self, process: str) -> None:
        del self._pids[process]
        self._gone_since.pop(process, None)
