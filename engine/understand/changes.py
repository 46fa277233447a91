"""What a call, or the end of a process, changes about sockets and connections."""

from __future__ import annotations

import errno
from collections.abc import Collection

from engine.events import CallReturned, ConnectionChanged, Event, ProcessExited, SocketChanged
from engine.records import CallRecord
from engine.understand.resets import Resets
from engine.understand.segments import holder_names
from engine.understand.sockets import Connection, Side, Socket, Sockets, SocketState, is_datagram
from engine.understand.udp import Udp

IN_PROGRESS = frozenset({errno.EINPROGRESS, errno.EAGAIN, errno.EALREADY})

INLINE = "SOL_SOCKET, SO_OOBINLINE"


class Changes:
    """Keeps the states of sockets, and which two of them are the ends of a connection."""

    def __init__(self, sockets: Sockets, resets: Resets, udp: Udp) -> None:
        self._sockets = sockets
        self._resets = resets
        self._udp = udp

    def by_exit(self, event: ProcessExited) -> list[Event]:
        """The kernel closes what a process leaves open (exit(2)); nobody saw it happen, so it is derived."""
        left = [socket for socket in self._sockets if socket.state != "closed" and socket.let_go(event.process)]
        return [*self._closed_unseen(event.t, left)]

    def _closed_unseen(self, t: int, left: list[Socket]) -> list[SocketChanged]:
        changes = [self.socket(t, socket, "closed") for socket in left]
        for change in changes:
            change.evidence = "derived"
        for socket in left:
            self._resets.closed(socket, 0)
        return changes

    def by_exec(self, t: int, process: str, kept: Collection[int]) -> list[Event]:
        """The process has become another program, and holds only the descriptors `kept` any more."""
        left = []
        for socket in self._sockets:
            gone = {held for held in socket.holders if held[0] == process and held[1] not in kept}
            socket.holders -= gone
            socket.receiving.pop(process, None)
            if gone and not socket.holders:
                left.append(socket)
        return [*self._closed_unseen(t, left)]

    def by_call(self, event: CallReturned, record: CallRecord, socket: Socket) -> list[Event]:
        """What the call changed about its socket and its connection."""
        texts = record.texts
        if record.closed:
            last = socket.let_go(record.process, record.fd)
            if last:
                self._resets.closed(socket, event.call)
            return [self.socket(event.t, socket, "closed")] if last else []
        if record.failed:
            if record.op == "connect" and record.errno in IN_PROGRESS and len(texts) >= 5:
                return self._joined(event, socket, "client", texts[3], texts[4], "connecting")
            if is_datagram(socket):
                return list(self._udp.refused(event, socket))
            return list(self._resets.failed(event, socket))
        if record.op == "setsockopt":
            self._resets.option(event, socket)
            if event.args.startswith(INLINE):
                socket.inline = not event.args.endswith(" 0")
        if record.op == "socket" and len(texts) > 3:
            event.result, event.args = f"fd {record.fd}", texts[3]
            return self._opened(event, socket, *texts[1:4])
        if record.op == "socketpair" and len(texts) > 5:
            event.result, event.args = f"fd {texts[2]}, fd {texts[4]}", texts[0]
            return self._paired(event, record)
        if record.op in ("recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into") and texts:
            event.result = texts[0] or None
            return []
        if record.op in ("bind", "listen") and len(texts) > 1:
            socket.local = event.result = texts[1]
            return [self.socket(event.t, socket, "bound" if record.op == "bind" else "listening")]
        if record.op == "connect" and len(texts) > 2:
            event.result = texts[1]
            return self._joined(event, socket, "client", texts[1], texts[2], "connected")
        if record.op == "connect_ex" and len(texts) > 3:
            event.result = errno.errorcode.get(int(texts[3]), texts[3])
            if texts[3] == "0" or int(texts[3]) in IN_PROGRESS:
                state: SocketState = "connected" if texts[3] == "0" else "connecting"
                return self._joined(event, socket, "client", texts[1], texts[2], state)
        if record.op == "accept" and len(texts) > 5:
            return self._accepted(event, record, socket.inline)
        return []

    def _opened(self, event: CallReturned, socket: Socket, local: str, remote: str, kind: str) -> list[Event]:
        """A socket object was made; of a descriptor that was there before, nothing else has changed."""
        if socket.kind:
            return []
        socket.kind, socket.local, socket.remote = kind, local, remote
        return [self.socket(event.t, socket, "connected" if remote else "bound" if local else "open")]

    def _paired(self, event: CallReturned, record: CallRecord) -> list[Event]:
        _, kind, *ends = record.texts[:6]
        pair = [self._sockets.with_cookie(int(ends[at + 1]), record.process, int(ends[at])) for at in (0, 2)]
        connection = self._sockets.new_connection(f"fd {ends[0]}", f"fd {ends[2]}")
        connection.client, connection.server = pair
        changes: list[Event] = []
        for socket in filter(None, pair):
            socket.kind, socket.connection = kind, connection
            changes.append(self.socket(event.t, socket, "connected"))
        return [*changes, self.connection(event.t, connection)]

    def _accepted(self, event: CallReturned, record: CallRecord, inline: bool) -> list[Event]:
        """`inline`: of the listener, whose options the new socket has."""
        _, local, remote, kind, fd, cookie = record.texts[:6]
        event.result = f"fd {fd}, {remote}"
        accepted = self._sockets.with_cookie(int(cookie), record.process, int(fd))
        if accepted is None:
            return []
        accepted.kind, accepted.inline = kind, inline
        return self._joined(event, accepted, "server", local, remote, "connected")

    def _joined(
        self, event: CallReturned, socket: Socket, side: Side, local: str, remote: str, state: SocketState
    ) -> list[Event]:
        if is_datagram(socket):  # a default address, not a connection
            socket.local, socket.remote = local, remote
            return [self.socket(event.t, socket, state)]
        connection = self._sockets.join(socket, side, local, remote)
        return [self.socket(event.t, socket, state), self.connection(event.t, connection)]

    def socket(self, t: int, socket: Socket, state: SocketState) -> SocketChanged:
        """The socket is in this state from now on."""
        socket.state = state
        if state == "closed":
            self._sockets.closed(socket)
        return SocketChanged(
            t=t,
            process=socket.process,
            socket=socket.number,
            fd=socket.fd,
            kind=socket.kind,
            state=state,
            local=socket.local or None,
            remote=socket.remote or None,
            connection=socket.connection.number if socket.connection else None,
        )

    def connection(self, t: int, connection: Connection) -> ConnectionChanged:
        """The connection as it is known now."""
        client, server = holder_names(self._sockets, connection)
        return ConnectionChanged(
            t=t,
            connection=connection.number,
            client=client,
            server=server,
            client_address=connection.client_address,
            server_address=connection.server_address,
            datagrams=connection.datagrams,
        )
