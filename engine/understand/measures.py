"""What a run says to the question its lesson asks beforehand: one number or word, measured on the events.

Two kinds. A *hit* is an event that has a value; the nth hit decides. A *count* is added up and known when nothing more
can be added: when the process in question has ended by itself, or the run has. What cannot be known is not answered.

receive.bytes, send.bytes           bytes of a call that moved some; 0 at the end of the stream
receive.outcome                     data, eof, or the class of the exception
receive.text                        what was received, as text, without quotes and white space around it
connect.outcome, bind.outcome       ok, or the class of the exception
receive.wait_ms, accept.wait_ms, connect.wait_ms
                                    how long a call that succeeded took, as the largest choice it reached
call.error                          the class of the exception of a call that failed; none when the process ends first
exit.error                          of the exception a process ended with; none, `exit 1`, or the name of a signal
segment.end                         FIN or RST: with which flag an end of a connection was given up
wait.ready                          how many descriptors a wait of select, poll or epoll reported
receive.count, send.count           calls that moved data
segment.count                       captured segments with data
connection.count                    TCP connections
datagram.lost                       datagrams that the kernel dropped
connect.before_accept               connects that had succeeded when accept was called for the first time
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.events import (
    Call,
    CallReturned,
    CallStarted,
    ConnectionChanged,
    Event,
    FindingMade,
    PredictionAnswered,
    ProcessExited,
    RunEnded,
    RunStarted,
    SegmentCaptured,
)
from engine.understand.traceback import error_class

Value = str | int
Hit = Callable[[Event], Value | None]

NONE = "none"
"""The value of an error that did not happen."""
MS = 1_000_000


def _bytes(moved: str) -> Hit:
    def hit(event: Event) -> Value | None:
        return event.count if isinstance(event, CallReturned) and event.moved == moved else None

    return hit


def _outcome(op: str) -> Hit:
    def hit(event: Event) -> Value | None:
        return (event.error or "ok") if isinstance(event, CallReturned) and event.op == op else None

    return hit


def _receive_outcome(event: Event) -> Value | None:
    if not isinstance(event, CallReturned) or event.moved != "received":
        return None
    return event.error or ("eof" if event.eof else "data")


def _text(event: Event) -> Value | None:
    if not isinstance(event, CallReturned) or event.moved != "received" or event.error is not None:
        return None
    return (event.data or b"").decode("utf-8", "replace").strip(" \r\n\"'")


def _waited(is_meant: Callable[[CallReturned], bool]) -> Hit:
    def hit(event: Event) -> Value | None:
        if not isinstance(event, CallReturned) or event.error is not None or not is_meant(event):
            return None
        return (event.t - event.began) // MS

    return hit


def _error(event: Event) -> Value | None:
    return event.error if isinstance(event, CallReturned) else None


def _exit(event: Event) -> Value | None:
    if not isinstance(event, ProcessExited) or event.stopped:
        return None
    if event.error:
        return error_class(event.error)
    return event.signal or (f"exit {event.code}" if event.code else NONE)


def _end(event: Event) -> Value | None:
    if not isinstance(event, SegmentCaptured):
        return None
    flags = event.flags.split()
    return next((flag for flag in ("RST", "FIN") if flag in flags), None)


def _ready(event: Event) -> Value | None:
    return len(event.ready) if isinstance(event, CallReturned) and event.ready is not None else None


HITS: Mapping[str, Hit] = {
    "receive.bytes": _bytes("received"),
    "send.bytes": _bytes("sent"),
    "receive.outcome": _receive_outcome,
    "receive.text": _text,
    "connect.outcome": _outcome("connect"),
    "bind.outcome": _outcome("bind"),
    "receive.wait_ms": _waited(lambda event: event.moved == "received"),
    "accept.wait_ms": _waited(lambda event: event.op == "accept"),
    "connect.wait_ms": _waited(lambda event: event.op == "connect"),
    "call.error": _error,
    "exit.error": _exit,
    "segment.end": _end,
    "wait.ready": _ready,
}


def _moved(direction: str) -> Callable[[Event], int]:
    def count(event: Event) -> int:
        return isinstance(event, CallReturned) and event.moved == direction and bool(event.count)

    return count


def _segments(event: Event) -> int:
    return isinstance(event, SegmentCaptured) and event.length > 0


def _dropped(event: Event) -> int:
    return event.lost if isinstance(event, FindingMade) and event.kind == "dropped" else 0


def _connected(event: Event) -> int:
    return isinstance(event, CallReturned) and event.op == "connect" and event.error is None


def _no_count(event: Event) -> int:
    return 0  # connections are told more than once, so their numbers are kept


COUNTS: Mapping[str, Callable[[Event], int]] = {
    "receive.count": _moved("received"),
    "send.count": _moved("sent"),
    "segment.count": _segments,
    "connection.count": _no_count,
    "datagram.lost": _dropped,
    "connect.before_accept": _connected,
}
BY_CALLS = frozenset({"receive.count", "send.count"})
"""Counts of what a process does by itself: known when it has ended."""

MEASURES = frozenset(HITS) | frozenset(COUNTS)
NEED_CHOICES = frozenset(name for name in HITS if not name.endswith((".bytes", ".ready")))
"""Those whose value is no plain number."""


class Measurement:
    """Follows a run to the answer; gives it once."""

    def __init__(self, measure: str, process: str | None, nth: int, choices: Sequence[str]) -> None:
        self._measure = measure
        self._process = process
        self._left = nth
        self._choices = choices
        self._count = 0
        self._connections: set[int] = set()
        self._measured = True
        self._answered = False

    def see(self, event: Event) -> PredictionAnswered | None:
        """Takes the next event of the run; the answer, when it is this that decides it.

        What is known at the end only comes with the `run.ended`, and belongs before it.
        """
        if self._answered:
            return None
        if isinstance(event, RunStarted):
            self._measured = event.segments == "measured"
        if isinstance(event, RunEnded):
            return self._over(event)
        return self._by_hit(event) if self._measure in HITS else self._by_count(event)

    def _by_hit(self, event: Event) -> PredictionAnswered | None:
        if not self._is_meant(event):
            return None
        value = HITS[self._measure](event)
        if value is not None:
            self._left -= 1
            return None if self._left else self._answer(event, value)
        if self._measure == "call.error" and _exit(event) is not None and self._process is not None:
            return self._answer(event, NONE)
        return None

    def _by_count(self, event: Event) -> PredictionAnswered | None:
        if self._measure == "connect.before_accept" and _is_first_accept(event):
            return self._answer(event, self._count)
        if isinstance(event, FindingMade) and event.kind == "unreceived":
            self._measured = False  # the kernel was not asked
        if isinstance(event, ConnectionChanged) and not event.datagrams:
            if self._process in (None, event.client, event.server):
                self._connections.add(event.connection)
        elif self._is_meant(event):
            self._count += COUNTS[self._measure](event)
            if self._measure in BY_CALLS and self._process is not None and _exit(event) is not None:
                return self._answer(event, self._count)
        return None

    def _over(self, end: RunEnded) -> PredictionAnswered | None:
        """Nothing more can be added, unless the run was broken off."""
        if self._measure in HITS or self._measure == "connect.before_accept" or end.why != "finished" or end.lost:
            return None
        if self._measure in ("segment.count", "datagram.lost") and (not self._measured or end.segments_lost):
            return None
        value = len(self._connections) if self._measure == "connection.count" else self._count
        return self._answer(end, value)

    def _is_meant(self, event: Event) -> bool:
        if self._process is None:
            return True
        who = event.sender if isinstance(event, SegmentCaptured) else getattr(event, "process", None)
        return who == self._process

    def _answer(self, event: Event, value: Value) -> PredictionAnswered:
        self._answered = True
        if self._measure.endswith(".wait_ms"):
            reached = [choice for choice in self._choices if int(choice) <= int(value)]
            value = max(reached, key=int, default=self._choices[0])
        call = event.call if isinstance(event, Call) else None
        return PredictionAnswered(t=event.t, value=value, call=call)


def _is_first_accept(event: Event) -> bool:
    return isinstance(event, CallStarted | CallReturned) and event.op == "accept"
