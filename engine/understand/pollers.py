"""Who waits for what: the pollers of a run, and the descriptors each of them watches."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Literal

import msgspec

from engine.events import Interest, PollerKind, WatchChanged
from engine.understand.sockets import Socket, Sockets, is_datagram

What = Literal["listener", "connection", "datagram", "pipe", "timer", "event", "file", "terminal", "epoll", "other"]
WHATS: dict[str, What] = {
    "pipe": "pipe",
    "timer": "timer",
    "event": "event",
    "file": "file",
    "terminal": "terminal",
    "epoll": "epoll",
}
"""What the probe can tell by the descriptor alone; of sockets more is known here."""
Change = tuple[int, int, str]
"""Descriptor, mask, and what the probe says it is: empty when it is watched no longer."""


class Watched(msgspec.Struct, gc=False):
    """A descriptor that a poller watches."""

    fd: int
    mask: int
    what: What
    socket: Socket | None


class Poller:
    """One that waits: a thread that calls select, a poll object, an epoll."""

    def __init__(self, number: int, kind: PollerKind) -> None:
        self.number = number
        self.kind: PollerKind = kind
        self.holders: set[str] = set()
        """The processes that have it."""
        self.interests: dict[int, Watched] = {}
        self.stale: set[int] = set()
        """Descriptors whose socket was closed: by now they may be those of others."""
        self.reported: dict[int, int] = {}
        """Watched edge-triggered and reported as readable: descriptor → the wait that did so last."""
        self.told: dict[int, tuple[int, int]] = {}
        """By descriptor, the bytes that were already said to be unreported."""


class Pollers:
    """All pollers of a run, by process and the probe's number."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._known: dict[tuple[str, int], Poller] = {}
        self._count = 0
        self._watching: dict[int, dict[Poller, list[int]]] = {}
        """By number of the socket: who watches it, by which descriptors."""
        self._forks: dict[str, list[dict[int, Poller]]] = {}

    def get(self, process: str, number: int, op: str) -> Poller:
        poller = self._known.get((process, number))
        if poller is None:
            self._count += 1
            kind: PollerKind = "epoll" if op.startswith("epoll") else "poll" if op.startswith("poll") else "select"
            poller = self._known[process, number] = Poller(self._count, kind)
            poller.holders.add(process)
        return poller

    def exited(self, process: str) -> None:
        """With a process go the pollers that nobody else has."""
        for holder, number in [key for key in self._known if key[0] == process]:
            self._known.pop((holder, number)).holders.discard(process)

    def change(self, t: int, process: str, poller: Poller, changes: Iterable[Change]) -> WatchChanged:
        """`poller` watches these differently from now on."""
        event = WatchChanged(t=t, process=process, poller=poller.number, kind=poller.kind)
        for fd, mask, what in changes:
            poller.reported.pop(fd, None)
            poller.told.pop(fd, None)
            if not what:
                poller.interests.pop(fd, None)
                event.removed.append(fd)
            else:
                it = poller.interests[fd] = self.describe(process, fd, mask, what)
                if it.socket is not None:
                    self._watching.setdefault(it.socket.number, {}).setdefault(poller, []).append(fd)
                event.added.append(interest(it))
        event.count = len(poller.interests)
        return event

    def describe(self, process: str, fd: int, mask: int, what: str) -> Watched:
        """What the descriptor is, as far as it is known now."""
        socket = self._sockets.at(process, fd) if what in ("socket", "") else None
        if socket is None:
            return Watched(fd, mask, WHATS.get(what, "other"), None)
        if is_datagram(socket):
            return Watched(fd, mask, "datagram", socket)
        return Watched(fd, mask, "listener" if socket.state == "listening" else "connection", socket)

    def closed(self, t: int, process: str, socket: int) -> list[WatchChanged]:
        """Nobody holds the socket any more: an epoll lets go of it by itself (epoll(7)), a poll or select does not."""
        changes = []
        for poller, seen in self._watching.pop(socket, {}).items():
            fds = [fd for fd in dict.fromkeys(seen) if is_number(poller.interests.get(fd), socket)]
            if poller.kind == "epoll" and fds and poller.holders:
                changes.append(self.change(t, process, poller, [(fd, 0, "") for fd in fds]))
            else:
                poller.stale.update(fds)
        return changes

    def replaced(self, t: int, process: str, poller: Poller) -> list[WatchChanged]:
        """Other sockets behind the same descriptors, so that nobody has told the poller of them."""
        new: list[Change] = []
        for fd in poller.stale & poller.interests.keys():
            it = poller.interests[fd]
            if self._sockets.at(process, fd) not in (None, it.socket):
                new.append((fd, it.mask, "socket"))
        poller.stale.clear()
        return [self.change(t, process, poller, new)] if new else []

    def fork(self, process: str) -> None:
        """The process is about to fork: its child will share its epolls, and have copies of its other pollers."""
        held = {number: poller for (holder, number), poller in self._known.items() if holder == process}
        self._forks.setdefault(process, []).append(
            {number: poller if poller.kind == "epoll" else copy_of(poller) for number, poller in held.items()}
        )

    def inherit(self, child: str, parent: str) -> None:
        forks = self._forks.get(parent)
        for number, poller in forks.pop(0).items() if forks else ():
            if poller.kind != "epoll":
                self._count += 1
                poller.number = self._count
                poller.holders = set()
            poller.holders.add(child)
            self._known[child, number] = poller


def is_number(it: Watched | None, socket: int) -> bool:
    return it is not None and it.socket is not None and it.socket.number == socket


def copy_of(poller: Poller) -> Poller:
    twin = copy(poller)
    twin.interests, twin.stale = dict(poller.interests), set(poller.stale)
    return twin


def peer_of(socket: Socket) -> str | None:
    """The other end of a connection: its process if it is one of the run, else its address."""
    connection = socket.connection
    if connection is None:
        return socket.remote or None
    if socket.peer is not None:
        return socket.peer.process
    return (connection.server_address if connection.client is socket else connection.client_address) or None


def interest(it: Watched) -> Interest:
    socket = it.socket
    peer = peer_of(socket) if socket is not None and it.what == "connection" else None
    return Interest(fd=it.fd, mask=it.mask, what=it.what, socket=socket.number if socket else None, peer=peer)
