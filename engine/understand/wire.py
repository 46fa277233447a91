"""Where captured segments stand on the streams: sequence numbers become offsets.

Byte 0 of a stream has the sequence number after the SYN's, so the offset of a segment's first byte
is seq - initial seq - 1, modulo 2**32 (RFC 9293 section 3.4). Take every captured segment in the
order of capture. With what the calls tell, the kernel's two rows follow for each stream: its sender
keeps [acked, written), its receiver holds [read, delivered).
"""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

from engine.records import SegmentRecord

FIN, SYN, RST, ACK = 1, 2, 4, 16
HALF = 1 << 31
FULL = 1 << 32
CLOSED_KEPT = 4096
"""Closed connections that are still known, for the segments that come after the end."""

Order = Literal["in order", "ahead", "out of order", "retransmission"]
"""Of a segment with data. `ahead`: bytes before it have not been captured yet. `out of order`: it
fills such a gap, late or sent again. `retransmission`: at least one of its bytes had been captured, or
acknowledged, before."""


class Direction:
    """One direction of a connection. Offsets in bytes, of the stream it carries."""

    def __init__(self) -> None:
        self.initial: int | None = None
        """The sequence number of its SYN; None while that is not known, and then nothing below is."""
        self.sent = 0
        """The end of what has been seen on the wire; [acked, sent) is in flight."""
        self.delivered = 0
        """Everything before this has reached the receiver's side."""
        self.acked = 0
        self.missed = 0
        """Bytes that were acknowledged although the capture has never seen them."""
        self.end: int | None = None
        """The length of the whole stream, once its FIN has been seen."""
        self.window_scale: int | None = None
        """Bits; None while its SYN has not been seen."""
        self._beyond: list[tuple[int, int]] = []

    def offset(self, seq: int) -> int | None:
        """The offset that `seq` means: of all that have it, the one nearest to what was sent last."""
        if self.initial is None:
            return None
        near = self.sent
        return near + (seq - self.initial - 1 - near + HALF) % FULL - HALF

    def carry(self, start: int, end: int) -> tuple[Order, int]:
        """Bytes [start, end) have been seen; returns their order and how many of them were seen before."""
        fresh = end - max(start, min(self.delivered, end)) - self._overlap(start, end)
        repeated = end - start - fresh
        if repeated:
            order: Order = "retransmission"
        elif start < self.sent:
            order = "out of order"
        else:
            order = "in order" if start == self.sent else "ahead"
        self.sent = max(self.sent, end)
        self._deliver(start, end)
        return order, repeated

    def acknowledge(self, offset: int) -> None:
        """The receiver has everything before `offset`; a FIN counts as one more, which is no byte."""
        if self.end is not None:
            offset = min(offset, self.end)
        if offset > self.delivered:
            self.missed += offset - self.delivered - self._overlap(self.delivered, offset)
            self.sent = max(self.sent, offset)
            self._deliver(self.delivered, offset)
        self.acked = max(self.acked, offset)

    def _overlap(self, start: int, end: int) -> int:
        """How many bytes of [start, end) lie beyond a gap and have been seen."""
        return sum(max(min(end, right) - max(start, left), 0) for left, right in self._beyond)

    def _deliver(self, start: int, end: int) -> None:
        if not self._beyond and start <= self.delivered:
            self.delivered = max(self.delivered, end)
            return
        ranges: list[tuple[int, int]] = []
        for left, right in sorted([*self._beyond, (start, end)]):
            if left <= self.delivered:
                self.delivered = max(self.delivered, right)
            elif ranges and left <= ranges[-1][1]:
                ranges[-1] = (ranges[-1][0], max(ranges[-1][1], right))
            else:
                ranges.append((left, right))
        self._beyond = ranges


class Conversation:
    """A TCP connection as its segments tell of it. Its client is who sent the first SYN.

    Where no SYN was captured, the client is who sent the first segment, and the initial sequence
    numbers stay unknown.
    """

    def __init__(self, client: str, server: str) -> None:
        self.client = client
        self.server = server
        self.forward = Direction()
        self.backward = self.forward if client == server else Direction()
        """A socket can be connected to itself; then there is one stream only."""
        self.reset = False

    @property
    def closed(self) -> bool:
        """By a RST, or by a FIN each way."""
        return self.reset or (self.forward.end is not None and self.backward.end is not None)

    def of(self, segment: SegmentRecord) -> tuple[Direction, Direction]:
        """The direction of the segment, and the other one."""
        if segment.source == self.client:
            return self.forward, self.backward
        return self.backward, self.forward


