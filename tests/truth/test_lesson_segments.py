"""The segments of each lesson's run are those tshark captured of the same run, and those it reads in our export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from engine.events import AnyEvent, CallReturned, SegmentCaptured, decoder
from engine.observers import Observing
from engine.playground import Playground
from engine.understand.segments import flag_names
from tests.test_observers import LESSONS, run_to_end
from tests.truth import tshark
from tests.truth.test_tshark import live
from tests.truth.tshark import Seen

Options = tuple[int | None, int | None, int | None]
"""The largest segment, the window scale, the timestamp."""
Line = tuple[str, str, str, int | None, int | None, int, Options]


def ours(events: list[AnyEvent]) -> list[Line]:
    return [
        (it.source, it.destination, it.flags, it.sequence, it.ack, it.length, options(it))
        for it in events
        if isinstance(it, SegmentCaptured)
    ]


def options(segment: SegmentCaptured) -> Options:
    found = segment.options
    return (found.mss, found.window_scale, found.timestamp and found.timestamp[0]) if found else (None, None, None)


def theirs(segments: list[Seen], known: list[Line]) -> list[Line]:
    """In our words. Where we say that a number cannot be known, or is none, tshark has a guess."""
    lines: list[Line] = []
    for segment, (*_, seq, ack, _, _) in zip(segments, known, strict=True):
        flags = flag_names(segment.flags) if segment.flags is not None else ""
        numbers = (segment.seq if seq is not None else None, segment.ack if ack is not None else None)
        given = (segment.mss, segment.window_scale, segment.timestamp)
        lines.append((segment.source, segment.destination, flags, *numbers, segment.length, given))
    return lines


def by_direction(lines: list[Line]) -> list[Line]:
    """Two packet sockets may come upon the two directions of a busy connection in orders of their own."""
    return sorted(lines, key=lambda line: line[0])


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson(lesson: str, tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    program = require_tool("tshark")
    found: list[AnyEvent] = []
    here: list[Playground] = []

    def traffic() -> None:
        async def scene() -> None:
            here.append(Playground(tmp_path, observing=Observing(network="machine")))
            found.extend(await run_to_end(here[0], lesson, free_port))

        asyncio.run(scene())

    captured = live(program, free_port, free_port + 1 if free_port < 65535 else free_port - 1, traffic)
    known = ours(found)
    assert known
    captured.sort(key=lambda it: it.source)
    assert by_direction(known) == theirs(captured, by_direction(known))
    path = tmp_path / "run.pcapng"
    with path.open("wb") as file:
        asyncio.run(here[0].export_pcapng(next(iter(here[0].runs)), file))
    assert tshark.malformed(program, path) == ""
    assert theirs(tshark.read(program, path), known) == known


def test_twenty_sends_to_a_late_reader(tmp_path: Path, free_port: int) -> None:
    async def scene() -> list[AnyEvent]:
        here = Playground(tmp_path)
        values = {"PORT": free_port, "MESSAGES": [f"msg{number:03}" for number in range(20)], "READ_DELAY": 0.5}
        run = await here.start_run("sticky", values)
        await run.wait()
        await here.close()
        return [decoder.decode(line) for line in run.recording.lines()]

    events = asyncio.run(scene())
    calls = [it for it in events if isinstance(it, CallReturned)]
    # The kernel may join the last sends, and send a segment twice whose ACK is late (tail loss probe, RFC 8985).
    segments = [it for it in events if isinstance(it, SegmentCaptured) and it.order == "in order"]
    assert [it.count for it in calls if it.moved == "sent"] == [6] * 20
    assert [it.count for it in calls if it.moved == "received"] == [120, 0]
    assert segments[0].start == 0
    assert all(first.end == second.start for first, second in pairwise(segments))
    assert segments[-1].end == 120
