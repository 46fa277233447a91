"""From the rings of a run's processes to its recording: read, merge, explain, append."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from time import monotonic_ns
from typing import Literal

from engine.events import Event, ProcessExited, ProcessSlowed, ProcessStarted, RunStarted
from engine.frames import Frames
from engine.observe.asleep import is_asleep
from engine.observe.capture import Capture
from engine.observe.portfilter import MOST_PORTS
from engine.observe.rings import RingReader, Slot, owner
from engine.observe.sampler import Sampler
from engine.recording import Recording
from engine.records import CallRecord, Sample, SegmentRecord
from engine.understand.explain import Explain, Why
from engine.understand.merge import Fact, Merge

BLOCKED_AFTER_NS = 15_000_000
"""A call in flight for this long is looked up in the kernel: is its thread asleep in it?"""
SAMPLE_NS, IDLE_SAMPLE_NS = 16_000_000, 100_000_000
BUSY_NS = 1_000_000_000
"""Between two looks into the kernel's tables: while calls come in, and for this long after; and later."""
INTERNET = re.compile(r"(?:[\d.]+|\[[\da-f:.%\w]+\]):(\d+)")
"""The address of an internet socket as the probe writes it; not a path that ends in digits."""
FOREVER = 1 << 62
RECORDS_PER_PUMP = 500
"""Taken from one ring at a time, so that a flood cannot keep the event loop from its viewers."""


