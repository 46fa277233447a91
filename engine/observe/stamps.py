"""From the kernel's timestamps of packets, which are wall-clock time, to the time of the calls.

CLOCK_REALTIME and CLOCK_MONOTONIC run at the same speed, also while NTP slews them; what lies
between them changes only when the wall clock is set (clock_gettime(2)). So each look at both
narrows down one constant, until a look contradicts it: then the clock has been set.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

STEP_NS = 1000
"""A contradiction of less than this is noise."""
DISORDER_NS = 1_000_000
"""How far back a packet may lie behind the one before it: processors stamp on their own."""


class Look(NamedTuple):
    """Both clocks, as near to one moment as they can be read. In ns."""

    before: int
    """CLOCK_MONOTONIC before the wall clock was read."""
    wall: int
    after: int


def look_at_clocks() -> Look:
    """The best of a few tries: one may have been interrupted between its readings."""
    tries = [Look(time.monotonic_ns(), time.time_ns(), time.monotonic_ns()) for _ in range(3)]
    return min(tries, key=lambda look: look.after - look.before)


class Reading(NamedTuple):
    """What is known of the clocks when a batch of packets was read."""

    now: int
    """CLOCK_MONOTONIC; no packet of the batch is later."""
    offsets: tuple[int, ...]
    """Wall clock minus monotonic: the present one, then that before the clock was last set."""


class Stamps:
    """Converts timestamps to ns since `origin`, a moment of CLOCK_MONOTONIC."""

    def __init__(self, origin: int, look: Callable[[], Look] = look_at_clocks) -> None:
        self._origin = origin
        self._look = look
        self._lowest, self._highest = self._bounds(look())
        self._before: tuple[int, ...] = ()
        self._last = 0

    @staticmethod
    def _bounds(look: Look) -> tuple[int, int]:
        return look.wall - look.after, look.wall - look.before

    def read(self) -> Reading:
        """Call it after a batch of packets has been copied, and convert them with what it returns."""
        look = self._look()
        lowest, highest = self._bounds(look)
        if lowest > self._highest + STEP_NS or highest < self._lowest - STEP_NS:
            self._before = (self._offset(),)
            self._lowest, self._highest = lowest, highest
        elif lowest <= self._highest and highest >= self._lowest:
            self._lowest, self._highest = max(lowest, self._lowest), min(highest, self._highest)
        return Reading(look.after, (self._offset(), *self._before))

    def _offset(self) -> int:
        return (self._lowest + self._highest) // 2

    def peek(self, stamp: int, reading: Reading) -> int:
        """The time of a packet, in ns since the origin.

        With the wrong offset it would lie in the future or before its predecessors, so a packet
        stamped before the clock was set is told from one stamped after.
        """
        earliest, latest = self._last - DISORDER_NS, reading.now - self._origin
        for offset in reading.offsets:
            t = stamp - offset - self._origin
            if earliest <= t <= latest:
                return t
        return min(max(stamp - reading.offsets[0] - self._origin, self._last), latest)

    def convert(self, stamp: int, reading: Reading) -> int:
        """As `peek`, and the packets that follow come after this one."""
        t = self.peek(stamp, reading)
        self._last = max(self._last, t)
        return t
