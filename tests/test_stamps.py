"""Packets get the time of the calls, also when somebody sets the wall clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.observe.stamps import Look, Stamps, look_at_clocks

ORIGIN = 10**15
HOUR = 3600 * 10**9


class Clocks:
    """Two clocks that advance together; setting the wall clock moves only that one."""

    def __init__(self, offset: int) -> None:
        self.now = ORIGIN
        self.offset = offset

    def look(self) -> Look:
        self.now += 200
        return Look(self.now - 200, self.now - 100 + self.offset, self.now)

    def stamp(self) -> int:
        """A packet comes 1 ms later: what the kernel stamps it with."""
        self.now += 1_000_000
        return self.now + self.offset


@given(st.sampled_from([-HOUR, -(10**8), 10**8, HOUR]))
def test_packets_before_and_after_the_clock_was_set_keep_their_places(step: int) -> None:
    clocks = Clocks(offset=17 * 10**17)
    stamps = Stamps(ORIGIN, clocks.look)
    true_times, batch = [], []
    for number in range(20):
        if number == 7:
            clocks.offset += step
        batch.append(clocks.stamp())
        true_times.append(clocks.now - ORIGIN)
    reading = stamps.read()
    assert [stamps.convert(stamp, reading) for stamp in batch] == true_times


def test_each_look_narrows_the_offset_down() -> None:
    looks = iter([Look(0, 1000, 500), Look(1000, 1700, 1100), Look(2000, 2690, 2400)])
    stamps = Stamps(0, lambda: next(looks))  # the offset lies in 500…1000, then in 600…700, then in 600…690
    assert stamps.read().offsets == (650,)
    assert stamps.read().offsets == (645,)


def test_processors_may_disagree_a_little_about_order() -> None:
    clocks = Clocks(offset=0)
    stamps = Stamps(ORIGIN, clocks.look)
    first = clocks.stamp()
    reading = stamps.read()
    assert stamps.convert(first, reading) - stamps.convert(first - 500, reading) == 500


def test_a_stamp_that_fits_nowhere_is_put_after_its_predecessors_and_not_in_the_future() -> None:
    clocks = Clocks(offset=0)
    stamps = Stamps(ORIGIN, clocks.look)
    first = clocks.stamp()
    reading = stamps.read()
    t = stamps.convert(first, reading)
    assert stamps.convert(first - HOUR, reading) == t
    assert stamps.convert(first + HOUR, reading) == reading.now - ORIGIN


def test_the_real_clocks_are_read_close_together() -> None:
    look = look_at_clocks()
    assert look.before <= look.after
