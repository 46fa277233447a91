"""Named things that happened, each derived from the calls that prove it."""

from __future__ import annotations

from collections import Counter

from engine.events import FindingMade
from engine.understand.streams import Receive, Stream

MOST_PER_STREAM = 100
"""A bulk transfer joins and splits at every call; the first ones are told, all are counted."""


class Findings:
    """Looks at each receive as it lands on its stream."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._told: Counter[tuple[str, str]] = Counter()
        self.first_sticky: FindingMade | None = None

    def of_receive(self, t: int, process: str, stream: Stream, receive: Receive) -> list[FindingMade]:
        """What this receive proves: that it joined sends, that it ended the reading of a split send."""
        sends = stream.sends_in(receive.start, receive.end)
        found: list[FindingMade] = []
        cuts = [send.start for send in sends if send.start > receive.start]
        if cuts:
            proof = [receive.call, *(send.call for send in sends)]
            found += self._tell("sticky", t, process, stream, receive.start, receive.end, cuts, proof)
        for send in sends:
            if send.start < receive.start and send.end <= receive.end:
                parts = stream.receives_in(send.start, send.end)
                inner = [part.start for part in parts if part.start > send.start]
                proof = [send.call, *(part.call for part in parts)]
                found += self._tell("split", t, process, stream, send.start, send.end, inner, proof)
        return found

    def _tell(
        self, kind: str, t: int, process: str, stream: Stream, start: int, end: int, cuts: list[int], proof: list[int]
    ) -> list[FindingMade]:
        self.counts[kind] += 1
        self._told[stream.name, kind] += 1
        if self._told[stream.name, kind] > MOST_PER_STREAM:
            return []
        finding = FindingMade(
            t=t,
            kind="sticky" if kind == "sticky" else "split",
            process=process,
            stream=stream.name,
            start=start,
            end=end,
            cuts=cuts,
            proof=proof,
        )
        if kind == "sticky" and self.first_sticky is None:
            self.first_sticky = finding
        return [finding]