class Pipeline:
    """Driven by `pump`; has no tasks of its own. All times in ns since the run began."""

    def __init__(self, rings: Path, recording: Recording, origin: int, blocked: bool = True) -> None:
        """`rings` is the folder the probes put their rings into; `origin` the monotonic ns of time 0.

        `blocked`: ask /proc whether a thread is asleep in its call.
        """
        self._capture: Capture | None = None
        self._sampler: Sampler | None = None
        self._frames: Frames | None = None
        self._ask_blocked = blocked
        self._ports: set[int] = set()
        self._unwatched: set[int] = set()
        self._waiting: set[int] = set()
        self._next_sample = 0
        self._samples_lost: str | None = None
        self._busy_until = 0
        self._exits: dict[int, ProcessExited] = {}
        self._folder = rings
        self._recording = recording
        self._origin = origin
        self._rings: dict[Path, RingReader] = {}
        self._names: dict[int, str] = {}
        self._children: dict[str, int] = {}
        self._roles: dict[str, Literal["client", "server"]] = {}
        self._merge = Merge()
        self._explain = Explain()
        self._blocked: set[tuple[int, int, int]] = set()
        self._lost = 0
        self.on_call: Callable[[CallRecord], None] = lambda record: None
        """Told of every finished call at once, before it is ordered."""

    def begin(self, event: RunStarted) -> None:
        self._append([event])
        self._recording.flush()

    def observe(self, capture: Capture | None, sampler: Sampler | None) -> None:
        """Take these observers' facts as well; before the first process starts."""
        self._capture, self._sampler = capture, sampler
        if capture is not None:
            self._frames = Frames.create(self._recording.folder)

    def started(self, event: ProcessStarted) -> None:
        """A program was started; rings of its pid and of its children are its own."""
        self._names[event.pid] = event.process
        self._roles[event.process] = event.role
        self._merge.add(event)

    def add(self, event: Event) -> None:
        """An event of the engine's own."""
        self._merge.add(event)

    def pump(self, now: int) -> bool:
        """Move on what there is; True when there was something."""
        self._find_rings()
        horizon = now
        busy = False
        for ring in list(self._rings.values()):
            in_flight = ring.in_flight()
            ring.drain(now)
            records = ring.take(RECORDS_PER_PUMP)
            busy = busy or bool(records)
            self._take(records)
            self._note_waiting(ring, now)
            behind = ring.behind
            if behind is not None:
                horizon = min(horizon, behind)
            elif ring.pid in self._exits:
                self._finish(ring)
            else:
                self._take_in_flight(ring, in_flight, records, now)
        horizon = min(horizon, self._take_segments())
        self._sample(now, busy)
        self._watch_children(now)
        facts = self._merge.release(horizon)
        self._log(facts)
        return busy or bool(facts) or horizon < now

    def _note_waiting(self, ring: RingReader, now: int) -> None:
        """Say when a program is slowed by being recorded, and when it no longer is."""
        if ring.waiting != (ring.pid in self._waiting):
            self._waiting ^= {ring.pid}
            self._merge.add(ProcessSlowed(t=now, process=ring.process, waiting=ring.pid in self._waiting))

    def exited(self, pid: int, event: ProcessExited) -> None:
        """A process is gone. Its end is told after what its ring still holds, which may take several pumps."""
        self._find_rings()
        if self._has_ring(pid):
            self._exits[pid] = event
        else:
            self._merge.add(event)

    def keep_in_memory(self) -> None:
        """The disk takes no more: the events that still come, the end of the run among them, are for the viewers."""
        self._recording.keep_in_memory()
        if self._frames is not None:
            self._frames.abandon()
            self._frames = None

    def end(self, now: int, why: Why, reason: str = "") -> None:
        """Put everything left into the log, conclude, and close the recording; pump until nothing is left first."""
        for process, pid in self._children.items():
            self.exited(pid, ProcessExited(t=now, process=process))
        for ring in list(self._rings.values()):
            self._finish(ring)
        self._look(lambda sampler: sampler.sample(now))
        self._log(self._merge.finish())
        at = max(now, self._recording.last_t)
        self._append(self._explain.over(at))
        end = self._explain.ended(at, why, self._merge.late, self._lost, reason)
        if self._capture is not None:
            end.segments, end.segments_lost = self._capture.received, self._capture.dropped
        end.samples_lost = self._samples_lost
        end.ports_unwatched = len(self._unwatched)
        self._append([end])
        self.close()

    def cut_short(self, now: int, reason: str) -> None:
        """After a mistake of ours: the recording gets its last event, and no more of what was still to come."""
        if self._recording.closed:
            return
        at = max(now, self._recording.last_t)
        self._append([self._explain.ended(at, "failed", self._merge.late, self._lost, reason)])

    def close(self) -> None:
        """Let go of the rings and close the recording. May be called again."""
        for ring in self._rings.values():
            ring.close()
        self._rings.clear()
        if self._frames is not None:
            self._frames.close()
        self._recording.close()

    def _finish(self, ring: RingReader) -> None:
        """The ring of a process that is gone."""
        in_flight = ring.in_flight()
        records = ring.finish()
        self._take(records)
        done = {record.key for record in records}
        # What it never returned from belongs in the log, however young it was.
        self._merge.add_in_flight([call for call in ring.describe(in_flight) if call.key not in done], FOREVER)
        self._lost += ring.lost
        ring.close()
        del self._rings[ring.path]
        if not self._has_ring(ring.pid) and (event := self._exits.pop(ring.pid, None)) is not None:
            self._merge.add(event)

    def _has_ring(self, pid: int) -> bool:
        """Is there anything left to read of this process? One that was forked and then spawned has two rings."""
        return any(ring.pid == pid for ring in self._rings.values())

    def _take_segments(self) -> int:
        """Take what was captured; the time up to which all of it has been taken."""
        if self._capture is None:
            return FOREVER
        self._capture.drain()
        self._merge.add_observed(self._capture.take(RECORDS_PER_PUMP))
        behind = self._capture.behind
        return FOREVER if behind is None else behind

    def _sample(self, now: int, busy: bool) -> None:
        """Look into the kernel's tables: often while something happens, now and then while nothing does."""
        if busy:
            self._busy_until = now + BUSY_NS
        if self._sampler is not None and now >= self._next_sample:
            cost = self._look(lambda sampler: sampler.sample(now))
            pause = SAMPLE_NS if now < self._busy_until else IDLE_SAMPLE_NS
            self._next_sample = now + max(pause, 10 * cost)

    def _look(self, look: Callable[[Sampler], list[Sample]]) -> int:
        """Take what a look gives; its cost in ns. A kernel that refuses ends the looking, not the run."""
        if self._sampler is None:
            return 0
        began = monotonic_ns()
        try:
            self._merge.add_observed(look(self._sampler))
        except OSError as error:
            self._sampler, self._samples_lost = None, str(error)
        return monotonic_ns() - began

    def watch(self, *ports: int) -> None:
        """Observe what comes from and goes to these ports, from now on; only the first `MOST_PORTS` of a run."""
        new = list(dict.fromkeys(port for port in ports if port not in self._ports))
        room = MOST_PORTS - len(self._ports)
        self._unwatched.update(new[room:])
        if not new[:room]:
            return
        self._ports.update(new[:room])
        for observer in (self._capture, self._sampler):
            if observer is not None:
                observer.watch(*new[:room])

    def _find_rings(self) -> None:
        for path in self._folder.glob("*.ring"):
            if path in self._rings:
                continue
            pid, parent, began = owner(path)
            if pid not in self._names:
                if parent not in self._names:
                    continue  # just started by the supervisor; its name comes in a moment
                self._names[pid] = f"{self._names[parent]}/{pid}"
                self._adopt(pid, self._names[parent], began - self._origin)
            self._rings[path] = RingReader(path, self._names[pid], self._origin)

    def _adopt(self, pid: int, parent: str, t: int) -> None:
        """A process we did not start: a child of one of ours, named after it."""
        name = self._names[pid]
        self._children[name] = pid
        self._merge.add(ProcessStarted(t=t, process=name, role=self._roles[parent], pid=pid, file="", parent=parent))
        self._roles[name] = self._roles[parent]

    def _watch_children(self, now: int) -> None:
        """Children are reaped by their parents, so their exit status is not ours to know."""
        for process, pid in list(self._children.items()):
            if not Path(f"/proc/{pid}").exists():
                del self._children[process]
                self.exited(pid, ProcessExited(t=now, process=process))

    def _take(self, records: Iterable[CallRecord]) -> None:
        records = list(records)
        self._merge.add_calls(records)
        self.watch(*[port for record in records if (port := chosen_port(record)) is not None])
        for record in records:
            self._blocked.discard(record.key)
            self.on_call(record)

    def _take_in_flight(self, ring: RingReader, in_flight: list[Slot], records: list[CallRecord], now: int) -> None:
        done = {record.key for record in records} if in_flight else set()
        going_on = [call for call in ring.describe(in_flight) if call.key not in done]
        self._merge.add_in_flight(going_on, now)
        for call in going_on:
            if not self._ask_blocked or call.began > now - BLOCKED_AFTER_NS or call.key in self._blocked:
                continue
            if is_asleep(call.pid, ring.thread_id(call.thread), call.op, call.fd):
                self._blocked.add(call.key)
                self._merge.add_blocked(call, now)
                self._look(partial(Sampler.look, cookie=call.cookie))

    def _log(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            events = self._explain.take(fact)
            self._append(events)
            if isinstance(fact, SegmentRecord) and self._frames is not None:
                self._frames.append(events[-1].seq, fact)
        self._recording.flush()

    def _append(self, events: Iterable[Event]) -> None:
        for event in events:
            event.seq = self._recording.last_seq + 1
            self._recording.append(event)


def chosen_port(record: CallRecord) -> int | None:
    """The port that a program has chosen by this call: a server its own, a client its peer's."""
    if record.op in ("bind", "listen") and not record.failed:
        address = record.texts[1:2]
    elif record.op in ("connect", "connect_ex"):  # a failed one may be in progress
        address = record.texts[4:5] if record.failed else record.texts[2:3]
    else:
        return None
    match = INTERNET.fullmatch(address[0]) if address else None
    return int(match[1]) if match is not None else None
