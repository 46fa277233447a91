"""Segments that went later than they could have: what they waited for.

Sees every event in order, and gives a better caption where the events before it say more than the segment itself does.
"""

from __future__ import annotations

import msgspec

from engine.events import CallReturned, CallStarted, Caption, Event, SegmentCaptured

LATE_NS = 30_000_000
"""An ACK that is put off comes after 40 ms at the earliest (TCP_DELACK_MIN in the kernel's net/tcp.h)."""
AT_ONCE_NS = 5_000_000
KEPT = 64
"""Segments and sends that are remembered of each stream."""


class Flow(msgspec.Struct, gc=False):
    """One direction of a connection: offsets, each with the time when it was reached."""

    arrived: list[tuple[int, int]] = []
    """The ends of segments that have not been acknowledged."""
    written: list[tuple[int, int]] = []
    """The ends of sends that have not been seen on the wire, and when they began."""
    acked: int = 0
    acked_at: int = 0
    edge: int | None = None
    """Where the receiver's window ends; None until an ACK has said so."""
    allowed: int | None = None
    """Where it ended before the latest bytes were acknowledged."""
    stopped: bool = False
    """The receiver's window was 0, and no data has gone since."""
    mss: int | None = None
    """The largest segment its receiver takes."""


class Delays:
    """Follows the segments of a run."""

    def __init__(self) -> None:
        self._flows: dict[str, Flow] = {}
        self._syns: dict[int, int] = {}
        self._fins: dict[int, str] = {}
        """By connection: the stream that ended first."""
        self._ended: set[str] = set()
        self._at_once: set[int] = set()
        """Sockets with TCP_NODELAY."""
        self._writers: dict[str, int] = {}

    def see(self, event: Event) -> Caption | None:
        """Takes the next event of the run; what to say about it instead, if there is more to say."""
        if isinstance(event, CallStarted | CallReturned):
            self._called(event)
        elif isinstance(event, SegmentCaptured) and event.protocol == "tcp" and event.connection is not None:
            return self._captured(event, event.connection, event.stream or "")
        return None

    def _flow(self, stream: str) -> Flow:
        return self._flows.setdefault(stream, Flow())

    def _called(self, event: CallStarted | CallReturned) -> None:
        if event.op == "setsockopt" and "TCP_NODELAY" in event.args and event.socket is not None:
            self._at_once.add(event.socket)
        if event.moved != "sent" or event.stream is None or event.end is None or event.socket is None:
            return
        self._writers[event.stream] = event.socket
        written = self._flow(event.stream).written
        began = event.began if isinstance(event, CallReturned) else event.t
        while written and written[-1][0] >= event.end:  # an earlier send offered as much, but not all was taken
            del written[-1]
        written.append((event.end, began))
        del written[:-KEPT]

    def _captured(self, event: SegmentCaptured, connection: int, stream: str) -> Caption | None:
        own, other = self._flow(stream), self._flow(opposite(stream))
        flags = event.flags.split()
        if "SYN" in flags:
            if event.options is not None:
                other.mss = event.options.mss
            return self._syn(event, connection) if flags == ["SYN"] else None
        better = self._acknowledged(event, other) or self._sent(event, own, stream)
        if "FIN" in flags:
            self._fins.setdefault(connection, stream)
            self._ended.add(stream)
        elif event.caption is not None and event.caption.key == "caption.segment.ack_fin":
            return self._last_ack(event.caption, connection, stream)
        return better

    def _syn(self, event: SegmentCaptured, connection: int) -> Caption | None:
        first = self._syns.setdefault(connection, event.t)
        if first == event.t or event.caption is None:
            return None
        return Caption("caption.segment.syn_again", {**event.caption.args, "waited_ns": event.t - first})

    def _last_ack(self, caption: Caption, connection: int, stream: str) -> Caption | None:
        """Whose stream ended first keeps the connection in TIME-WAIT, the other is in CLOSE-WAIT (RFC 9293, 3.6)."""
        ended_first = self._fins.get(connection) == stream
        if stream in self._ended:
            self._forget(connection, stream)
        elif not ended_first:
            return Caption("caption.segment.close_wait", caption.args)
        return Caption("caption.segment.time_wait", caption.args) if ended_first else None

    def _forget(self, connection: int, stream: str) -> None:
        """Both directions have ended: a run may have very many connections."""
        self._syns.pop(connection, None)
        self._fins.pop(connection, None)
        for name in (stream, opposite(stream)):
            self._ended.discard(name)
            self._flows.pop(name, None)
            self._writers.pop(name, None)

    def _acknowledged(self, event: SegmentCaptured, flow: Flow) -> Caption | None:
        """`flow` is the direction that the ACK in this segment is about."""
        flow.stopped = flow.stopped or event.window == 0
        if event.acked is None:
            return None
        allowed = flow.edge
        if event.window is not None:
            flow.edge = max(allowed or 0, event.acked + event.window)
        if event.acked <= flow.acked:
            return None
        flow.allowed = allowed
        oldest = flow.arrived[0][1] if flow.arrived else event.t
        while flow.arrived and flow.arrived[0][0] <= event.acked:
            del flow.arrived[0]
        flow.acked, flow.acked_at = event.acked, event.t
        late = event.t - oldest
        if late < LATE_NS or event.caption is None or event.caption.key != "caption.segment.ack":
            return None
        return Caption("caption.segment.ack_late", {**event.caption.args, "waited_ns": late})

    def _sent(self, event: SegmentCaptured, flow: Flow, stream: str) -> Caption | None:
        """RFC 1122 section 4.2.3.4: a small piece waits while earlier data is not acknowledged (Nagle's algorithm)."""
        if event.start is None or event.end is None:
            return None
        flow.arrived.append((event.end, event.t))
        del flow.arrived[:-KEPT]
        began = next((began for end, began in flow.written if end > event.start), event.t)
        while flow.written and flow.written[0][0] <= event.end:
            del flow.written[0]
        stopped, flow.stopped = flow.stopped, False
        freed = flow.acked == event.start and began < flow.acked_at and event.t - flow.acked_at < AT_ONCE_NS
        small = flow.mss is not None and event.length < flow.mss
        fitted = flow.allowed is None or event.end <= flow.allowed
        waited = event.t - began
        held = freed and small and fitted and not stopped and self._writers.get(stream) not in self._at_once
        if not held or waited < LATE_NS:
            return None
        if event.caption is None or event.order != "in order":
            return None
        return Caption("caption.segment.data_late", {**event.caption.args, "waited_ns": waited})


def opposite(stream: str) -> str:
    """`1<` of `1>`."""
    return stream[:-1] + ("<" if stream.endswith(">") else ">")
