"""The last sentence of a run: what it came to, in numbers.

The first that has something to say, from the most telling to the plainest.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.events import Caption
from engine.understand.findings import Findings
from engine.understand.tally import LONG_NS, Tally

QUEUED_NS = 200_000_000
"""A wait for accept that is worth the last word."""
MANY = 10
"""Calls for nothing: a loop that does not wait."""
OFTEN = 2
"""Delayed ACKs that a run is about."""
LOST_CONNECTION = ("ConnectionResetError", "BrokenPipeError")
NobodyAccepted = tuple[str, int]
"""A server, and how many established connections it never accepted."""


def conclude(tally: Tally, findings: Findings, waiting: NobodyAccepted | None = None) -> Caption:
    """The conclusion of a run that has ended."""
    if tally.sends[True]:
        return with_datagrams(tally, findings)
    said = next((said for about in ABOUT if (said := about(tally, findings, waiting)) is not None), None)
    return said or Caption("caption.conclusion.other", moved(tally))


def moved(tally: Tally) -> dict[str, str | int]:
    return {"sends": tally.sends[False], "receives": tally.receives[False]}


About = Callable[[Tally, Findings, NobodyAccepted | None], Caption | None]


def character(tally: Tally, findings: Findings, _: NobodyAccepted | None) -> Caption | None:
    return Caption("caption.conclusion.character", moved(tally)) if findings.counts["character"] else None


def time_wait(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    return Caption("caption.conclusion.time_wait", {"who": tally.time_wait}) if tally.time_wait else None


def exception(tally: Tally, findings: Findings, _: NobodyAccepted | None) -> Caption | None:
    """A program ended with one; that of a connection that was reset is told by what reset it."""
    crash, sticky = tally.crash, findings.first_sticky
    if crash is None or not crash.error or (findings.last_reset and crash.error.startswith(LOST_CONNECTION)):
        return None
    args: dict[str, str | int] = {"who": crash.who, "error": crash.error}
    if sticky is not None and sticky.process == crash.who:
        size, messages = sticky.end - sticky.start, len(sticky.cuts) + 1
        return Caption("caption.conclusion.sticky_crashed", {**args, "n": size, "messages": messages})
    return Caption("caption.conclusion.crashed", {**moved(tally), **args})


def never_accepted(_: Tally, __: Findings, waiting: NobodyAccepted | None) -> Caption | None:
    return Caption("caption.conclusion.never_accepted", {"whom": waiting[0], "n": waiting[1]}) if waiting else None


def reset(_: Tally, findings: Findings, __: NobodyAccepted | None) -> Caption | None:
    return findings.last_reset


def partial(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    if not tally.partial and not tally.no_room:
        return None
    numbers = {"partial": tally.partial, "none": tally.no_room, "n": tally.bytes_received}
    return Caption("caption.conclusion.partial", {**moved(tally), **numbers})


def deadlock(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    if tally.deadlock is None:
        return None
    args: dict[str, str | int] = dict(zip(("who", "whom"), tally.deadlock, strict=True))
    if tally.empty:
        return Caption("caption.conclusion.deadlock_empty", {**args, "n": tally.empty})
    return Caption("caption.conclusion.deadlock", args)


def past_end(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    for (who, _socket), ends in tally.ends.most_common(1):
        if ends > MANY:
            return Caption("caption.conclusion.past_end", {"who": who, "n": ends - 1})
    return None


def in_vain(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    for (who, call), n in tally.in_vain.most_common(1):
        if n > MANY:
            return Caption("caption.conclusion.in_vain", {"who": who, "call": call, "n": n})
    return None


def unreported(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    it = tally.unreported
    return None if it is None else Caption("caption.conclusion.unreported", {"who": it.process, "n": it.end - it.start})


def held_up(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    """Again and again: once it happens in any transfer whose reader was busy."""
    waits = tally.held_up
    if len(waits) < OFTEN:
        return None
    return Caption("caption.conclusion.held_up", {"n": len(waits), "waited_ns": max(waits)})


def queued(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    long = [it.waited_ns for it in tally.queued if it.waited_ns >= QUEUED_NS]
    if not long:
        return None
    args: dict[str, str | int] = {"n": len(long), "waited_ns": max(long)}
    if tally.syns_again:
        return Caption("caption.conclusion.queued_again", {**args, "again": tally.syns_again})
    return Caption("caption.conclusion.queued", args)


def forgotten(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    it = tally.forgotten
    return Caption("caption.conclusion.forgotten", {"who": it.who, "waited_ns": it.waited_ns}) if it else None


def repeated(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    again = tally.requests.repeated()
    if again is None:
        return None
    who, n, first, second = again
    return Caption("caption.conclusion.repeated", {"who": who, "n": n, "first": first, "second": second})


def cost(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    costs = tally.waits.costs()
    return Caption("caption.conclusion.cost", {}, costs) if costs else None


def exited(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    crash = tally.crash
    if crash is None or crash.error:
        return None
    args = {**moved(tally), "who": crash.who}
    if crash.signal:
        return Caption("caption.conclusion.killed", {**args, "signal": crash.signal})
    return Caption("caption.conclusion.exited", {**args, "code": crash.code})


def unread(tally: Tally, findings: Findings, _: NobodyAccepted | None) -> Caption | None:
    """Bytes that lay there; where they are joined with others, that is the point."""
    it = tally.unread
    if it is None or it.waited_ns < LONG_NS or findings.counts["sticky"]:
        return None
    return Caption("caption.conclusion.unread", {"who": it.who, "waited_ns": it.waited_ns, "n": it.n})


def readiness(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    busiest = tally.waits.busiest()
    if busiest is None:
        return None
    who, waits, parts = busiest
    return Caption("caption.conclusion.readiness", {"who": who, "n": waits}, parts)


def sticky_once(tally: Tally, findings: Findings, _: NobodyAccepted | None) -> Caption | None:
    sticky = findings.first_sticky
    if sticky is None or findings.counts["sticky"] != 1:
        return None
    size, messages = sticky.end - sticky.start, len(sticky.cuts) + 1
    return Caption("caption.conclusion.sticky", {**moved(tally), "n": size, "messages": messages})


def boundaries(tally: Tally, findings: Findings, _: NobodyAccepted | None) -> Caption | None:
    some = findings.counts["sticky"] or findings.counts["split"]
    return Caption("caption.conclusion.boundaries", moved(tally)) if some else None


def waited(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    """How long somebody was blocked; not when it was for somebody to type."""
    it = tally.longest
    if it is None or tally.typed:
        return None
    args: dict[str, str | int] = {"who": it.who, "call": it.call, "waited_ns": it.waited_ns}
    return Caption("caption.conclusion.waited", {**moved(tally), **args})


def even(tally: Tally, _: Findings, __: NobodyAccepted | None) -> Caption | None:
    if not tally.sends[False] or tally.sends[False] != tally.receives[False]:
        return None
    return Caption("caption.conclusion.even", moved(tally))


ABOUT: tuple[About, ...] = (
    character,
    time_wait,
    exception,
    never_accepted,
    reset,
    partial,
    deadlock,
    past_end,
    in_vain,
    unreported,
    held_up,
    queued,
    forgotten,
    repeated,
    cost,
    exited,
    unread,
    readiness,
    sticky_once,
    boundaries,
    waited,
    even,
)


def with_datagrams(tally: Tally, findings: Findings) -> Caption:
    args: dict[str, str | int] = {"sends": tally.sends[True], "receives": tally.receives[True]}
    if tally.sends[False]:
        tcp = {"tcp_sends": tally.sends[False], "tcp_receives": tally.receives[False]}
        return Caption("caption.conclusion.tcp_and_udp", {**args, **tcp})
    lost = {"cut": findings.counts["truncated"], "dropped": findings.lost, "refused": findings.astray}
    missing = tally.sends[True] - tally.receives[True] - findings.astray
    if missing > findings.lost:  # nobody told why
        return Caption("caption.conclusion.datagrams_missing", {**args, **lost, "missing": missing})
    if not any(lost.values()):
        return Caption("caption.conclusion.datagrams", args)
    return Caption("caption.conclusion.datagrams_lost", {**args, **lost})
