"""What a call meant among the others: whom it waited for, how long, and what it found.

Sees every event in order, and gives a better caption where the events before it say more than the call itself does.
"""

from __future__ import annotations

from collections import Counter

from engine.events import (
    CallBlocked,
    CallReturned,
    CallStarted,
    Caption,
    ConnectionChanged,
    Event,
    ProcessStarted,
    SocketChanged,
    SocketSampled,
)
from engine.understand.addresses import address_of

LONG_NS = 200_000_000
"""A wait that is worth a word."""
BEFORE_NS = 1_000_000
"""A connection that was complete so long before accept was called had to wait for it."""
FORGOTTEN_NS = 100_000_000
"""From the end of the stream to close: the program has done something else meanwhile."""
DEFAULT_BACKLOG = 128
"""Of listen() without an argument, unless net.core.somaxconn is less (socket.listen in Python's library reference)."""


class Waits:
    """Follows the calls of a run."""

    def __init__(self) -> None:
        self._sockets: dict[int, SocketChanged] = {}
        self._connections: dict[int, ConnectionChanged] = {}
        self._ends: dict[int, dict[int, str]] = {}
        """By connection: the local addresses of the sockets at its ends."""
        self._connected_at: dict[str, tuple[int, str]] = {}
        """By the client's address: when its connect returned, and whose it was."""
        self._backlogs: dict[str, tuple[str, int]] = {}
        """By address: who listens there, and the bound that listen set."""
        self._receiving: dict[int, str] = {}
        """By socket: the process that is blocked in a receive on it."""
        self._moved: dict[str, list[int]] = {}
        """By stream: how far it is written, and read."""
        self._threads: dict[str, int] = {}
        """By process: the first that made a call."""
        self._helped: set[str] = set()
        """Processes with several threads, or with children: more than one can act for them."""
        self._ended_at: dict[int, int] = {}
        """By socket: when a receive found the end of the stream."""
        self._finished: set[int] = set()
        """Sockets that have ended their own stream."""
        self._time_waits: set[str] = set()

    def see(self, event: Event) -> Caption | None:
        """Takes the next event of the run; what to say about it instead, if there is more to say."""
        if isinstance(event, SocketChanged):
            self._sockets[event.socket] = event
            if event.state == "closed":
                self._forget(event)
            elif event.connection is not None:
                self._ends.setdefault(event.connection, {})[event.socket] = event.local or ""
        elif isinstance(event, ConnectionChanged):
            self._connections[event.connection] = event
        elif isinstance(event, SocketSampled) and event.state == "TIME-WAIT":
            self._time_waits.add(event.local)
        elif isinstance(event, ProcessStarted) and event.parent is not None:
            self._helped.update((event.process, event.parent))
        elif isinstance(event, CallStarted):
            self._reserve(event)
        elif isinstance(event, CallBlocked):
            return self._blocked(event)
        elif isinstance(event, CallReturned):
            return self._returned(event)
        return None

    def _forget(self, event: SocketChanged) -> None:
        """Nobody holds the socket any more: a run may have very many."""
        del self._sockets[event.socket]
        self._receiving.pop(event.socket, None)
        self._ended_at.pop(event.socket, None)
        self._finished.discard(event.socket)
        ends = self._ends.get(event.connection or 0, {})
        connection = self._connections.get(event.connection or 0)
        if connection is None or len(ends) < 2 or any(it in self._sockets for it in ends):
            return  # one that was never accepted may still be
        del self._connections[connection.connection], self._ends[connection.connection]
        self._connected_at.pop(connection.client_address, None)
        for name in (f"{connection.connection}>", f"{connection.connection}<"):
            self._moved.pop(name, None)

    def never_accepted(self) -> tuple[str, int] | None:
        """A server of the run, and how many established connections it has not accepted; None when there is no such."""
        left = Counter(
            self._backlogs[it.server_address][0]
            for it in self._connections.values()
            if it.client_address in self._connected_at
            and it.server_address in self._backlogs
            and not self._is_accepted(it)
        )
        return left.most_common(1)[0] if left else None

    def _is_accepted(self, connection: ConnectionChanged) -> bool:
        return connection.server_address in self._ends.get(connection.connection, {}).values()

    def _reserve(self, event: CallStarted | CallReturned) -> None:
        if self._threads.setdefault(event.process, event.thread) != event.thread:
            self._helped.add(event.process)
        if event.stream is not None and event.end is not None and event.moved is not None:
            moved = self._moved.setdefault(event.stream, [0, 0])
            which = event.moved == "received"
            moved[which] = max(moved[which], event.end)

    def _blocked(self, event: CallBlocked) -> Caption | None:
        if event.caption is None:
            return None
        if event.op == "connect":
            return self._connect_blocked(event, event.caption)
        if event.moved != "received" or event.socket is None:
            return None
        self._receiving[event.socket] = event.process
        socket = self._sockets.get(event.socket)
        connection = self._connections.get(socket.connection or 0) if socket is not None else None
        if socket is None or connection is None or connection.datagrams:
            return None
        if socket.local == connection.client_address and not self._is_accepted(connection):
            if connection.server is None:
                return None  # a server that is not of the run
            return Caption("caption.recv.blocked_backlog", {**event.caption.args, "whom": connection.server})
        return self._both_blocked(event, connection, event.caption)

    def _both_blocked(self, event: CallBlocked, connection: ConnectionChanged, caption: Caption) -> Caption | None:
        """Both ends wait in a receive, nothing is on its way, and nobody else is there who could send."""
        ends = self._ends.get(connection.connection, {})
        peer = next((self._receiving[it] for it in ends if it != event.socket and it in self._receiving), None)
        unread = any(
            written != read
            for name in (f"{connection.connection}>", f"{connection.connection}<")
            for written, read in [self._moved.get(name, [0, 0])]
        )
        if peer is None or unread or self._helped & {event.process, peer}:
            return None
        return Caption("caption.recv.blocked_both", {**caption.args, "whom": peer})

    def _connect_blocked(self, event: CallBlocked, caption: Caption) -> Caption | None:
        address = address_of(event.args) or ""
        listener, backlog = self._backlogs.get(address, ("", 0))
        waiting = sum(
            it.server_address == address and it.client_address in self._connected_at and not self._is_accepted(it)
            for it in self._connections.values()
        )
        if not listener or waiting <= backlog:
            return None
        return Caption("caption.connect.blocked_backlog", {**caption.args, "whom": listener, "n": waiting})

    def _returned(self, event: CallReturned) -> Caption | None:
        self._reserve(event)
        caption, socket = event.caption, event.socket
        if caption is None or socket is None:
            return None
        self._receiving.pop(socket, None)
        waited = event.t - event.began
        if event.op == "listen" and event.error is None:
            bound = int(event.args) if event.args.isdecimal() else DEFAULT_BACKLOG
            self._backlogs[event.result or ""] = event.process, bound
        elif caption.key == "caption.connect.returned":
            self._connected_at[event.result or ""] = event.t, event.process
        elif caption.key == "caption.accept.returned":
            return self._accept_returned(event, caption, waited)
        elif caption.key == "caption.recv.returned" and waited >= LONG_NS:
            return Caption("caption.recv.woken", {**caption.args, "waited_ns": waited})
        elif caption.key == "caption.recv.eof":
            self._ended_at.setdefault(socket, event.t)
        elif caption.key == "caption.shutdown.write":
            self._finished.add(socket)
        elif caption.key == "caption.close.returned":
            return self._closed(event, socket, caption)
        elif caption.key == "caption.failed.in_use":
            return self._in_use(event, caption)
        return None

    def _accept_returned(self, event: CallReturned, caption: Caption, waited: int) -> Caption | None:
        connected, client = self._connected_at.get((event.result or "").rpartition(", ")[2], (event.t, ""))
        if event.began - connected >= BEFORE_NS:
            args = {**caption.args, "whom": client, "waited_ns": event.t - connected}
            return Caption("caption.accept.waiting", args)
        if waited >= LONG_NS:
            return Caption("caption.accept.woken", {**caption.args, "waited_ns": waited})
        return None

    def _closed(self, event: CallReturned, socket: int, caption: Caption) -> Caption | None:
        """Until now the peer's end was closed and this one was not (CLOSE-WAIT, RFC 9293 section 3.3.2)."""
        ended = self._ended_at.get(socket)
        if ended is None or socket in self._finished or event.began - ended < FORGOTTEN_NS:
            return None
        return Caption("caption.close.forgotten", {**caption.args, "waited_ns": event.began - ended})

    def _in_use(self, event: CallReturned, caption: Caption) -> Caption | None:
        """A bind failed. If nobody listens there, what is left of earlier connections is in its way."""
        address = address_of(event.args)
        listening = any(it.state == "listening" and it.local == address for it in self._sockets.values())
        if listening or address not in self._time_waits:
            return None
        return Caption("caption.failed.time_wait", caption.args)
