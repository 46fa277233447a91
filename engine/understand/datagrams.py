"""UDP: which call took which datagram, what was cut off, and which ones the kernel dropped.

The datagrams from one address to another are numbered byte by byte in the order they were sent, as
a stream is; here the cuts of sends and receives line up. A datagram says nothing of the call that
sent it, so a receive is matched by order, size and content: on loopback they do not overtake.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.records import CallRecord, SegmentRecord
from engine.understand.dropped import Got, Sent, fits, lost_groups
from engine.understand.sockets import Connection, Socket, Sockets
from engine.understand.streams import MSG_PEEK, Send

ANY = frozenset({"", "0.0.0.0", "[::]", "localhost"})
"""Hosts that a sender may write, or a socket be bound to, and that no datagram bears (ip(7))."""
KEPT = 16384
"""Datagrams of one direction that may still be received or told as dropped; a queue seldom holds a thousand."""


class Datagram(Send):
    """The bytes [start, end) of one datagram. `call` is 0 when no recorded call has sent it."""

    content: bytes | None = None
    captured: bool = False
    astray: bool = False
    """The socket it was meant for had been closed."""

    @property
    def size(self) -> int:
        return self.end - self.start


class Taken(msgspec.Struct, gc=False):
    """What a receive took: a datagram, and of it the first `count` bytes."""

    datagram: Datagram
    count: int

    @property
    def truncated(self) -> bool:
        return self.count < self.datagram.size


class Loss(msgspec.Struct, gc=False):
    """Of these datagrams, one after the other, `lost` were not received.

    `is_certain`: they were dropped. Otherwise the kernel did not tell, and they may have waited to the end.
    """

    flow: Flow
    datagrams: list[Datagram]
    lost: int
    is_certain: bool


class Flow:
    """The datagrams from one address to another."""

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self.connection = connection
        self.receiver: Socket | None = None
        self.end = 0
        self.sent: list[Datagram] = []
        """Those not yet settled, and of them the ones that were received, in order."""
        self.got: list[Got] = []
        self._next = 0
        self._uncaptured = 0

    def send(self, call: int, size: int, content: bytes | None) -> Datagram:
        astray = self.receiver is not None and self.receiver.state == "closed"
        datagram = Datagram(call, self.end, self.end + size, size, content, astray=astray)
        self.end = datagram.end
        self.sent.append(datagram)
        if len(self.sent) - self._next > 3 * KEPT:
            self._forget_middle()
        return datagram

    def _forget_middle(self) -> None:
        """Nobody reads: in the queue are the first ones that came, and what comes next are the last."""
        del self.sent[self._next + KEPT : -KEPT]
        self._uncaptured = min(self._uncaptured, len(self.sent))

    def not_sent(self, datagram: Datagram) -> None:
        """The call failed."""
        if self.sent and self.sent[-1] is datagram:
            self.end = datagram.start
            self.sent.pop()

    def capture(self, length: int) -> Datagram:
        """The datagram that was captured: the first one of that size that was not; else nobody's we know of."""
        for at in range(self._uncaptured, len(self.sent)):
            if self.sent[at].size == length and not self.sent[at].captured:
                self._uncaptured = at + 1
                self.sent[at].captured = True
                return self.sent[at]
        datagram = self.send(0, length, None)
        datagram.captured = True
        self._uncaptured = len(self.sent)
        return datagram

    def receive(self, got: Got, peek: bool) -> Taken:
        """Find what a receive took. Those it passed over will not come any more."""
        at = next((at for at in range(self._next, len(self.sent)) if fits(sent_of(self.sent[at]), got)), None)
        if at is None:
            at = len(self.sent)
            self.send(0, got.count or 0, got.content)
        if not peek:
            self.got.append(got)
            self._next = at + 1
        return Taken(self.sent[at], got.count or 0)

    def astray(self) -> list[Datagram]:
        """Those that found nobody, asked for once: sent to a closed socket, else the last one to a stranger."""
        after = self.sent[self._next :]
        found = [it for it in after if it.astray] or (after[-1:] if self.receiver is None else [])
        self.sent = [it for it in self.sent if it not in found]
        self._uncaptured = min(self._uncaptured, len(self.sent))
        return found

    @property
    def missing(self) -> int:
        """Datagrams that were sent to somebody, and not received so far."""
        return sum(not it.astray for it in self.sent) - len(self.got)

    def settle(self, drops: int | None, whole: bool) -> list[Loss]:
        """Which were dropped, and forget them all. `drops` is the kernel's count, None when it is not known.

        `whole`: nothing more will be received; else only what comes before the last receive is settled.
        """
        after = [it for it in self.sent[self._next :] if whole and not it.astray]
        sent = [*self.sent[: self._next], *after]
        missing = len(sent) - len(self.got)
        unread = 0 if drops is None else min(max(missing - drops, 0), len(after))
        groups = lost_groups([sent_of(it) for it in sent], [*self.got, *[Got()] * unread])
        found = [
            Loss(self, sent[it.first : it.last + 1], it.lost, is_certain=drops is not None or it.last < self._next)
            for it in groups
        ]
        keep = 0 if whole else self._next
        self.sent, self.got = self.sent[keep:] if keep else [], []
        self._uncaptured = max(self._uncaptured - keep, 0) if keep else 0
        self._next = 0
        return found if drops is None or missing - unread <= drops else []


def sent_of(datagram: Datagram) -> Sent:
    return Sent(datagram.size, datagram.content)


