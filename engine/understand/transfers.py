"""The calls that move bytes: which range of its stream each of them moved."""

from __future__ import annotations

from engine.events import CallReturned, CallStarted, Event
from engine.records import CallRecord
from engine.understand import captions
from engine.understand.findings import Findings
from engine.understand.reconcile import unseen_sends
from engine.understand.sockets import Socket, is_datagram
from engine.understand.streams import MSG_OOB, MSG_PEEK, Send, Stream
from engine.understand.udp import Udp

SENDS = frozenset({"send", "sendall", "sendto", "sendmsg", "sendfile"})
RECEIVES = frozenset({"recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"})


class Transfers:
    def __init__(self, findings: Findings, udp: Udp) -> None:
        self._findings = findings
        self._udp = udp

    def begin(self, event: CallStarted | CallReturned, record: CallRecord, socket: Socket | None) -> Send | None:
        """Place a send on its stream at its start, as far as it can be: it may still move less."""
        if socket is None or record.op not in SENDS:
            return None
        if is_datagram(socket):
            return self._udp.begin(event, record, socket)
        stream = socket.outgoing
        if stream is None or record.asked is None:
            return None
        send = stream.begin_send(event.call, record.asked)
        event.stream, event.start, event.end = stream.name, send.start, send.end
        return send

    def end(self, event: CallReturned, record: CallRecord, socket: Socket | None, begun: Send | None) -> list[Event]:
        """Give the call the range of bytes it moved; returns the findings that follow."""
        if socket is None:
            return []
        if is_datagram(socket):
            return self._end_datagram(event, record, socket, begun)
        if begun is not None and socket.outgoing is not None:
            socket.outgoing.end_send(begun, record.count or 0)
            if record.msg_flags & MSG_OOB and begun.end > begun.start:
                socket.outgoing.urgent.append(begun.end - 1)
            if record.failed and record.op == "sendall":
                socket.outgoing.failed = begun
            event.stream, event.start, event.end = socket.outgoing.name, begun.start, begun.end
        stream = socket.incoming
        if record.op in RECEIVES and record.count is not None and stream is not None:
            return self._received(event, record, socket, stream)
        return []

    def _end_datagram(self, event: CallReturned, record: CallRecord, socket: Socket, begun: Send | None) -> list[Event]:
        if record.op in SENDS:
            self._udp.sent(event, record, socket, begun)
            return []
        return list(self._udp.received(event, record, socket)) if record.op in RECEIVES else []

    def _received(self, event: CallReturned, record: CallRecord, socket: Socket, stream: Stream) -> list[Event]:
        assert record.count is not None
        if record.msg_flags & MSG_OOB:
            return []
        event.stream = stream.name
        if record.msg_flags & MSG_PEEK:
            event.start, event.end = stream.read, stream.read + record.count
            event.moved = None
            return []
        if socket.inline:
            stream.urgent.clear()
        receive = stream.receive(event.call, record.count, record.asked)
        event.start, event.end = receive.start, receive.end
        event.eof = record.count == 0 and record.asked != 0
        if not record.count:
            return []
        unseen = unseen_sends(event.t, socket, stream)
        found = self._findings.of_receive(event.t, record.process, stream, receive, record.content or b"")
        for finding in found:
            as_asked = stream.read_as_asked(finding.start, finding.end)
            finding.caption = captions.finding(finding, captions.call_text(event.op, event.args), as_asked)
        stream.forget_read()
        return [*unseen, *found]
