"""From facts in order to the events of the recording: positions on streams, findings, captions."""

from __future__ import annotations

import errno
from typing import Literal

from engine.events import (
    BytesMoved,
    Call,
    CallBlocked,
    CallHeld,
    CallReturned,
    CallStarted,
    Caption,
    Event,
    FindingMade,
    ProcessExited,
    ProcessOutput,
    ProcessStarted,
    RunEnded,
)
from engine.records import CallRecord, Sample, SegmentRecord
from engine.understand import captions
from engine.understand.addresses import address_of
from engine.understand.again import Again
from engine.understand.changes import Changes
from engine.understand.conclusion import conclude
from engine.understand.datagrams import Datagrams
from engine.understand.delays import Delays
from engine.understand.findings import Findings
from engine.understand.merge import CallStep, Fact
from engine.understand.printed import Printed
from engine.understand.process_captions import about_process
from engine.understand.readiness import Readiness
from engine.understand.reconcile import reconcile, reconcile_close
from engine.understand.resets import Resets
from engine.understand.samples import sampled
from engine.understand.segments import Segments
from engine.understand.sockets import Socket, Sockets, is_datagram
from engine.understand.streams import Send
from engine.understand.tally import Tally
from engine.understand.transfers import RECEIVES, SENDS, Transfers
from engine.understand.udp import Udp
from engine.understand.waits import Waits

NOTES = frozenset({"fork", "exec", "counted", "watch"})
"""Records that stand for no call."""
TLS = frozenset({"tls_read", "tls_write"})
CLOSES = frozenset({"close", "detach"})

Why = Literal["finished", "stopped", "limit", "failed", "lost"]


