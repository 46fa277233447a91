"""Puts facts from several observers into one order.

A call takes part twice: at its start and at its return. Facts are held back for `PATIENCE_NS`, since
a record is written a little after the moment it tells of; one that comes even later is put into the
log when it comes, and counted. Per byte the order still holds: a send is visible in its thread's slot
before the system call is made, so before any recv that its bytes feed can have returned.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import count
from typing import Literal

import msgspec

from engine.events import Event
from engine.records import CallRecord, Sample, SegmentRecord

PATIENCE_NS = 10_000_000

Phase = Literal["started", "blocked", "returned", "whole", "held"]
"""`whole`: nothing else happened between the start and the return of the call.
`blocked`: the kernel was seen to hold the thread inside it. `held`: it came to stand before the call."""


class CallStep(msgspec.Struct, gc=False):
    """A moment of a call, in the order of the log."""

    phase: Phase
    record: CallRecord
    t: int


Fact = CallStep | SegmentRecord | Sample | Event
_Entry = tuple[int, int, int, CallRecord | SegmentRecord | Sample | Event]

START, RETURN, BLOCKED, HELD, OTHER = 0, 1, 2, 3, 4
PHASES: tuple[Phase, ...] = ("started", "returned", "blocked", "held")


class Merge:
    """Facts in, in any order; facts out, in the order of their times."""

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._tie = count()
        self._started: set[tuple[int, int, int]] = set()
        self._last = 0
        self.late = 0

    @property
    def settled(self) -> int:
        """What is from before this time can no longer be put where it belongs."""
        return self._last

    def add(self, event: Event) -> None:
        """An event of the engine's own, such as a process that started."""
        self._push(event.t, OTHER, event)

    def add_calls(self, records: Iterable[CallRecord]) -> None:
        """Calls that have returned."""
        for record in records:
            assert record.ended is not None
            if record.key in self._started:
                self._started.discard(record.key)
            else:
                self._push(record.began, START, record)
            self._push(record.ended, RETURN, record)

    def add_observed(self, records: Iterable[SegmentRecord | Sample]) -> None:
        """Segments as captured, sockets as sampled."""
        for record in records:
            self._push(record.t, OTHER, record)

    def add_in_flight(self, records: Iterable[CallRecord], now: int) -> None:
        """Calls that are still going on; those not older than the patience may yet return in time."""
        for record in records:
            if record.began <= now - PATIENCE_NS and record.key not in self._started:
                self._started.add(record.key)
                self._push(record.began, START, record)

    def add_held(self, record: CallRecord) -> None:
        """A call that a thread came to stand before, at `began`."""
        self._push(record.began, HELD, record)

    def add_blocked(self, record: CallRecord, now: int) -> None:
        """A call that is in flight and was seen asleep in the kernel at `now`."""
        self._push(now, BLOCKED, record)

    def release(self, now: int) -> list[Fact]:
        """What can be put in order at `now` (ns since the run began)."""
        return self._release(now - PATIENCE_NS)

    def finish(self) -> list[Fact]:
        """All that is left, when nothing more can come."""
        return self._release(None)

    def _push(self, time: int, kind: int, item: CallRecord | SegmentRecord | Sample | Event) -> None:
        heapq.heappush(self._heap, (time, next(self._tie), kind, item))

    def _release(self, until: int | None) -> list[Fact]:
        heap = self._heap
        facts: list[Fact] = []
        while heap and (until is None or heap[0][0] <= until):
            entry = heapq.heappop(heap)
            time, _, kind, item = entry
            if kind == START and isinstance(item, CallRecord) and item.ended is not None:
                follower = heap[0] if heap else None
                if follower is not None and follower[3] is item:
                    if until is not None and follower[0] > until:
                        heapq.heappush(heap, entry)  # its return is next, but something may still come between
                        break
                    heapq.heappop(heap)
                    facts.append(CallStep("whole", item, follower[0]))
                    self._note(time)
                    self._last = max(self._last, follower[0])
                    continue
            facts.append(CallStep(PHASES[kind], item, time) if isinstance(item, CallRecord) else item)
            self._note(time)
        return facts

    def _note(self, time: int) -> None:
        if time < self._last:
            self.late += 1
        else:
            self._last = time
