"""When was it printed? Cuts what comes out of a process's pipe where, and dates it when, the process wrote it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.observe.rings import Wrote

NOTES_KEPT = 1000
PIECES = 20
"""What is read at once is cut into no more: a flood of prints is for reading, not for stepping through."""


class Writes:
    """One stream of one process.

    A note is there before its bytes are. What others write to the same pipe, or what goes past `sys.stdout`, has none:
    it is dated when it was read, and so is all behind it that no longer lies where its note says.
    """

    def __init__(self) -> None:
        self._notes: deque[Wrote] = deque(maxlen=NOTES_KEPT)
        self._position = 0
        self._last = 0

    def note(self, note: Wrote) -> None:
        self._notes.append(note)

    def cut(self, text: str, dropped: int, since: int, now: int) -> list[tuple[str, int]]:
        """The pieces of what was read at `now`, each with its time, at least `since`. `dropped` bytes came after."""
        data = text.encode()
        pieces = list(self._pieces(data, now))
        if len(pieces) > PIECES or any(t < since for _, t in pieces):
            pieces = [(data, now)]
        self._position += len(data) + dropped
        while self._notes and self._notes[0].start + self._notes[0].size <= self._position:
            self._notes.popleft()
        dated = []
        for piece, t in pieces:
            self._last = max(self._last, t)
            dated.append((piece.decode(), self._last))
        return dated

    def _pieces(self, data: bytes, now: int) -> Iterator[tuple[bytes, int]]:
        at = 0
        for _, start, size, t, head in self._notes:
            begin, end = start - self._position, min(start - self._position + size, len(data))
            if begin < at or begin >= end or not data[begin:end].startswith(head[: end - begin]):
                continue
            if begin > at:
                yield data[at:begin], t
            yield data[begin:end], t
            at = end
        if at < len(data) or not data:
            yield data[at:], now
