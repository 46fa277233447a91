"""Named things that happened, each derived from the calls that prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from engine.events import Caption, FindingMade
from engine.understand.characters import Characters
from engine.understand.datagrams import Datagram, Flow, Loss, Taken
from engine.understand.streams import Receive, Send, Stream

MOST_PER_STREAM = 100
"""A bulk transfer joins and splits at every call; the first ones are told, all are counted."""

Kind = Literal[
    "sticky", "split", "character", "truncated", "dropped", "unreceived", "unreachable", "reset", "unreported"
]


class Findings:
    """Looks at each receive as it lands on its stream."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lost = 0
        """Datagrams that were dropped, and those that were sent to a port where nobody was."""
        self.astray = 0
        self.first_sticky: FindingMade | None = None
        self.last_reset: Caption | None = None
        self._told: Counter[tuple[str, str]] = Counter()
        self._characters = Characters()

    def of_receive(self, t: int, process: str, stream: Stream, receive: Receive, data: bytes) -> list[FindingMade]:
        """What this receive proves: that it joined sends, ended the reading of a split send, cut a character."""
        sends = stream.sends_in(receive.start, receive.end)
        found: list[FindingMade] = []
        cuts = [send.start for before, send in pairwise(sends) if is_whole(before)]
        if cuts:
            proof = [receive.call, *(send.call for send in sends)]
            found += self.tell("sticky", t, process, stream.name, receive.start, receive.end, cuts, proof)
        for send in sends:
            if send.start < receive.start and send.end <= receive.end and is_whole(send):
                parts = stream.receives_in(send.start, send.end)
                inner = [part.start for part in parts if part.start > send.start]
                proof = [send.call, *(part.call for part in parts)]
                found += self.tell("split", t, process, stream.name, send.start, send.end, inner, proof)
        character = self._characters.cut(stream, receive, data)
        if character is not None:
            proof = [receive.call, *(send.call for send in stream.sends_in(*character))]
            found += self.tell("character", t, process, stream.name, *character, [receive.end], proof)
        return found

    def of_datagram(self, t: int, process: str, flow: Flow, taken: Taken, call: int) -> list[FindingMade]:
        """A receive too small for its datagram has thrown the rest away."""
        if not taken.truncated:
            return []
        it = taken.datagram
        return self.tell(
            "truncated", t, process, flow.name, it.start, it.end, [it.start + taken.count], [it.call, call]
        )

    def of_loss(self, t: int, loss: Loss) -> list[FindingMade]:
        """Of some datagrams, one after the other, some were not received."""
        receiver, datagrams = loss.flow.receiver, loss.datagrams
        self.lost += loss.lost if loss.is_certain else 0
        process = receiver.process if receiver is not None else ""
        cuts = [datagram.start for datagram in datagrams[1:]]
        proof = [datagram.call for datagram in datagrams]
        start, end = datagrams[0].start, datagrams[-1].end
        kind: Kind = "dropped" if loss.is_certain else "unreceived"
        return self.tell(kind, t, process, loss.flow.name, start, end, cuts, proof, loss.lost)

    def of_unreachable(
        self, t: int, process: str, flow: Flow, datagrams: Sequence[Datagram], call: int
    ) -> list[FindingMade]:
        """A call was told that these datagrams found no socket."""
        if not datagrams:
            return []
        self.astray += len(datagrams)
        start, end = datagrams[0].start, datagrams[-1].end
        proof = [call, *(datagram.call for datagram in datagrams)]
        cuts = [datagram.start for datagram in datagrams[1:]]
        return self.tell("unreachable", t, process, flow.name, start, end, cuts, proof, len(datagrams))

    def tell(
        self,
        kind: Kind,
        t: int,
        process: str,
        stream: str,
        start: int,
        end: int,
        cuts: list[int],
        proof: list[int],
        lost: int = 0,
    ) -> list[FindingMade]:
        """The finding, counted; none when its stream has had so many of its kind."""
        self.counts[kind] += 1
        self._told[stream, kind] += 1
        if self._told[stream, kind] > MOST_PER_STREAM:
            return []
        finding = FindingMade(
            t=t,
            kind=kind,
            process=process,
            stream=stream,
            start=start,
            end=end,
            cuts=cuts,
            lost=lost,
            proof=[call for call in proof if call],
        )
        if kind == "sticky" and self.first_sticky is None:
            self.first_sticky = finding
        return [finding]


def is_whole(send: Send) -> bool:
    """Did the kernel take all of it? Where it took a part, the program's next send goes on with the same message."""
    return send.end - send.start >= send.asked
