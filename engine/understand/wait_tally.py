"""The waits of a run's select, poll and epoll, counted: what they reported, and how long they took."""

from __future__ import annotations

from collections import Counter
from statistics import median

from engine.events import CallReturned, Caption
from engine.understand.wait_captions import CALLS

REPORTED = {
    "caption.ready.listener": "caption.reported.listener",
    "caption.ready.bytes": "caption.reported.bytes",
    "caption.ready.ended": "caption.reported.ended",
    "caption.ready.connected": "caption.reported.connected",
    "caption.ready.not_connected": "caption.reported.not_connected",
    "caption.ready.datagram": "caption.reported.datagram",
    "caption.ready.pipe": "caption.reported.pipe",
    "caption.ready.timer": "caption.reported.timer",
    "caption.ready.invalid": "caption.reported.invalid",
}
OTHERS = "caption.reported.others"
EXPIRED = "caption.reported.expired"
MOST_TIMES = 101
"""Of one call with one number of descriptors."""


class WaitTally:
    """Sees every wait that has returned."""

    def __init__(self) -> None:
        self._waits: Counter[str] = Counter()
        self._reported: dict[str, Counter[str]] = {}
        self._expired: Counter[str] = Counter()
        self._times: dict[str, dict[tuple[str, int], list[int]]] = {}

    def see(self, event: CallReturned) -> None:
        """Any call; others than waits are passed over."""
        if event.ready is None:
            return
        self._waits[event.process] += 1
        reported = self._reported.setdefault(event.process, Counter())
        reported[OTHERS] += len(event.ready)
        if (event.timeout or 0) > 0 and not event.ready and not event.error:
            self._expired[event.process] += 1
        if event.timeout == 0 or event.ready:
            times = self._times.setdefault(event.process, {}).setdefault((event.op, event.watched or 0), [])
            if len(times) < MOST_TIMES:
                times.append(event.t - event.began)

    def tell(self, event: CallReturned, caption: Caption) -> None:
        """What is said about a wait that has reported something."""
        reported = self._reported.setdefault(event.process, Counter())
        for part in caption.parts:
            if part.key in REPORTED:
                reported[REPORTED[part.key]] += 1
                reported[OTHERS] -= 1

    def busiest(self) -> tuple[str, int, list[Caption]] | None:
        """Who was told most by its waits, how many these were, and what they told."""
        told = {who: reported for who, reported in self._reported.items() if reported.total()}
        if not told:
            return None
        who = max(told, key=lambda it: told[it].total())
        counts = {key: told[who][key] for key in (*REPORTED.values(), OTHERS)} | {EXPIRED: self._expired[who]}
        return who, self._waits[who], [Caption(key, {"n": n}) for key, n in counts.items() if n > 0]

    def costs(self) -> list[Caption]:
        """When one process has compared several kinds of wait: how long each took with the most descriptors it had."""
        for times in self._times.values():
            most = {op: max(number for kind, number in times if kind == op) for op, _ in times}
            if len(most) > 1:
                ops = [op for op in CALLS if op in most]
                return [_cost(CALLS[op], most[op], times[op, most[op]]) for op in ops]
        return []


def _cost(call: str, number: int, times: list[int]) -> Caption:
    return Caption("caption.reported.cost", {"call": call, "n": number, "took_ns": int(median(times))})
