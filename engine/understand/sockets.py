"""Sockets and connections: who holds which end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

from engine.understand.streams import Stream
from engine.understand.wire import Conversation, Direction

Side = Literal["client", "server"]
SocketState = Literal["open", "bound", "listening", "connecting", "connected", "closed"]


class Connection:
    """Two ends and two streams."""

    def __init__(self, number: int, client_address: str, server_address: str) -> None:
        self.number = number
        self.client_address = client_address
        self.server_address = server_address
        self.client: Socket | None = None
        self.server: Socket | None = None
        self.conversation: Conversation | None = None
        """What its segments have told; None while none was captured."""
        self.datagrams = False
        self.forward = Stream(f"{number}>")
        self.backward = Stream(f"{number}<")

    def captured(self, stream: Stream) -> Direction | None:
        """What the segments of one of its streams have told; None while none was captured."""
        if self.conversation is None:
            return None
        return self.conversation.forward if stream is self.forward else self.conversation.backward

    @property
    def over(self) -> bool:
        """Nobody holds an end of it, as far as is known."""
        return not any(end is not None and end.holders for end in (self.client, self.server))


class Socket:
    """A socket of the run, known by its kernel cookie. Its holders are (process, fd) pairs that refer to it."""

    def __init__(self, number: int, cookie: int, process: str, fd: int) -> None:
        self.number = number
        self.cookie = cookie
        self.process = process
        self.fd = fd
        self.kind = ""
        self.state: SocketState = "open"
        self.local = ""
        self.remote = ""
        self.calling: str | None = None
        """The address of a connect that has begun."""
        self.connection: Connection | None = None
        self.receiving: dict[str, int] = {}
        """Receives on it that have begun and not returned, by process."""
        self.inline = False
        """SO_OOBINLINE: what is urgent is read in its place (tcp(7))."""
        self.tls = False
        """TLS runs over it: the bytes of its streams are ciphertext, moved past the probe."""
        self.holders: set[tuple[str, int]] = set()

    @property
    def outgoing(self) -> Stream | None:
        if self.connection is None:
            return None
        return self.connection.forward if self.connection.client is self else self.connection.backward

    @property
    def incoming(self) -> Stream | None:
        if self.connection is None:
            return None
        return self.connection.backward if self.connection.client is self else self.connection.forward

    @property
    def peer(self) -> Socket | None:
        """The other end of its connection, as far as that is a socket of the run."""
        if self.connection is None:
            return None
        return self.connection.server if self.connection.client is self else self.connection.client

    def let_go(self, process: str, fd: int | None = None) -> bool:
        """A process closed its descriptor (all of them at its exit); True when nobody holds the socket any more."""
        self.holders = {held for held in self.holders if held[0] != process or fd not in (None, held[1])}
        if fd is None:
            self.receiving.pop(process, None)
        return not self.holders

    def receives(self, process: str, step: Literal[1, -1]) -> None:
        """A receive of a process has begun, or has returned."""
        self.receiving[process] = self.receiving.get(process, 0) + step


def is_datagram(socket: Socket | None) -> bool:
    return socket is not None and socket.kind.startswith("udp")


REMEMBERED = 4096
"""Closed sockets that are still known: segments and samples tell of one for a while, of a TIME-WAIT for a minute."""


class Sockets:
    """The sockets and connections of a run. To iterate gives those that are open.

    A run may have very many: of the closed ones, only the last are remembered.
    """

    def __init__(self) -> None:
        self._by_cookie: dict[int, Socket] = {}
        self._open: dict[int, Socket] = {}
        self._by_fd: dict[tuple[str, int], Socket] = {}
        self._by_ends: dict[tuple[str, str], Connection] = {}
        self._calling: dict[str, dict[int, Socket]] = {}
        self._unmatched: dict[tuple[str, str], list[Connection]] = {}
        self._connections = 0
        self._sockets = 0
        self._closed: deque[Socket] = deque()
        """In the order in which they were closed."""

    def __iter__(self) -> Iterator[Socket]:
        return iter(self._open.values())

    def with_cookie(self, cookie: int, process: str, fd: int) -> Socket | None:
        """The socket a process refers to by `fd`; None when it has no cookie (not a Linux socket)."""
        if not cookie:
            return None
        socket = self._by_cookie.get(cookie)
        if socket is None:
            self._sockets += 1
            socket = self._by_cookie[cookie] = self._open[self._sockets] = Socket(self._sockets, cookie, process, fd)
        if fd >= 0:
            self.hold(socket, process, fd)
        return socket

    def hold(self, socket: Socket, process: str, fd: int) -> None:
        """The descriptor `fd` of a process refers to the socket."""
        socket.holders.add((process, fd))
        self._by_fd[process, fd] = socket

    def at(self, process: str, fd: int) -> Socket | None:
        """The socket that a process refers to by a descriptor, as far as its calls have told."""
        socket = self._by_fd.get((process, fd))
        return socket if socket is not None and (process, fd) in socket.holders else None

    def closed(self, socket: Socket) -> None:
        """Nobody holds the socket any more; it is still known by its cookie, for a while."""
        if self._open.pop(socket.number, None) is not None:
            self._closed.append(socket)
        self._calls_no_more(socket)
        if len(self._closed) > REMEMBERED:
            self._forget(self._closed.popleft())

    def _forget(self, socket: Socket) -> None:
        if socket.holders:  # a descriptor was under way to another process when the last one was closed
            self._closed.append(socket)
            return
        self._by_cookie.pop(socket.cookie, None)
        connection = socket.connection
        if connection is not None and connection.over:
            ends = connection.client_address, connection.server_address
            if self._by_ends.get(ends) is connection:
                del self._by_ends[ends]

    def _calls_no_more(self, socket: Socket) -> None:
        self._calling.get(socket.calling or "", {}).pop(socket.number, None)

    def join(self, socket: Socket, side: Side, local: str, remote: str) -> Connection:
        """Make `socket` one end of the connection between two addresses."""
        socket.local, socket.remote = local, remote
        ends = (local, remote) if side == "client" else (remote, local)
        if socket.kind == "unix":
            connection = self._next_unmatched(ends[1], side)
        else:
            known = self._by_ends.get(ends)
            if known is None or getattr(known, side) not in (None, socket):
                known = self._by_ends[ends] = self.new_connection(*ends)
            connection = known
        setattr(connection, side, socket)
        socket.connection = connection
        self._calls_no_more(socket)
        return connection

    def met(self, client_address: str, server_address: str) -> Connection:
        """The connection whose first segment was captured, most often before any call about it has returned."""
        ends = (client_address, server_address)
        connection = self._by_ends.get(ends)
        if connection is None or connection.conversation is not None:
            connection = self._by_ends[ends] = self.new_connection(*ends)
        return connection

    def known(self, cookie: int) -> Socket | None:
        """The socket of the run that has this cookie."""
        return self._by_cookie.get(cookie)

    def between(self, local: str, remote: str) -> Connection | None:
        """The connection between two addresses, whichever of them is the client's."""
        return self._by_ends.get((local, remote)) or self._by_ends.get((remote, local))

    def calls(self, socket: Socket, address: str | None) -> None:
        """A connect to `address` begins on the socket."""
        socket.calling = address
        if address is not None:
            self._calling.setdefault(address, {})[socket.number] = socket

    def caller(self, address: str, local: str) -> Socket | None:
        """The socket on which a connect from `local` to an address is going on; None if it may be one of several."""
        found = [socket for socket in self._calling.get(address, {}).values() if socket.calling == address]
        exact = [socket for socket in found if socket.local == local]
        unknown = [socket for socket in found if not socket.local]  # the kernel chooses while it connects
        return exact[0] if exact else unknown[0] if len(unknown) == 1 else None

    def listener(self, address: str) -> Socket | None:
        """The socket that listens on an address."""
        found = (socket for socket in self if socket.state == "listening" and socket.local == address)
        return next(found, None)

    def new_connection(self, client_address: str, server_address: str) -> Connection:
        self._connections += 1
        return Connection(self._connections, client_address, server_address)

    def _next_unmatched(self, path: str, side: Side) -> Connection:
        """Clients of a Unix listener mostly have no address; accept takes them in the order they connected."""
        other = self._unmatched.setdefault((path, "server" if side == "client" else "client"), [])
        if other:
            return other.pop(0)
        connection = self.new_connection("", path)
        self._unmatched.setdefault((path, side), []).append(connection)
        return connection
