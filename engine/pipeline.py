"""From the rings of a run's processes to its recording: read, merge, explain, append."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from time import monotonic_ns
from typing import Literal

from msgspec.structs import replace

from engine.children import Children
from engine.events import (
    Event,
    ProcessExited,
    ProcessHeld,
    ProcessOutput,
    ProcessSlowed,
    ProcessStarted,
    RunEnded,
    RunStarted,
)
from engine.frames import Frames
from engine.holding import Holding
from engine.observe.asleep import is_asleep
from engine.observe.capture import Capture
from engine.observe.ring_files import RingFiles
from engine.observe.rings import RingReader
from engine.observe.sampler import Sampler
from engine.observe.threads import Slot
from engine.outside import FOREVER, Outside, chosen_port
from engine.probe.layout import ASKING, PORTS_TOLD
from engine.recording import Recording
from engine.records import CallRecord, SegmentRecord
from engine.understand.explain import Explain, Why
from engine.understand.measures import Measurement
from engine.understand.merge import Fact, Merge
from engine.writes import Writes

BLOCKED_AFTER_NS = 15_000_000
"""A call in flight for this long is looked up in the kernel: is its thread asleep in it?"""
UNNAMED_NS = 1_000_000_000
"""For so long what happens waits for the calls of a process that has begun, and whose name has not come yet."""
FACTS_PER_DRAIN = 100
RECORDS_PER_PUMP = 500
"""Taken from one ring at a time, so that a flood cannot keep the event loop from its viewers."""


class Pipeline:
    """Driven by `pump`; has no tasks of its own. All times in ns since the run began."""

    def __init__(self, rings: Path, recording: Recording, origin: int, blocked: bool = True) -> None:
        """`rings` is the folder the probes put their rings into; `origin` the monotonic ns of time 0.

        `blocked`: ask /proc whether a thread is asleep in its call.
        """
        self._frames: Frames | None = None
        self._ask_blocked = blocked
        self._holding = Holding()
        self._waiting: set[int] = set()
        self._exits: dict[int, ProcessExited] = {}
        self._files = RingFiles(rings)
        self._recording = recording
        self._origin = origin
        self._rings: dict[Path, RingReader] = {}
        self._names: dict[int, str] = {}
        self._children = Children()
        self._roles: dict[str, Literal["client", "server"]] = {}
        self._merge = Merge()
        self._outside = Outside(self._merge)
        self._explain = Explain()
        self._blocked: set[tuple[int, int, int]] = set()
        self._writes: defaultdict[tuple[str, str], Writes] = defaultdict(Writes)
        """By process and stream."""
        self._lost = 0
        self.on_call: Callable[[CallRecord], None] = lambda record: None
        """Told of every finished call at once, before it is ordered."""
        self.measurement: Measurement | None = None
        """What answers the question of the lesson."""

    def begin(self, event: RunStarted) -> None:
        self._append([event])
        self._recording.flush()

    def observe(self, capture: Capture | None, sampler: Sampler | None) -> None:
        """Take these observers' facts as well; before the first process starts."""
        self._outside.observe(capture, sampler)
        if capture is not None:
            self._frames = Frames.create(self._recording.folder)

    def started(self, event: ProcessStarted) -> None:
        """A program was started; rings of its pid and of its children are its own."""
        self._names[event.pid] = event.process
        self._roles[event.process] = event.role
        self._join(event)

    @property
    def processes(self) -> list[str]:
        """Those that live, children of the programs among them."""
        return self._holding.processes

    def probe_options(self) -> list[str]:
        """What a program that is started now is told from its start: words for the probe's command line."""
        ports = ",".join(str(port) for port in islice(self._outside.ports, PORTS_TOLD))
        return ["--held"] * self._holding.starts_held + [f"--watched={ports}"] * self._outside.watches

    def hold(self, process: str | None, on: bool) -> None:
        """Let a process stop before its next call, or go on; without `process` all, also those to come."""
        for name in self._holding.tell(process, on, self._rings.values()):
            self._merge.add(ProcessHeld(t=monotonic_ns() - self._origin, process=name, hold=on))

    def one_call(self, process: str, thread: int | None = None) -> bool:
        """Let one thread make the call it stands before (the longest, without `thread`); False when none does."""
        return self._holding.permit(process, thread)

    def add(self, event: Event) -> None:
        """An event of the engine's own."""
        self._merge.add(event)

    def output(self, event: ProcessOutput) -> None:
        """What was read of a process's output; dated by the process itself where its probe has noted it by now."""
        writes = self._writes[event.process, event.stream]
        pieces = writes.cut(event.text, event.dropped, self._merge.settled, event.t)
        for left, (text, t) in zip(reversed(range(len(pieces))), pieces, strict=True):
            self._merge.add(replace(event, t=t, text=text, dropped=0 if left else event.dropped))

    def pump(self, now: int) -> bool:
        """Move on what there is; True when there was something."""
        horizon = self._find_rings(now)
        busy = False
        for ring in list(self._rings.values()):
            in_flight, standing = ring.in_flight(), ring.standing()
            ring.drain(now)
            records = ring.take(RECORDS_PER_PUMP)
            busy = busy or bool(records)
            self._take(ring, records)
            self._note_waiting(ring, now)
            busy = self._answer(ring, standing) or busy
            behind = ring.behind
            if behind is not None:
                horizon = min(horizon, behind)
            elif ring.replaced or ring.pid in self._exits:
                self._finish(ring)
            else:
                self._take_in_flight(ring, in_flight, records, now)
                self._take_held(ring, standing)
        horizon = min(horizon, self._outside.take_segments(RECORDS_PER_PUMP))
        self._outside.sample(now, busy)
        for pid, gone in self._children.gone(now):
            self.exited(pid, gone)
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
        self._holding.left(event.process)
        self._find_rings(event.t)
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
        for pid, gone in self._children.rest(now):
            self.exited(pid, gone)
        for ring in list(self._rings.values()):
            self._finish(ring)
        self._outside.sample_last(now)
        self._log(self._merge.finish())
        at = max(now, self._recording.last_t)
        self._append(self._explain.over(at))
        end = self._explain.ended(at, why, self._merge.late, self._lost, reason)
        self._outside.conclude(end)
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
        """The ring of a process that is gone, or of the program it was before it became another."""
        in_flight, standing = ([], []) if ring.replaced else (ring.in_flight(), ring.standing())
        records = ring.finish()
        self._take(ring, records)
        self._take_held(ring, standing)
        self._holding.closed(ring)
        done = {record.key for record in records}
        # What it never returned from belongs in the log, however young it was.
        self._merge.add_in_flight([call for call in ring.describe(in_flight) if call.key not in done], FOREVER)
        self._lost += ring.lost
        ring.close()
        del self._rings[ring.path]
        if not self._has_ring(ring.pid) and (event := self._exits.pop(ring.pid, None)) is not None:
            self._merge.add(event)

    def _has_ring(self, pid: int) -> bool:
        """Is there anything left to read of this process? One that became another program has two rings."""
        return any(ring.pid == pid for ring in self._rings.values())

    def watch(self, *ports: int) -> None:
        """Observe what comes from and goes to these ports, from now on."""
        if self._outside.watch(*ports):
            for ring in self._rings.values():
                ring.threads.watched(self._outside.ports)

    def _answer(self, ring: RingReader, standing: list[Slot]) -> bool:
        """Let the threads go on that wait until a port is watched; whether there were any."""
        asking = [slot for slot in standing if slot.stands == ASKING]
        self.watch(*[slot.asked for slot in asking])
        for slot in asking:
            ring.threads.permit(slot.thread, slot.began)
        return bool(asking)

    def _take_held(self, ring: RingReader, standing: list[Slot]) -> None:
        """Say before which calls threads have come to stand, and what the kernel holds for them meanwhile."""
        for call in self._holding.look(ring, standing):
            self._merge.add_held(call)
            self._outside.look_at(call.cookie)

    def _find_rings(self, now: int) -> int:
        """Open the rings of processes whose names are known; since when there are others, at most `now`."""
        unnamed = now
        for path, (pid, parent, began) in self._files.unclaimed():
            if pid not in self._names:
                if parent not in self._names:  # just started by the supervisor; its name comes in a moment
                    since = began - self._origin
                    unnamed = min(unnamed, since) if now - since < UNNAMED_NS else unnamed
                    continue
                self._names[pid] = f"{self._names[parent]}/{pid}"
                self._adopt(pid, self._names[parent], began - self._origin)
            self._files.claim(path)
            self._rings[path] = ring = RingReader(path, self._names[pid], self._origin)
            self._replace(pid)
            ring.threads.watched(self._outside.ports)
            self._holding.opened(ring)
        return unnamed

    def _replace(self, pid: int) -> None:
        """A process that becomes another program keeps its pid and gets a new ring (execve(2))."""
        for ring in sorted((it for it in self._rings.values() if it.pid == pid), key=lambda it: it.began)[:-1]:
            ring.replaced = True

    def _adopt(self, pid: int, parent: str, t: int) -> None:
        """A process we did not start: a child of one of ours, named after it."""
        name = self._names[pid]
        self._children.adopt(name, pid)
        self._join(ProcessStarted(t=t, process=name, role=self._roles[parent], pid=pid, file="", parent=parent))
        self._roles[name] = self._roles[parent]

    def _join(self, event: ProcessStarted) -> None:
        self._merge.add(event)
        if self._holding.joined(event.process, event.parent):
            self._merge.add(ProcessHeld(t=event.t, process=event.process, hold=True))

    def reaped(self, pid: int) -> str | None:
        """The supervisor has reaped a child whose parent had ended, and tells of its exit; its name, if known here."""
        self._find_rings(0)
        return self._children.reaped(pid)

    def _take(self, ring: RingReader, records: list[CallRecord]) -> None:
        program, _, _ = ring.process.partition("/")  # whose pipes its children write to
        for wrote in ring.take_wrote():
            self._writes[program, wrote.stream].note(wrote)
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
            if is_asleep(call.pid, ring.threads.kernel_id(call.thread), call.op, call.fd):
                self._blocked.add(call.key)
                self._merge.add_blocked(call, now)
                self._outside.look_at(call.cookie)

    def _log(self, facts: Iterable[Fact]) -> None:
        for number, fact in enumerate(facts):
            if number % FACTS_PER_DRAIN == 0:
                self._make_room()
            events = self._explain.take(fact)
            self._append(events)
            if isinstance(fact, SegmentRecord) and self._frames is not None:
                self._frames.append(events[-1].seq, fact)
        if self._frames is not None:
            self._frames.flush()
        self._recording.flush()

    def _make_room(self) -> None:
        """To explain takes longer than to call: a program in a flood would wait for room in its ring."""
        for ring in self._rings.values():
            if ring.behind is not None:
                ring.drain(monotonic_ns() - self._origin)

    def _append(self, events: Iterable[Event]) -> None:
        for event in events:
            answer = self.measurement.see(event) if self.measurement is not None else None
            # Nothing follows the end of the run, not even what only the end could answer.
            pair = (answer, event) if isinstance(event, RunEnded) else (event, answer)
            for made in pair:
                if made is not None:
                    made.seq = self._recording.last_seq + 1
                    self._recording.append(made)