class Explain:
    """Takes facts in order, gives events. Everything it knows comes from the facts themselves."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        self._datagrams = Datagrams(self.sockets)
        self._segments = Segments(self.sockets, self._datagrams)
        self.findings = Findings()
        self.tally = Tally()
        self._udp = Udp(self._datagrams, self.findings)
        self._transfers = Transfers(self.findings, self._udp)
        self._changes = Changes(self.sockets, Resets(self.findings), self._udp)
        self._waits, self._delays, self._again = Waits(), Delays(), Again()
        self._readiness = Readiness(self.sockets, self.findings)
        self._printed = Printed()
        self._calls = 0
        self._open: dict[tuple[int, int, int], tuple[int, Send | None]] = {}
        self._forks: dict[str, list[set[Socket]]] = {}
        self._held: dict[tuple[int, int], list[tuple[CallRecord, int]]] = {}
        """By pid and thread: the calls it was held before, and their numbers. The last is the one, but for a call that
        a signal handler makes meanwhile, or one that was never made."""

    def take(self, fact: Fact) -> list[Event]:
        """The events that `fact` makes: itself, then what follows from it."""
        made = self._take(fact)
        met = [self._changes.connection(made[0].t, connection) for connection in self._datagrams.news()] if made else []
        events = [*met, *made]
        for event in events:
            caption = self._waits.see(event) or self._delays.see(event) or event.caption
            event.caption = self._again.see(event, caption)
            self.tally.note(event)
        return events

    def _take(self, fact: Fact) -> list[Event]:
        if isinstance(fact, CallStep):
            return self._noted(fact) if fact.record.op in NOTES else self._called(fact)
        if isinstance(fact, SegmentRecord):
            event, connection = self._segments.take(fact)
            return [event] if connection is None else [self._changes.connection(fact.t, connection), event]
        if isinstance(fact, Sample):
            return self._sampled(fact)
        fact.caption = self._printed.see(fact) if isinstance(fact, ProcessOutput) else about_process(fact)
        if isinstance(fact, ProcessExited):
            self._readiness.pollers.exited(fact.process)
            changes = self._changes.by_exit(fact)
            return [fact, *changes, *self._readiness.gone(changes)]
        if isinstance(fact, ProcessStarted) and fact.parent is not None:
            self._inherit(fact.process, fact.parent)
        return [fact]

    def _called(self, step: CallStep) -> list[Event]:
        if step.phase == "started":
            return self._started(step.record)
        if step.phase == "blocked":
            return self._blocked(step.t, step.record)
        if step.phase == "held":
            return [self._held_before(step.record)]
        return self._returned(step.record)

    def _noted(self, step: CallStep) -> list[Event]:
        """What the probe writes between calls."""
        record = step.record
        if record.op == "fork":
            self._fork(record.process)
        elif step.phase in ("returned", "whole"):
            if record.op == "exec":
                return self._exec(step)
            return self._counted(record) if record.op == "counted" else self._readiness.changed(record)
        return []

    def ended(self, t: int, why: Why, late: int, lost: int, reason: str) -> RunEnded:
        """The last event of the run, with its conclusion; `reason` is that of a failure, in the system's words."""
        sends, receives = self.tally.sends.total(), self.tally.receives.total()
        end = RunEnded(t=t, why=why, sends=sends, receives=receives, late=late, lost=lost)
        if why in ("failed", "lost", "limit"):  # then the numbers are those of a part
            end.caption = Caption(f"caption.conclusion.{why}", {"reason": reason} if why == "failed" else {})
        else:
            end.caption = conclude(self.tally, self.findings, self._waits.never_accepted())
        return end

    def over(self, t: int) -> list[FindingMade]:
        """What can only be told when nothing more will happen."""
        return self._udp.over(t)

    def _number(self, record: CallRecord) -> int:
        """The number of a call that begins: the one it was given when the thread was held before it, or a new one."""
        stood = self._held.get((record.pid, record.thread), [])
        for index, (held, number) in reversed(list(enumerate(stood))):
            if is_same(held, record):
                del stood[index:]
                return number
        self._calls += 1
        return self._calls

    def _held_before(self, record: CallRecord) -> CallHeld:
        """Nothing is placed on a stream yet: the call has not been made."""
        self._calls += 1
        self._held.setdefault((record.pid, record.thread), []).append((record, self._calls))
        event = CallHeld(t=record.began, process=record.process, thread=record.thread, call=self._calls, op=record.op)
        self._describe(event, record)
        event.caption = captions.held(event)
        return event

    def _started(self, record: CallRecord) -> list[Event]:
        number = self._number(record)
        event = CallStarted(t=record.began, process=record.process, thread=record.thread, call=number, op=record.op)
        socket = self._describe(event, record)
        if socket is not None and record.op in ("connect", "connect_ex"):
            self.sockets.calls(socket, address_of(event.args))
        if socket is not None and record.op in RECEIVES:
            socket.receives(record.process, 1)
        self._open[record.key] = (number, self._transfers.begin(event, record, socket))
        event.caption = captions.started(event, is_datagram(socket))
        if record.polled is None:
            return [event]
        self._readiness.started(event, record)
        return [*self._readiness.before(record), event]

    def _sampled(self, sample: Sample) -> list[Event]:
        event = sampled(self.sockets, sample)
        socket = self.sockets.known(sample.cookie)
        if socket is None:
            return [event]
        if socket.calling is not None and socket.connection is None:
            socket.local = sample.local  # the kernel has chosen it; the call tells only when it returns
        moved = reconcile(socket, sample)
        return [event, *moved, *self._udp.sampled(event, socket)]

    def _counted(self, record: CallRecord) -> list[Event]:
        """The counters of a socket that is left open when its process ends."""
        socket = self.sockets.known(record.cookie)
        return [] if socket is None else [*reconcile_close(socket, record)]

    def _blocked(self, t: int, record: CallRecord) -> list[Event]:
        known = self._open.get(record.key)
        if known is None:
            return []  # it has returned in the meantime
        event = CallBlocked(t=t, process=record.process, thread=record.thread, call=known[0], op=record.op)
        self._describe(event, record)
        event.caption = captions.blocked(event)
        return [event, *self._readiness.blocked(event, record)] if record.polled is not None else [event]

    def _fork(self, process: str) -> None:
        """A process is about to fork: note which sockets the child will hold as well."""
        held = {socket for socket in self.sockets if any(holder == process for holder, _ in socket.holders)}
        self._forks.setdefault(process, []).append(held)
        self._readiness.pollers.fork(process)

    def _exec(self, step: CallStep) -> list[Event]:
        """The process has become another program: what it had not marked to stay open was closed (execve(2))."""
        kept = {int(fd) for fd in step.record.texts[0].split(",") if fd}
        return [*self._changes.by_exec(step.t, step.record.process, kept)]

    def _inherit(self, child: str, parent: str) -> None:
        forks = self._forks.get(parent)
        if not forks:
            return  # spawned, not forked: what it is given it will name itself
        for socket in forks.pop(0):
            for fd in [fd for holder, fd in socket.holders if holder == parent]:
                self.sockets.hold(socket, child, fd)
        self._readiness.pollers.inherit(child, parent)

    def _returned(self, record: CallRecord) -> list[Event]:
        assert record.ended is not None
        opened = self._open.pop(record.key, None)
        event = CallReturned(
            t=record.ended,
            began=record.began,
            process=record.process,
            thread=record.thread,
            call=self._number(record) if opened is None else opened[0],
            op="close" if record.op == "collected" else record.op,
            collected=record.op == "collected",
            count=record.count,
            data=record.content or None,
        )
        socket = self._describe(event, record)
        if socket is not None and opened is not None and record.op in RECEIVES:
            socket.receives(record.process, -1)
        if record.failed:
            event.error = record.texts[0] if record.texts else ""
            event.message = record.texts[1] if len(record.texts) > 1 else ""
            event.errno = errno.errorcode.get(record.errno)
        past: list[Event] = []
        past += reconcile_close(socket, record) if socket is not None and record.op in CLOSES else []
        reserved = self._transfers.begin(event, record, socket) if opened is None else opened[1]
        more = self._transfers.end(event, record, socket, reserved)
        self.tally.see(event, is_datagram(socket))
        changes = self._changes.by_call(event, record, socket) if socket is not None else []
        changes += self._readiness.gone(changes)
        event.caption = captions.returned(event, is_datagram(socket))
        if record.polled is not None:
            past += self._readiness.before(record) if opened is None else []
            changes += self._readiness.returned(event, record)
        # Bytes are sent before they are received, also those whose sending nobody saw.
        past += [it for it in more if isinstance(it, BytesMoved)]
        return [*past, event, *changes, *(it for it in more if not isinstance(it, BytesMoved))]

    def _describe(self, event: Call, record: CallRecord) -> Socket | None:
        """Fill in what all call events share; returns the socket."""
        socket = self.sockets.with_cookie(record.cookie, record.process, record.fd)
        event.fd = record.fd
        event.socket = socket.number if socket else None
        event.line, event.file = record.line, record.file or None
        event.asked = record.asked
        if record.polled is not None:
            self._readiness.describe(event, record)
        elif record.op in SENDS:
            event.moved = "sent"
            event.args = record.texts[0] if record.texts and not record.failed else ""
        elif record.op in RECEIVES:
            event.moved = "received"
            event.args = str(record.asked) if record.asked is not None else ""
        elif record.op in TLS:
            if socket is not None:
                socket.tls = True
            event.args = str(record.asked) if record.op == "tls_read" and record.asked is not None else ""
        elif record.texts:
            event.args = record.texts[2] if record.failed and len(record.texts) > 2 else record.texts[0]
            if record.failed and len(record.texts) <= 2:
                event.args = ""
        return socket


def is_same(held: CallRecord, record: CallRecord) -> bool:
    """Is it the call that the thread was held before? One that makes a socket had none yet."""
    return (held.op, held.line) == (record.op, record.line) and held.fd in (-1, record.fd)
