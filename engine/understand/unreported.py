"""Bytes that lie in a receive queue while a wait goes on that was told of them once and is not again.

A descriptor watched edge-triggered is reported when something happens to it, not while it is ready: after a report the
program has to read until there is nothing left (epoll(7)).
"""

from __future__ import annotations

from engine.understand.sockets import Socket
from engine.understand.streams import Stream


def come(socket: Socket | None) -> int | None:
    """Up to where bytes have surely come for this socket; None if it has read them all, or nothing is known.

    What the segments show; else what calls that have returned had sent. Where bytes move past the probe, as with TLS,
    it is not known what was read.
    """
    stream = socket.incoming if socket is not None else None
    if socket is None or stream is None or socket.tls:
        return None
    at = min(stream.settled, delivered(socket, stream))
    return at if at > stream.read else None


def delivered(socket: Socket, stream: Stream) -> int:
    """Up to where bytes of its incoming stream have come: as captured, else as sent."""
    captured = socket.connection.captured(stream) if socket.connection is not None else None
    return stream.written if captured is None or captured.initial is None else captured.delivered


def unread(socket: Socket | None, at: int) -> tuple[int, int] | None:
    """Of the bytes before `at`, those that the socket has not read."""
    stream = socket.incoming if socket is not None else None
    return (stream.read, at) if stream is not None and stream.read < at else None
