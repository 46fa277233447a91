"""Captured segments as events: to which connection they belong, what they carry, and a sentence about each."""

from __future__ import annotations

import msgspec

from engine.events import Caption, SegmentCaptured, TcpOptions
from engine.records import SegmentRecord
from engine.understand.datagrams import Datagrams
from engine.understand.sockets import Connection, Sockets
from engine.understand.wire import Conversation, Conversations, Placed

FLAGS = ((2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (32, "URG"), (64, "ECE"), (128, "CWR"), (16, "ACK"))
"""RFC 9293 section 3.1; ACK last, as it is on nearly all of them."""


def flag_names(flags: int) -> str:
    return " ".join(name for bit, name in FLAGS if flags & bit)


class Segments:
    """Takes the captured segments of a run in order."""

    def __init__(self, sockets: Sockets, datagrams: Datagrams) -> None:
        self._sockets = sockets
        self._datagrams = datagrams
        self._conversations = Conversations()
        self._connections: dict[Conversation, Connection] = {}

    def take(self, record: SegmentRecord) -> tuple[SegmentCaptured, Connection | None]:
        """The event of a segment; and its connection, if this is the first that is seen of it."""
        event = SegmentCaptured(
            t=record.t,
            protocol=record.protocol,
            source=record.source,
            destination=record.destination,
            length=record.length,
        )
        if record.protocol == "udp":
            self._fill_datagram(event, record)
            event.caption = caption(event)
            return event, None
        placed = self._conversations.take(record)
        connection, is_new = self._connection(placed.conversation)
        self._fill(event, record, placed, connection)
        _, other = placed.conversation.of(record)
        # A FIN has a sequence number of its own, after the last byte (RFC 9293 section 3.4).
        event.caption = caption(event, other.end is not None and placed.ack == other.end + 2)
        return event, connection if is_new else None

    def _fill_datagram(self, event: SegmentCaptured, record: SegmentRecord) -> None:
        flow, datagram = self._datagrams.capture(record)
        client, server = holder_names(self._sockets, flow.connection)
        event.sender, event.receiver = (client, server) if flow.name.endswith(">") else (server, client)
        event.connection, event.stream = flow.connection.number, flow.name
        event.start, event.end = datagram.start, datagram.end

    def _connection(self, conversation: Conversation) -> tuple[Connection, bool]:
        known = self._connections.get(conversation)
        if known is not None:
            return known, False
        connection = self._sockets.met(conversation.client, conversation.server)
        self._connections[conversation] = connection
        connection.conversation = conversation
        return connection, connection.client is None

    def _fill(self, event: SegmentCaptured, record: SegmentRecord, placed: Placed, connection: Connection) -> None:
        own, other = placed.conversation.of(record)
        client, server = holder_names(self._sockets, connection)
        event.sender, event.receiver = (client, server) if placed.forward else (server, client)
        event.connection = connection.number
        event.stream = (connection.forward if placed.forward else connection.backward).name
        event.flags = flag_names(record.flags)
        event.sequence, event.ack, event.window = placed.seq, placed.ack, placed.window
        event.options = relative(record.options, other.initial)
        event.start, event.end, event.order = placed.start, placed.end, placed.order
        if own.initial is not None:
            event.sent, event.delivered = own.sent, own.delivered
        if other.initial is not None:
            event.acked = other.acked


def relative(options: TcpOptions | None, initial: int | None) -> TcpOptions | None:
    """`options` with the edges of its SACK blocks counted from the SYN of the other side, as `ack` is."""
    if options is None or not options.sack or initial is None:
        return options
    blocks = tuple(((left - initial) % 2**32, (right - initial) % 2**32) for left, right in options.sack)
    return msgspec.structs.replace(options, sack=blocks)


def holder_names(sockets: Sockets, connection: Connection) -> tuple[str | None, str | None]:
    """The processes at the client's and at the server's end.

    Before connect has returned that is who is calling it, before accept has returned who listens.
    """
    client = connection.client or sockets.caller(connection.server_address, connection.client_address)
    server = connection.server or sockets.listener(connection.server_address)
    return client.process if client else None, server.process if server else None


def caption(event: SegmentCaptured, acks_fin: bool = False) -> Caption:
    """What the segment says to the other side. `acks_fin`: it acknowledges the end of the other stream."""
    args: dict[str, str | int] = {
        "who": event.sender or event.source,
        "whom": event.receiver or event.destination,
        "n": event.length,
    }
    flags = event.flags.split()
    if event.protocol == "udp":
        return Caption("caption.segment.datagram", args)
    if "RST" in flags:
        refused = event.sequence is None and event.ack == 1  # the answer to a SYN: no SYN ACK was ever sent
        return Caption("caption.segment.refused" if refused else "caption.segment.rst", args)
    if "SYN" in flags:
        return Caption("caption.segment.syn_ack" if "ACK" in flags else "caption.segment.syn", args)
    if event.order == "retransmission":
        return Caption("caption.segment.again", args)
    if event.length:
        return Caption("caption.segment.data_fin" if "FIN" in flags else "caption.segment.data", args)
    if "FIN" in flags:
        return Caption("caption.segment.fin", args)
    if acks_fin:
        return Caption("caption.segment.ack_fin", args)
    if event.window == 0:
        return Caption("caption.segment.no_window", {**args, "n": event.acked or 0})
    if not event.acked:
        return Caption("caption.segment.ack_only", args)
    return Caption("caption.segment.ack", {**args, "n": event.acked})