class Datagrams:
    """The UDP flows of a run. Two addresses that exchange datagrams are a connection on the record."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._flows: dict[tuple[str, str], Flow] = {}
        self._arriving: dict[tuple[str, str], Flow] = {}
        """By the source's address and the destination's port, for sockets bound to any address."""
        self._news: list[Connection] = []
        self.drops: dict[Socket, int] = {}
        """The kernel's counters (SKMEMINFO_DROPS), by receiving socket."""

    def news(self) -> list[Connection]:
        """The connections that are new, or whose ends have become known, since this was last asked."""
        news, self._news = self._news, []
        return news

    def send(self, record: CallRecord, socket: Socket, call: int) -> tuple[Flow, Datagram] | None:
        """Place a send at its start; None where the addresses are not known (yet)."""
        if record.failed or record.asked is None or (record.texts and not self._bound(record, socket)):
            return None
        destination = (record.texts[0] if record.texts else "") or socket.remote
        if not destination or not socket.local:
            return None
        flow = self._outgoing(socket, destination)
        return flow, flow.send(call, record.asked, record.content or b"")

    def _bound(self, record: CallRecord, socket: Socket) -> bool:
        """The first sendto binds a socket that was not: the record tells to what."""
        if not socket.local and len(record.texts) > 1:
            socket.local = record.texts[-1]
        return bool(socket.local)

    def receive(self, record: CallRecord, socket: Socket, call: int) -> tuple[Flow, Taken] | None:
        """Find the datagram a receive took; None where it is not known who sent it."""
        source = (record.texts[0] if record.texts else "") or socket.remote
        if record.count is None or not source or not socket.local:
            return None
        flow = self._incoming(source, socket)
        got = Got(call, record.count, record.asked, record.content or b"")
        return flow, flow.receive(got, bool(record.msg_flags & MSG_PEEK))

    def astray(self, socket: Socket) -> tuple[Flow, list[Datagram]] | None:
        """What a connected socket sent to a port where nobody was."""
        flow = self._flows.get((socket.local, socket.remote))
        return None if flow is None else (flow, flow.astray())

    def capture(self, segment: SegmentRecord) -> tuple[Flow, Datagram]:
        """Place a captured datagram."""
        flow = self._flow(segment.source, segment.destination)
        return flow, flow.capture(segment.length)

    def dropped(self, socket: Socket, drops: int) -> int:
        """The kernel's counter of a socket, as sampled; how much it has grown."""
        grown = drops - self.drops.get(socket, 0)
        self.drops[socket] = drops
        return grown

    def settle(self, socket: Socket | None) -> Iterator[Loss]:
        """What was dropped at a socket that is gone; at all of them when the run is over (None)."""
        flows = [flow for flow in self._flows.values() if socket in (None, flow.receiver) and flow.missing]
        for flow in flows:
            alone = sum(other.receiver is flow.receiver and bool(other.missing) for other in flows) == 1
            drops = self.drops.get(flow.receiver) if flow.receiver is not None and alone else None
            yield from flow.settle(drops, whole=True)

    def settle_long(self, flow: Flow) -> list[Loss]:
        """What was dropped of the older part of a flow that has become long."""
        return flow.settle(None, whole=False) if len(flow.got) > KEPT else []

    def _outgoing(self, socket: Socket, destination: str) -> Flow:
        destination = written_out(destination, socket.kind)
        flow = self._flow(written_out(socket.local, socket.kind), destination)
        self._name(flow.connection, socket, is_source=flow.name.endswith(">"))
        return flow

    def _incoming(self, source: str, socket: Socket) -> Flow:
        host, _, port = socket.local.rpartition(":")
        flow = self._arriving.get((source, port)) if host in ANY else None
        flow = flow or self._flow(source, written_out(socket.local, socket.kind))
        flow.receiver = socket
        self._name(flow.connection, socket, is_source=flow.name.endswith("<"))
        return flow

    def _flow(self, source: str, destination: str) -> Flow:
        flow = self._flows.get((source, destination))
        if flow is not None:
            return flow
        connection = self._sockets.new_connection(source, destination)
        pairs = [(f"{connection.number}>", source, destination), (f"{connection.number}<", destination, source)]
        for name, sender, receiver in pairs:
            flow = self._flows[sender, receiver] = Flow(name, connection)
            self._arriving[sender, receiver.rpartition(":")[2]] = flow
            flow.receiver = self._holder(receiver)
        connection.client, connection.server = self._holder(source), self._holder(destination)
        connection.datagrams = True
        self._news.append(connection)
        return self._flows[source, destination]

    def _name(self, connection: Connection, socket: Socket, is_source: bool) -> None:
        if socket is (connection.client if is_source else connection.server):
            return
        if is_source:
            connection.client = socket
        else:
            connection.server = socket
        if connection not in self._news:
            self._news.append(connection)

    def _holder(self, address: str) -> Socket | None:
        """The socket that receives what is sent to an address."""
        port = address.rpartition(":")[2]
        for socket in self._sockets:
            host, _, bound = socket.local.rpartition(":")
            is_open = socket.kind.startswith("udp") and socket.state != "closed"
            if is_open and bound == port and (socket.local == address or host in ANY):
                return socket
        return None


def written_out(address: str, kind: str) -> str:
    """The loopback address, where any was meant: what a datagram to or from it bears."""
    host, _, port = address.rpartition(":")
    return f"{'[::1]' if kind.endswith('6') else '127.0.0.1'}:{port}" if host in ANY else address
