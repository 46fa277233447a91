"""Which send calls a captured segment carries, as its comment in Wireshark says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.events import CallReturned, SegmentCaptured
from engine.export.wireshark import comment
from engine.frames import Frame


def send(call: int, start: int, end: int) -> CallReturned:
    return CallReturned(t=call, began=call, process="client", call=call, op="send", stream="1>", start=start, end=end)


def segment(start: int, end: int) -> SegmentCaptured:
    return SegmentCaptured(t=0, protocol="tcp", source="", destination="", stream="1>", start=start, end=end)


def carried(sends: list[CallReturned], start: int, end: int) -> str:
    return comment(Frame(1, 0, 0, b""), {1: segment(start, end)}, {"1>": sends})


def test_a_segment_names_the_calls_whose_bytes_it_carries() -> None:
    sends = [send(7, 0, 12), send(9, 12, 15), send(11, 15, 20)]
    assert carried(sends, 0, 15) == "client: send #7 [0, 12), client: send #9 [12, 15)"
    assert carried(sends, 14, 16) == "client: send #9 [12, 15), client: send #11 [15, 20)"


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(0, 50), st.integers(1, 20))
def test_just_the_sends_that_overlap_are_named(sizes: list[int], start: int, size: int) -> None:
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    sends = [send(at + 1, end - length, end) for at, (end, length) in enumerate(zip(ends, sizes, strict=True))]
    overlap = [it.call for it in sends if (it.start or 0) < start + size and (it.end or 0) > start]
    assert carried(sends, start, start + size).count("#") == len(overlap)
    assert all(f"#{call} " in carried(sends, start, start + size) for call in overlap)
