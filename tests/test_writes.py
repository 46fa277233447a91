"""What comes out of a pipe is cut where, and dated when, the process wrote it."""

from __future__ import annotations

from engine.observe.rings import Wrote
from engine.writes import PIECES, Writes


def noted(*texts: str) -> Writes:
    """A stream to which these texts were written, at 10, 20, 30 …"""
    writes, start = Writes(), 0
    for number, text in enumerate(texts, 1):
        data = text.encode()
        writes.note(Wrote("stdout", start, len(data), 10 * number, data[:64]))
        start += len(data)
    return writes


def test_two_prints_that_are_read_at_once_are_two_pieces() -> None:
    assert noted("one\n", "二\n").cut("one\n二\n", 0, 0, 99) == [("one\n", 10), ("二\n", 20)]


def test_a_print_that_is_read_in_two_parts_is_dated_by_its_first() -> None:
    writes = noted("x" * 100 + "\n", "y\n")
    assert writes.cut("x" * 60, 0, 0, 50) == [("x" * 60, 10)]
    assert writes.cut("x" * 40 + "\ny\n", 0, 0, 99) == [("x" * 40 + "\n", 20), ("y\n", 20)]


def test_what_nobody_noted_is_dated_when_it_was_read() -> None:
    writes = noted("a\n")
    assert writes.cut("past the probe\n", 0, 0, 50) == [("past the probe\n", 50)]
    assert writes.cut("a\n", 0, 0, 60) == [("a\n", 60)]


def test_a_stream_whose_middle_was_dropped_goes_on_behind_it() -> None:
    writes = noted("a\n", "dropped\n", "b\n")
    assert writes.cut("a\n", 8, 0, 50) == [("a\n", 10)]
    assert writes.cut("b\n", 0, 0, 60) == [("b\n", 30)]


def test_what_was_written_too_long_ago_is_dated_when_it_was_read() -> None:
    writes = noted("a\n", "b\n", "c\n")
    assert writes.cut("a\nb\n", 0, 15, 50) == [("a\nb\n", 50)]
    assert writes.cut("c\n", 0, 15, 60) == [("c\n", 50)]  # not before what came before it


def test_a_flood_stays_one_piece() -> None:
    lines = ["line\n"] * (PIECES + 1)
    assert noted(*lines).cut("".join(lines), 0, 0, 999) == [("".join(lines), 999)]
