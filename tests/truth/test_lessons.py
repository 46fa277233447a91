"""One run of each lesson and three witnesses: what we recorded is what strace saw, what tshark captured, and what it
reads in our export."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from engine.events import AnyEvent, CallReturned, RunEnded, SegmentCaptured, decoder
from engine.playground import Playground
from engine.understand.segments import flag_names
from tests import plays
from tests.plays import PLAYS, Play
from tests.truth import strace, tshark
from tests.truth.test_tshark import live
from tests.truth.tshark import Seen

SWITCHED = [
    Play("backlog", values={"ACCEPT": False}),
    Play("blocking", values={"SEND": False}),
    Play("framing-compared", "length", {"LIE": 5}),
    Play("length-struct", "fixed", {"HALF": True}),
    Play("many-requests", "threads", {"PATHS": ["sleep", "sleep", "first"], "REFUSED": False}),
    Play("nagle-and-delayed-ack", "two-writes", {"NODELAY": True, "QUICKACK": True}),
    Play("partial-send", values={"BLOCKING": True}),
    Play("reset", values={"KILL": True}),
    Play("reset", values={"UNREAD": False}),
    Play("reset", values={"UNREAD": False, "LINGER": True}),
    Play("select-poll-epoll", values={"CONNECTIONS": 520, "REPEATS": 1}),
    Play("select-server", "poll", {"FORGET": True, "STAY": False}),
    Play("select-server", "selectors", {"FORGET": True, "STAY": False}),
    Play("split", values={"FIXED": True, "RECV_SIZE": 1}),
    Play("udp-limits", values={"RECV_SIZE": 1024, "RCVBUF": 100000}),
    Play("upload", "fixed", {"DIE_AFTER": 2000}),
]
"""With parameters that send a program down another path."""
REFUSED = "(tcp[tcpflags] & (tcp-syn | tcp-rst) != 0)"
"""What there is of a connection to a port where nobody listens, as a lesson may try on a port of its own."""

Options = tuple[int | None, int | None, int | None]
"""The largest segment, the window scale, the timestamp."""
Line = tuple[str, str, str, int | None, int | None, int, Options]


@pytest.mark.parametrize("play", [*PLAYS, *SWITCHED], ids=str)
def test_a_lesson(play: Play, tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    program = require_tool("tshark")
    what = f"port {free_port} or {REFUSED}"
    captured = live(program, what, lambda: strace.perform(tmp_path, play.at(free_port)))
    [events] = plays.recorded(tmp_path, [play]).values()
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert (end.lost, end.why in ("finished", "stopped")) == (0, True)
    captured = [it for it in captured if ports(it) & ports_of(events, free_port)]
    check_segments(program, events, captured, tmp_path / "0" / plays.PCAPNG)
    strace.check(tmp_path, events)


def check_segments(program: str, events: list[AnyEvent], captured: list[Seen], path: Path) -> None:
    """Ours are those of tshark's own capture, and those it reads in the file we made of them."""
    known = lines_of(events)
    assert known
    captured.sort(key=lambda it: it.source)
    ends = [(it.source, it.destination) for it in captured]
    assert Counter(line[:2] for line in known) == Counter(ends)
    assert by_direction(known) == theirs(captured, by_direction(known))
    assert tshark.malformed(program, path) == ""
    assert theirs(tshark.read(program, path), known) == known


def ports(segment: Seen) -> set[int]:
    return {int(end.rpartition(":")[2]) for end in (segment.source, segment.destination)}


def ports_of(events: list[AnyEvent], port: int) -> set[int]:
    """The lesson's port, and those its programs connect to."""
    connects = [it.args for it in events if isinstance(it, CallReturned) and it.op == "connect"]
    return {port} | {int(found[1]) for args in connects if (found := re.search(r", (\d+)\)", args))}


def lines_of(events: list[AnyEvent]) -> list[Line]:
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
