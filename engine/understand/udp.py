"""The events of UDP: calls placed on the datagrams they moved, losses, and what the kernel counted."""

from __future__ import annotations

from collections.abc import Iterable

from engine.events import CallReturned, CallStarted, Caption, FindingMade, SocketSampled
from engine.records import CallRecord
from engine.understand import captions
from engine.understand.datagrams import Datagram, Datagrams, Flow, Loss
from engine.understand.findings import Findings
from engine.understand.sockets import Socket
from engine.understand.streams import Send


class Udp:
    """What calls on UDP sockets add to the record."""

    def __init__(self, datagrams: Datagrams, findings: Findings) -> None:
        self._datagrams = datagrams
        self._findings = findings
        self._flows: dict[int, Flow] = {}
        """Of the sends that have begun, by call."""

    def begin(self, event: CallStarted | CallReturned, record: CallRecord, socket: Socket) -> Send | None:
        """Place a send on its flow at its start."""
        placed = self._datagrams.send(record, socket, event.call)
        if placed is None:
            return None
        flow, datagram = placed
        self._flows[event.call] = flow
        event.stream, event.start, event.end = flow.name, datagram.start, datagram.end
        return datagram

    def sent(self, event: CallReturned, record: CallRecord, socket: Socket, begun: Send | None) -> None:
        """A send has returned; one that was in flight for long is only now known to go where."""
        datagram = begun or self.begin(event, record, socket)
        flow = self._flows.pop(event.call, None)
        if flow is None or not isinstance(datagram, Datagram):
            return
        if record.failed:
            flow.not_sent(datagram)
            event.stream = event.start = event.end = None
            return
        datagram.content = record.content or b""
        event.stream, event.start, event.end = flow.name, datagram.start, datagram.end

    def received(self, event: CallReturned, record: CallRecord, socket: Socket) -> list[FindingMade]:
        """A receive has returned: which datagram it took, and what it left of it."""
        placed = self._datagrams.receive(record, socket, event.call)
        if placed is None:
            return []
        flow, taken = placed
        event.stream, event.start = flow.name, taken.datagram.start
        event.end = event.start + taken.count
        event.discarded = taken.datagram.size - taken.count
        found = self._findings.of_datagram(event.t, event.process, flow, taken, event.call)
        for finding in found:
            args: dict[str, str | int] = {"call": captions.call_text(event.op, event.args)}
            args |= {"who": event.process, "n": taken.count, "size": taken.datagram.size}
            finding.caption = Caption("caption.finding.truncated", args)
        return [*found, *self._lost(event.t, self._datagrams.settle_long(flow))]

    def refused(self, event: CallReturned, socket: Socket) -> list[FindingMade]:
        """A call has failed because of datagrams sent before: ICMP said that their port is unreachable (udp(7))."""
        placed = self._datagrams.astray(socket) if event.errno == "ECONNREFUSED" else None
        if placed is None:
            return []
        flow, datagrams = placed
        found = self._findings.of_unreachable(event.t, event.process, flow, datagrams, event.call)
        for finding in found:
            args: dict[str, str | int] = {"n": finding.lost, "whom": socket.remote}
            finding.caption = Caption("caption.finding.unreachable", args)
        return found

    def sampled(self, event: SocketSampled, socket: Socket | None) -> list[FindingMade]:
        """The kernel's table has shown a UDP socket: how many datagrams it has dropped there."""
        if socket is None or event.protocol != "udp":
            return []
        if event.drops is not None:
            grown = self._datagrams.dropped(socket, event.drops)
            if grown > 0:
                event.caption = Caption("caption.sample.drops", {"who": socket.process, "n": grown})
        return self._lost(event.t, self._datagrams.settle(socket)) if event.state == "CLOSED" else []

    def over(self, t: int) -> list[FindingMade]:
        """The run is over: what did not come was dropped, or nobody read it."""
        return self._lost(t, self._datagrams.settle(None))

    def _lost(self, t: int, losses: Iterable[Loss]) -> list[FindingMade]:
        found = [finding for loss in losses for finding in self._findings.of_loss(t, loss)]
        for finding in found:
            finding.caption = lost(finding)
        return found


def lost(finding: FindingMade) -> Caption:
    """Which ones, where that can be known; else one of how many."""
    args: dict[str, str | int] = {"who": finding.process, "n": finding.lost, "among": len(finding.cuts) + 1}
    if finding.kind == "unreceived":
        return Caption("caption.finding.unreceived", args)
    return Caption("caption.finding.dropped" if finding.lost == args["among"] else "caption.finding.dropped_of", args)
