"""Sockets and connections: what the calls say of them, and what the kernel does."""

from __future__ import annotations

from typing import Literal

from .base import Event, Evidence


class SocketChanged(Event, tag="socket.changed", kw_only=True):
    """What is known of a socket from the calls made on it; the latest one holds. Silent."""

    process: str
    socket: int
    fd: int
    kind: str
    """tcp, udp, unix, …"""
    state: Literal["open", "bound", "listening", "connecting", "connected", "closed"]
    local: str | None = None
    remote: str | None = None
    connection: int | None = None
    evidence: Evidence = "measured"


class ConnectionChanged(Event, tag="connection.changed", kw_only=True):
    """A connection and who holds its two ends, as far as known; the latest one holds. Silent.

    Its streams are `{connection}>` (client to server) and `{connection}<`. A process name is None
    while the end is not (or never) held by a process of the run, e.g. before accept returned.
    """

    connection: int
    client: str | None = None
    server: str | None = None
    client_address: str
    server_address: str
    datagrams: bool = False
    """Two addresses that exchange datagrams (UDP): the one that began is the client's. The bytes of each
    direction are counted as those of a stream, in the order in which the datagrams were sent."""
    evidence: Evidence = "measured"


class SocketSampled(Event, tag="socket.sampled", kw_only=True):
    """A socket as the kernel's tables showed it (sock_diag(7)), when something about it had changed.

    Silent, but for one that shows more drops than the one before.

    Also sockets that are not ours, with `socket` None: the two ends tell which. Sizes in bytes; None is
    what the kernel does not tell of this kind of socket or in this state. See `records.Sample` for the
    kernel's own name of each figure.
    """

    protocol: Literal["tcp", "udp"]
    socket: int | None = None
    process: str | None = None
    connection: int | None = None
    side: Literal["client", "server"] | None = None
    local: str
    remote: str = ""
    state: str
    """ESTABLISHED, LISTEN, … as in RFC 9293; for UDP CONNECTED or UNCONNECTED."""
    destroyed: bool = False
    receive_queue: int | None = None
    send_queue: int | None = None
    unsent: int | None = None
    backlog: int | None = None
    backlog_max: int | None = None
    receive_memory: int | None = None
    receive_buffer: int | None = None
    send_memory: int | None = None
    send_buffer: int | None = None
    drops: int | None = None
    cwnd: int | None = None
    ssthresh: int | None = None
    mss: int | None = None
    rtt: int | None = None
    """ns"""
    send_window: int | None = None
    receive_window: int | None = None
    retransmissions: int | None = None
    segments_out: int | None = None
    segments_in: int | None = None
    data_segments_out: int | None = None
    data_segments_in: int | None = None
    bytes_sent: int | None = None
    bytes_acked: int | None = None
    bytes_received: int | None = None
    written: int | None = None
    """Offsets on the two streams of the connection: its own up to here is written, and acknowledged; the
    other one has come in order up to here, and is read."""
    acked: int | None = None
    delivered: int | None = None
    read: int | None = None
