"""What a run came to, counted while it goes on: the material of its last sentence."""

from __future__ import annotations

from collections import Counter, deque

import msgspec

from engine.events import CallReturned, Caption, Event, FindingMade, ProcessExited, ProcessInput, SegmentCaptured
from engine.understand.delays import LATE_NS
from engine.understand.process_captions import shortened
from engine.understand.requests import Requests
from engine.understand.wait_tally import WaitTally

LONG_NS = 500_000_000
"""A wait that is worth the last word."""
KEPT = 64
"""Sends of a stream that are remembered until they are read."""


class Crash(msgspec.Struct, frozen=True):
    """How the first program that failed ended; `error` is the last line of its traceback."""

    who: str
    error: str
    code: int
    signal: str


class Wait(msgspec.Struct, frozen=True):
    """Somebody waited, or something did; of bytes how many."""

    who: str
    waited_ns: int
    call: str = ""
    n: int = 0


class Tally:
    """Sees every event of a run."""

    def __init__(self) -> None:
        self.sends: Counter[bool] = Counter()
        self.receives: Counter[bool] = Counter()
        """Calls that moved something; by whether it was a datagram."""
        self.bytes_received = 0
        """From streams."""
        self.partial = 0
        """Sends of which the kernel took only a part, and those for which it had no room at all."""
        self.no_room = 0
        self.empty = 0
        """Sends of no bytes on a stream."""
        self.in_vain: Counter[tuple[str, str]] = Counter()
        """By process and call: those that found nothing and did not wait."""
        self.ends: Counter[tuple[str, int]] = Counter()
        """By process and socket: receives that found the end of the stream."""
        self.crash: Crash | None = None
        self.typed = False
        """Somebody typed: then people, too, are waited for."""
        self.deadlock: tuple[str, str] | None = None
        """Two processes that wait for each other."""
        self.time_wait = ""
        """Who could not bind, because earlier connections were in TIME-WAIT."""
        self.queued: list[Wait] = []
        """Connections that had to wait for accept."""
        self.syns_again = 0
        self.forgotten: Wait | None = None
        """The longest time an end was in CLOSE-WAIT."""
        self.unreported: FindingMade | None = None
        self.held_up: list[int] = []
        """How long small segments waited for an ACK, those that somebody was waiting for; ns."""
        self.longest: Wait | None = None
        """The longest accept or receive of `LONG_NS` or more, not counting that programs took their time to start."""
        self.unread: Wait | None = None
        """The bytes that waited longest from their send until they were read."""
        self.waits = WaitTally()
        self.requests = Requests()
        self._longest_ns = LONG_NS
        self._came: set[str] = set()
        self._last_came = 0
        """When the last process that came made its first call."""
        self._late: dict[str, tuple[int, int]] = {}
        """By stream: where its last late segment begins, and how long that had waited."""
        self._written: dict[str, deque[tuple[int, int]]] = {}
        """By stream: the ends of sends that were not read yet, and when these began."""
        self._read: dict[str, int] = {}

    def see(self, event: CallReturned, datagram: bool) -> None:
        """A call has returned; only those that were placed on a stream count as moving something."""
        if event.process not in self._came:
            self._came.add(event.process)
            self._last_came = max(self._last_came, event.began)
        if event.moved == "received" or event.op == "accept":
            self._waited(event)
        if event.stream is None:
            return
        moved_some = event.count is not None and (datagram or event.count > 0)
        if event.moved == "received":
            self.receives[datagram] += moved_some
            self.bytes_received += 0 if datagram else event.count or 0
        elif event.moved == "sent":
            self.sends[datagram] += moved_some
            self.partial += moved_some and not datagram and (event.count or 0) < (event.asked or 0)
            self.no_room += event.error == "BlockingIOError"
            self.empty += event.count == 0 and not datagram
        if not datagram:
            self.requests.see(event, event.stream)
            self._moved(event, event.stream, event.end or 0)

    def note(self, event: Event) -> None:
        """Any event, when everything is known that is told about it."""
        if isinstance(event, ProcessInput):
            self.typed = True
        elif isinstance(event, ProcessExited) and not event.stopped:
            self._exited(event)
        elif isinstance(event, FindingMade) and event.kind == "unreported":
            self.unreported = self.unreported or event
        elif isinstance(event, CallReturned):
            self.waits.see(event)
            # Not by b'': one of them was ended.
            goes_on = event.moved == "received" and (event.count or event.error == "TimeoutError")
            if self.deadlock is not None and event.process in self.deadlock and goes_on:
                self.deadlock = None
        if event.caption is not None:
            self._told(event, event.caption)

    def _told(self, event: Event, caption: Caption) -> None:
        who, waited = str(caption.args.get("who", "")), int(caption.args.get("waited_ns", 0))
        match caption.key:
            case "caption.recv.blocked_both":
                self.deadlock = who, str(caption.args["whom"])
            case "caption.wait.ready" if isinstance(event, CallReturned):
                self.waits.tell(event, caption)
            case "caption.failed.time_wait":
                self.time_wait = who
            case "caption.accept.waiting":
                self.queued.append(Wait(str(caption.args["whom"]), waited))
            case "caption.segment.syn_again":
                self.syns_again += 1
            case "caption.close.forgotten" if self.forgotten is None or waited > self.forgotten.waited_ns:
                self.forgotten = Wait(who, waited)
            case "caption.segment.data_late" if isinstance(event, SegmentCaptured) and event.stream is not None:
                self._late[event.stream] = event.start or 0, waited

    def _exited(self, event: ProcessExited) -> None:
        failed = event.code or event.signal not in (None, "SIGINT")
        if failed and self.crash is None:
            error = shortened(event.error or "")
            self.crash = Crash(event.process, error, event.code or 0, event.signal or "")

    def _waited(self, event: CallReturned) -> None:
        if event.error is not None:
            self.in_vain[event.process, event.op] += event.error == "BlockingIOError"
            return
        if event.eof and event.socket is not None:
            self.ends[event.process, event.socket] += 1
        waited = event.t - max(event.began, self._last_came)
        if waited >= self._longest_ns:
            self._longest_ns = waited
            self.longest = Wait(event.process, event.t - event.began, event.op)

    def _moved(self, event: CallReturned, stream: str, end: int) -> None:
        if event.moved == "sent":
            if end > self._read.get(stream, 0):
                self._written.setdefault(stream, deque(maxlen=KEPT)).append((end, event.began))
            return
        if event.moved != "received" or not event.count:
            return
        late = self._late.get(stream)
        if late is not None and (event.start or 0) <= late[0] < end:
            del self._late[stream]
            if event.t - event.began >= LATE_NS:
                self.held_up.append(late[1])
        self._read[stream] = max(end, self._read.get(stream, 0))
        written = self._written.get(stream)
        if written and (self.unread is None or event.t - written[0][1] > self.unread.waited_ns):
            self.unread = Wait(event.process, event.t - written[0][1], n=event.count)
        while written and written[0][0] <= end:
            written.popleft()