class Placed(msgspec.Struct, gc=False):
    """What a TCP segment means in its connection. None is what cannot be known."""

    conversation: Conversation
    opened: bool
    """It is the first one of this connection; an earlier one may have had the same addresses."""
    forward: bool
    """From client to server."""
    seq: int | None
    """Counted from the initial sequence number: 0 of the SYN, 1 of the first byte."""
    ack: int | None
    """The same of the other direction; None also when the segment acknowledges nothing."""
    window: int | None
    """Bytes beyond `ack` that its sender will take, scaled (RFC 7323 section 2.3)."""
    start: int | None = None
    end: int | None = None
    """The bytes [start, end) of the stream; None when it has none."""
    order: Order | None = None
    repeated: int = 0
    """How many of its bytes were captured before."""


class Conversations:
    """The connections of a run."""

    def __init__(self) -> None:
        self._by_ends: dict[tuple[str, str], Conversation] = {}
        self._closed: deque[Conversation] = deque()

    def take(self, segment: SegmentRecord) -> Placed:
        """Place a TCP segment; call it once for each, in the order of capture."""
        conversation, opened = self._conversation(segment)
        was_closed = conversation.closed
        own, other = conversation.of(segment)
        if segment.flags & SYN:
            self._learn(segment, own, other)
        placed = Placed(
            conversation,
            opened,
            own is conversation.forward,
            relative(own, segment.seq),
            relative(other, segment.ack) if segment.flags & ACK else None,
            window(segment, own, other),
        )
        self._carry(segment, own, placed)
        if placed.ack is not None and placed.ack > 0:
            other.acknowledge(placed.ack - 1)
        conversation.reset = conversation.reset or bool(segment.flags & RST)
        if conversation.closed and not was_closed:
            self._forget_old(conversation)
        return placed

    def _carry(self, segment: SegmentRecord, own: Direction, placed: Placed) -> None:
        """Its data, and its FIN, which comes after them."""
        if placed.seq is None:
            return
        start = placed.seq - 1 + bool(segment.flags & SYN)  # data on a SYN come after it (RFC 7413)
        if segment.length:
            placed.start, placed.end = start, start + segment.length
            placed.order, placed.repeated = own.carry(placed.start, placed.end)
        if segment.flags & FIN:
            own.end = start + segment.length

    def _conversation(self, segment: SegmentRecord) -> tuple[Conversation, bool]:
        """The connection of a segment, and whether the segment is its first."""
        ends = (segment.source, segment.destination)
        known = self._by_ends.get(ends)
        if known is not None and not (segment.flags & SYN and opens_another(segment, known)):
            return known, False
        if segment.flags & SYN and segment.flags & ACK:
            ends = (segment.destination, segment.source)
        conversation = Conversation(*ends)
        self._by_ends[ends] = self._by_ends[ends[::-1]] = conversation
        return conversation, True

    def _learn(self, segment: SegmentRecord, own: Direction, other: Direction) -> None:
        own.initial = segment.seq
        scale = segment.options.window_scale if segment.options else None
        own.window_scale = scale or 0
        if segment.flags & ACK:
            if other.initial is None:
                other.initial = (segment.ack - 1) % FULL  # its SYN was not captured, but this answers it
            if scale is None:
                other.window_scale = 0  # offered, perhaps, but not agreed to

    def _forget_old(self, conversation: Conversation) -> None:
        self._closed.append(conversation)
        if len(self._closed) > CLOSED_KEPT:
            old = self._closed.popleft()
            for ends in ((old.client, old.server), (old.server, old.client)):
                if self._by_ends.get(ends) is old:
                    del self._by_ends[ends]


def opens_another(segment: SegmentRecord, known: Conversation) -> bool:
    """Does this SYN belong to a connection other than the one known between its addresses?"""
    own, other = known.of(segment)
    if own.initial is None and other.initial is None:
        return True  # what is known began before the capture
    if own.initial is not None and own.initial != segment.seq:
        return True
    if segment.flags & ACK and other.initial is not None:
        return other.initial != (segment.ack - 1) % FULL
    return own.initial is None and known.closed


def relative(direction: Direction, number: int) -> int | None:
    """Counted from the initial sequence number, beyond 2**32 where the stream is."""
    offset = direction.offset(number)
    return None if offset is None else offset + 1


def window(segment: SegmentRecord, own: Direction, other: Direction) -> int | None:
    """Windows are shifted when both SYNs said by how much; that of a SYN never is (RFC 7323 section 2.2)."""
    if segment.flags & SYN:
        return segment.window
    if own.window_scale is None or other.window_scale is None:
        return None
    return segment.window << own.window_scale
