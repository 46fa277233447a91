"""What was seen on the wire."""

from __future__ import annotations

from typing import Literal

import msgspec

from .base import Event


class TcpOptions(msgspec.Struct, gc=False, omit_defaults=True):
    """The options of a TCP header that say something about the connection (RFC 9293 section 3.2)."""

    mss: int | None = None
    """The largest segment its sender will take, in bytes."""
    window_scale: int | None = None
    """By how many bits later windows of its sender are shifted (RFC 7323 section 2.2)."""
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] | None = None
    """Received out of order: [left, right) in sequence numbers of the wire (RFC 2018)."""
    timestamp: tuple[int, int] | None = None
    """TSval, TSecr (RFC 7323 section 3)."""


class SegmentCaptured(Event, tag="segment.captured", kw_only=True):
    """A TCP segment or a UDP datagram seen on the wire (`lo`). Lengths in bytes.

    `sequence` and `ack` are relative: 0 is the SYN, 1 the first byte (RFC 9293 section 3.4). What a
    missing SYN leaves unknown is None. (`seq` is the place in the log, as of every event.)
    """

    protocol: Literal["tcp", "udp"]
    source: str
    destination: str
    sender: str | None = None
    """The process that holds the sending end, and the one that holds the other; None if neither is of the run."""
    receiver: str | None = None
    connection: int | None = None
    stream: str | None = None
    """The stream its data belong to: the direction in which it travels."""
    flags: str = ""
    """The names of the flags that are set, e.g. `PSH ACK`."""
    sequence: int | None = None
    ack: int | None = None
    window: int | None = None
    """Bytes beyond `ack` that its sender will take, scaled."""
    options: TcpOptions | None = None
    length: int = 0
    """Of the payload."""
    start: int | None = None
    end: int | None = None
    """The bytes [start, end) of the stream that it carries."""
    order: Literal["in order", "ahead", "out of order", "retransmission"] | None = None
    sent: int | None = None
    """Of `stream`, after this segment: what has been on the wire, and what has reached the other side in order."""
    delivered: int | None = None
    acked: int | None = None
    """Of the other stream: everything before this is acknowledged. What `written` goes beyond it, its sender keeps."""
