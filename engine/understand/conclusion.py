"""The last sentence of a run: what it came to, in numbers."""

from __future__ import annotations

from collections import Counter

from engine.events import CallReturned, Caption
from engine.understand.findings import Findings


class Tally:
    """What was moved and what was refused, counted as the calls return."""

    def __init__(self) -> None:
        self.sends: Counter[bool] = Counter()
        self.receives: Counter[bool] = Counter()
        """Calls that moved something; by whether it was a datagram."""
        self.bytes_received = 0
        """From streams."""
        self.partial = 0
        """Sends of which the kernel took only a part, and those for which it had no room at all."""
        self.no_room = 0
        self.crashed = ""
        """The first program that ended with an error, or by a signal that was not ours."""

    def see(self, event: CallReturned, datagram: bool) -> None:
        """A call has returned; only those that were placed on a stream count as moving something."""
        if event.stream is None:
            return
        moved_some = event.count is not None and (datagram or event.count > 0)
        if event.moved == "received":
            self.receives[datagram] += moved_some
            self.bytes_received += 0 if datagram else event.count or 0
        elif event.moved == "sent":
            self.sends[datagram] += moved_some
            self.partial += moved_some and not datagram and (event.count or 0) < (event.asked or 0)
            self.no_room += event.error == "BlockingIOError"


def conclude(tally: Tally, findings: Findings) -> Caption:
    """The conclusion of a run that has ended."""
    if tally.sends[True]:
        return with_datagrams(tally, findings)
    args: dict[str, str | int] = {"sends": tally.sends[False], "receives": tally.receives[False]}
    if findings.last_reset is not None:
        return findings.last_reset
    if findings.counts["character"]:
        return Caption("caption.conclusion.character", args)
    if tally.partial or tally.no_room:
        numbers = {"partial": tally.partial, "none": tally.no_room, "n": tally.bytes_received}
        return Caption("caption.conclusion.partial", {**args, **numbers})
    sticky = findings.first_sticky
    if sticky is not None and findings.counts["sticky"] == 1:
        size, messages = sticky.end - sticky.start, len(sticky.cuts) + 1
        return Caption("caption.conclusion.sticky", {**args, "n": size, "messages": messages})
    if sticky is not None or findings.counts["split"]:
        return Caption("caption.conclusion.boundaries", args)
    if tally.crashed:
        return Caption("caption.conclusion.crashed", {**args, "who": tally.crashed})
    if tally.sends[False] and tally.sends[False] == tally.receives[False]:
        return Caption("caption.conclusion.even", args)
    return Caption("caption.conclusion.other", args)


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
