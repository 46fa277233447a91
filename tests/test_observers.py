"""What a run can observe, from root down to the least of users."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine.capture_helper import COUNT
from engine.errors import CannotStart
from engine.events import (
    AnyEvent,
    CallReturned,
    ProcessExited,
    ProcessStarted,
    RunEnded,
    RunStarted,
    SegmentCaptured,
    SocketSampled,
    decoder,
)
from engine.observers import Observing, may_capture
from engine.packet_sockets import PacketSockets
from engine.playground import Playground
from tests import unprivileged
from tests.conftest import missing
from tests.plays import PLAYS, Play, command, perform_all, recorded


async def run_to_end(here: Playground, lesson: str, port: int, seconds: float = 4) -> list[AnyEvent]:
    """The events of a lesson; one that does not end by itself is stopped after a while."""
    run = await here.start_run(lesson, {"PORT": port})
    try:
        await asyncio.wait_for(run.wait(), seconds)
    except TimeoutError:
        await run.stop()
        await run.wait()
    await here.close()
    return [decoder.decode(line) for line in run.recording.lines()]


def events(tmp_path: Path, lesson: str, port: int, observing: Observing) -> list[AnyEvent]:
    return asyncio.run(run_to_end(Playground(tmp_path, observing=observing), lesson, port))


@pytest.fixture(scope="module")
def portable(tmp_path_factory: pytest.TempPathFactory) -> dict[Play, list[AnyEvent]]:
    folder = tmp_path_factory.mktemp("portable")
    return at_free_ports(lambda plays: perform_all(folder, plays, Observing(portable=True)))


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_every_lesson_runs_where_only_the_probe_works(play: Play, portable: dict[Play, list[AnyEvent]]) -> None:
    first, *found = portable[play]
    assert isinstance(first, RunStarted)
    assert (first.segments, first.segments_why) == ("absent", "ui.no_segments_portable")
    assert any(isinstance(event, CallReturned) for event in found)
    assert not any(isinstance(event, SegmentCaptured | SocketSampled) for event in found)
    assert_complete(found)


def at_free_ports(run: Callable[[Sequence[Play]], dict[Play, list[AnyEvent]]]) -> dict[Play, list[AnyEvent]]:
    """All plays in one go, each at a port of its own; what was run, by what was asked for."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PLAYS]
        ports = [sock.getsockname()[1] for sock in taken]
    results = run([play.at(port) for play, port in zip(PLAYS, ports, strict=True)])
    return dict(zip(PLAYS, results.values(), strict=True))


def assert_complete(events: list[AnyEvent]) -> None:
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert (end.lost, end.why in ("finished", "stopped")) == (0, True)
    assert sum(isinstance(event, ProcessStarted) for event in events) == sum(
        isinstance(event, ProcessExited) for event in events
    )


@pytest.fixture(scope="module")
def unprivileged_runs() -> Iterator[Callable[[dict[str, object]], dict[Play, list[AnyEvent]]]]:
    """Runs every lesson as another user, observed as asked for."""
    with unprivileged.home() as home:

        def run(observing: dict[str, object]) -> dict[Play, list[AnyEvent]]:
            def perform(plays: Sequence[Play]) -> dict[Play, list[AnyEvent]]:
                folder = home / str(len(list(home.iterdir())))
                done = unprivileged.run(home, *command(folder, plays, observing), seconds=240)
                assert done.returncode == 0, done.stderr
                return recorded(folder, plays)

            return at_free_ports(perform)

        yield run


Unprivileged = Callable[[dict[str, object]], dict[Play, list[AnyEvent]]]


def test_an_unprivileged_user_gets_a_private_loopback_and_its_segments(unprivileged_runs: Unprivileged) -> None:
    for play, (first, *found) in unprivileged_runs({"mtu": 1500, "max_segments": 1}).items():
        assert isinstance(first, RunStarted)
        assert_complete(found)
        segments = [event for event in found if isinstance(event, SegmentCaptured)]
        if first.network == "private":
            assert first.segments == "measured"
            assert_from_the_first_on(play, segments)
        else:  # an administrator may forbid user namespaces: then the run says so, and runs
            assert (first.segments, first.segments_why) == ("derived", "ui.no_segments_not_permitted")
            assert segments == []


def assert_from_the_first_on(play: Play, segments: list[SegmentCaptured]) -> None:
    """The capture was in place before the first SYN of each connection, and saw segments as on an Ethernet."""
    assert segments, play
    seen: set[int] = set()
    for segment in segments:
        if segment.protocol == "tcp" and segment.connection is not None and segment.connection not in seen:
            seen.add(segment.connection)
            assert segment.flags == "SYN", (play, segment)
    assert max(segment.length for segment in segments) <= 1500, play


def test_without_any_right_the_kernel_still_counts_the_segments(unprivileged_runs: Unprivileged) -> None:
    for play, (first, *found) in unprivileged_runs({"network": "machine"}).items():
        assert isinstance(first, RunStarted)
        assert (first.segments, first.network) == ("derived", "machine")
        assert first.segments_why == "ui.no_segments_not_permitted"
        assert_complete(found)
        samples = [event for event in found if isinstance(event, SocketSampled)]
        assert samples, play
        counted = [event.data_segments_out or 0 for event in samples if event.protocol == "tcp"]
        if play.lesson == "sticky":
            assert max(counted) == 2


def test_packet_sockets_from_the_helper_serve_one_run_after_the_other(tmp_path: Path, free_port: int) -> None:
    """The helper as root would run it; `env` stands in the place of `sudo`."""
    if not may_capture():
        missing("CAP_NET_RAW", "nothing to install, run as root")
    packets = PacketSockets.from_helper(("env",))
    for number in range(2 * COUNT):
        found = events(tmp_path / str(number), "sticky", free_port, Observing(packets=packets))
        assert isinstance(found[0], RunStarted)
        assert found[0].segments == "measured"
        assert sum(isinstance(event, SegmentCaptured) for event in found) >= 8
    packets.close()


def test_a_helper_that_may_not_open_them_is_said() -> None:
    with pytest.raises(CannotStart):
        PacketSockets.from_helper(("false",))
