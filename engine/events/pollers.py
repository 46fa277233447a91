"""What select, poll and epoll watch."""

from __future__ import annotations

from typing import Literal

import msgspec

from .base import Event

READ, WRITE, EXCEPT, ERROR, HANG_UP, INVALID, EDGE, ONE_SHOT, EXCLUSIVE, PEER_CLOSED = (1 << bit for bit in range(10))
"""The bits of a mask: what a program asks of a descriptor, and what it is told. POLLIN, POLLOUT, POLLPRI, POLLERR,
POLLHUP, POLLNVAL (poll(2)); EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLRDHUP (epoll_ctl(2)). select(2) has three sets:
READ, WRITE, EXCEPT."""


PollerKind = Literal["select", "poll", "epoll"]


class Interest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A descriptor that a poller watches: the mask it was given, and what the descriptor is."""

    fd: int
    mask: int
    what: Literal["listener", "connection", "datagram", "pipe", "timer", "event", "file", "terminal", "epoll", "other"]
    socket: int | None = None
    """Identity of the socket, of what is one."""
    peer: str | None = None
    """The other end of a connection: its process if it is one of the run, else its address."""


class WatchChanged(Event, tag="watch.changed", kw_only=True):
    """What a poller watches has changed: stands before the event of the first call that sees the change. Silent."""

    process: str
    poller: int
    kind: PollerKind
    call: int | None = None
    """The call that changed it; None when a select was merely given other sets."""
    added: list[Interest] = []
    """New ones, and those with a new mask."""
    removed: list[int] = []
    count: int = 0
    """How many are watched now."""
