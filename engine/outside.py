"""What a run's observers see from outside its programs: the segments and the kernel's tables, of the ports it uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic_ns

from engine.events import RunEnded
from engine.observe.capture import Capture
from engine.observe.portfilter import MOST_PORTS
from engine.observe.sampler import Sampler
from engine.records import CallRecord, Sample
from engine.understand.merge import Merge

SAMPLE_NS, IDLE_SAMPLE_NS = 16_000_000, 100_000_000
BUSY_NS = 1_000_000_000
"""Between two looks into the kernel's tables: while calls come in, and for this long after; and later."""
FOREVER = 1 << 62
INTERNET = re.compile(r"(?:[\d.]+|\[[\da-f:.%\w]+\]):(\d+)")
"""The address of an internet socket as the probe writes it; not a path that ends in digits."""


class Outside:
    """Without observers it knows the ports and nothing else. All times in ns since the run began."""

    def __init__(self, merge: Merge) -> None:
        self.ports: dict[int, None] = {}
        """Those that are watched, in the order in which they came."""
        self._merge = merge
        self._capture: Capture | None = None
        self._sampler: Sampler | None = None
        self._unwatched: set[int] = set()
        self._next_sample = 0
        self._busy_until = 0
        self._samples_lost: str | None = None

    def observe(self, capture: Capture | None, sampler: Sampler | None) -> None:
        """Take these observers' facts; before the first process starts."""
        self._capture, self._sampler = capture, sampler

    @property
    def watches(self) -> bool:
        """Is there anything that watches ports?"""
        return self._capture is not None or self._sampler is not None

    def watch(self, *ports: int) -> bool:
        """Observe what comes from and goes to these ports, from now on; only the first `MOST_PORTS` of a run.

        True when one of them is new.
        """
        new = list(dict.fromkeys(port for port in ports if port not in self.ports))
        room = MOST_PORTS - len(self.ports)
        self._unwatched.update(new[room:])
        self.ports.update(dict.fromkeys(new[:room]))
        for observer in (self._capture, self._sampler):
            if observer is not None and new[:room]:
                observer.watch(*new[:room])
        return bool(new[:room])

    def take_segments(self, most: int) -> int:
        """Take what was captured, at most so many; the time up to which all of it has been taken."""
        if self._capture is None:
            return FOREVER
        self._capture.drain()
        self._merge.add_observed(self._capture.take(most))
        behind = self._capture.behind
        return FOREVER if behind is None else behind

    def sample(self, now: int, busy: bool) -> None:
        """Look into the kernel's tables: often while something happens, now and then while nothing does."""
        if busy:
            self._busy_until = now + BUSY_NS
        if now >= self._next_sample:
            cost = self._look(lambda sampler: sampler.sample(now))
            pause = SAMPLE_NS if now < self._busy_until else IDLE_SAMPLE_NS
            self._next_sample = now + max(pause, 10 * cost)

    def sample_last(self, now: int) -> None:
        self._look(lambda sampler: sampler.sample(now))

    def look_at(self, cookie: int) -> None:
        """Ask the kernel about one socket, at this moment."""
        self._look(lambda sampler: sampler.look(cookie))

    def conclude(self, end: RunEnded) -> None:
        """Say in the last event what was seen, and what was not."""
        if self._capture is not None:
            end.segments, end.segments_lost = self._capture.received, self._capture.dropped
        end.samples_lost = self._samples_lost
        end.ports_unwatched = len(self._unwatched)

    def _look(self, look: Callable[[Sampler], list[Sample]]) -> int:
        """Take what a look gives; its cost in ns. A kernel that refuses ends the looking, not the run."""
        if self._sampler is None:
            return 0
        began = monotonic_ns()
        try:
            self._merge.add_observed(look(self._sampler))
        except OSError as error:
            self._sampler, self._samples_lost = None, str(error)
        return monotonic_ns() - began


def chosen_port(record: CallRecord) -> int | None:
    """The port that a program has chosen by this call: a server its own, a client its peer's."""
    if record.op in ("bind", "listen") and not record.failed:
        address = record.texts[1:2]
    elif record.op in ("connect", "connect_ex"):  # a failed one may be in progress
        address = record.texts[4:5] if record.failed else record.texts[2:3]
    else:
        return None
    match = INTERNET.fullmatch(address[0]) if address else None
    return int(match[1]) if match is not None else None
