"""Which of the datagrams that were sent were received, as far as order, size and content tell.

What was received is a subsequence of what was sent. Matched as early as possible and as late as
possible, it gives for each receive the first and the last datagram it can have taken: where the two
agree the answer is certain; where they do not, only how many of a group are missing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec


class Sent(msgspec.Struct, gc=False):
    """A datagram: its size in bytes, and the first of them if known."""

    size: int
    content: bytes | None = None


class Got(msgspec.Struct, gc=False):
    """What a receive returned. With `count` None nothing is known of it: a datagram nobody has read."""

    call: int = 0
    count: int | None = None
    asked: int | None = None
    content: bytes = b""


class Group(msgspec.Struct, frozen=True, gc=False):
    """Of the datagrams with numbers first … last, counted from 0, `lost` are missing."""

    first: int
    last: int
    lost: int


def fits(sent: Sent, got: Got) -> bool:
    """May this receive have returned this datagram? A full buffer may have cut it off (recv(2))."""
    if got.count is None:
        return True
    if sent.size != got.count and not (sent.size > got.count == got.asked):
        return False
    known = min(len(sent.content or b""), len(got.content))
    return (sent.content or b"")[:known] == got.content[:known]


def lost_groups(sent: Sequence[Sent], got: Sequence[Got]) -> list[Group]:
    """The missing ones, in order. Everything in `got` must be found in `sent`, in that order."""
    first = earliest(sent, got)
    backwards = earliest(sent[::-1], got[::-1])
    last = [len(sent) - 1 - at for at in reversed(backwards)]
    groups = []
    at = 0
    for low, high, count in joined(zip(first, last, strict=True)):
        if low > at:
            groups.append(Group(at, low - 1, low - at))
        if high - low + 1 > count:
            groups.append(Group(low, high, high - low + 1 - count))
        at = high + 1
    if at < len(sent):
        groups.append(Group(at, len(sent) - 1, len(sent) - at))
    return groups


def earliest(sent: Sequence[Sent], got: Sequence[Got]) -> list[int]:
    """For each receive the first datagram it can have taken."""
    places = []
    at = 0
    for one in got:
        while not fits(sent[at], one):
            at += 1
        places.append(at)
        at += 1
    return places


def joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Overlapping spans as one, with their number: (low, high, count)."""
    current: tuple[int, int, int] | None = None
    for low, high in spans:
        if current is not None and low <= current[1]:
            current = (current[0], max(current[1], high), current[2] + 1)
        else:
            if current is not None:
                yield current
            current = (low, high, 1)
    if current is not None:
        yield current
