"""The live stream: first the log, then the tail, for any number of viewers."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from engine import recording
from tests.web.dashboard import FakePlayground, FakeRun, dashboard
from web import live
from web.live import END, RESYNC, Broadcast, Viewer


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "CHUNK_EVENTS", 5)


ARun = Callable[[int], FakeRun]


@pytest.fixture
def a_run(tmp_path: Path) -> Iterator[ARun]:
    """`a_run(n)` is a run of which n events are recorded."""
    made: list[FakeRun] = []

    def make(events: int) -> FakeRun:
        run = FakeRun(f"run-{len(made)}", "sticky", {}, [], tmp_path)
        made.append(run)
        run.say(*map(str, range(2, events + 1)))
        return run

    yield make
    for run in made:
        run.recording.close()


def take(viewer: Viewer) -> list[dict[str, Any]]:
    """The frames that wait for the viewer."""
    frames: list[dict[str, Any]] = []
    while not viewer._frames.empty():
        frames.append(json.loads(viewer._frames.get_nowait()))
    return frames


def seqs(frames: list[dict[str, Any]], run: FakeRun, after: int) -> list[int]:
    """The events a viewer that has those up to `after` ends up with: from chunks, then as they come."""
    log, *rest = frames
    assert log["kind"] == "log"
    chunks = b"".join(gzip.decompress(run.recording.chunk_path(number).read_bytes()) for number, *_ in log["chunks"])
    fetched = [json.loads(line)["seq"] for line in chunks.splitlines()]
    followed = [event["seq"] for frame in rest if frame["kind"] == "batch" for event in frame["events"]]
    return [seq for seq in fetched if after < seq < log["tail"]] + followed


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(("written", "later"), list(itertools.product((1, 4, 5, 6, 11), (0, 1, 4, 9))))
def test_log_then_tail_has_no_gap_and_no_duplicate_at_any_cut(a_run: ARun, written: int, later: int) -> None:
    run = a_run(written)
    broadcast = Broadcast(run.recording, lambda: 7)
    broadcast.pump()
    run.say("not yet pumped")
    viewers = {after: broadcast.join(after) for after in range(written + 2)}
    for _ in range(later):
        run.say("later")
        broadcast.pump()
    run.recording.close()
    broadcast.pump()
    for after, viewer in viewers.items():
        frames = take(viewer)
        assert seqs(frames, run, after) == list(range(after + 1, written + later + 2))
        assert frames[-1] == {"kind": "end"}


@pytest.mark.usefixtures("small_chunks")
def test_a_viewer_who_comes_when_all_is_over_gets_the_log_and_the_end(a_run: ARun) -> None:
    run = a_run(12)
    run.recording.close()
    frames = take(Broadcast(run.recording, lambda: 0).join(3))
    assert frames == [{"kind": "log", "chunks": [[1, 1, 5], [2, 6, 10], [3, 11, 12]], "tail": 13}, {"kind": "end"}]


def test_a_batch_says_the_runs_time(a_run: ARun) -> None:
    run = a_run(1)
    broadcast = Broadcast(run.recording, lambda: 123_456)
    viewer = broadcast.join(1)
    run.say("new")
    broadcast.pump()
    assert [frame.get("now") for frame in take(viewer)] == [None, 123_456]


def test_nothing_new_sends_nothing(a_run: ARun) -> None:
    broadcast = Broadcast(a_run(3).recording, lambda: 0)
    viewer = broadcast.join(3)
    take(viewer)
    broadcast.pump()
    assert take(viewer) == []


def test_two_viewers_get_the_same_text_and_it_is_made_once(a_run: ARun) -> None:
    run = a_run(1)
    broadcast = Broadcast(run.recording, lambda: 0)
    first, second = broadcast.join(1), broadcast.join(1)
    take(first), take(second)
    run.say("one", "two")
    broadcast.pump()
    frames = first._frames.get_nowait(), second._frames.get_nowait()
    assert frames[0] is frames[1]
    assert (broadcast.statistics.batches, broadcast.statistics.events) == (1, 2)


def test_a_batch_is_the_lines_of_the_log(a_run: ARun) -> None:
    run = a_run(1)
    broadcast = Broadcast(run.recording, lambda: 0)
    viewer = broadcast.join(1)
    take(viewer)
    run.say("你好", "*")
    broadcast.pump()
    lines = b",".join(run.recording.lines(1)).decode()
    assert viewer._frames.get_nowait() == f'{{"kind":"batch","now":0,"events":[{lines}]}}'


def test_a_slow_viewer_is_told_to_resync_and_the_others_miss_nothing(a_run: ARun) -> None:
    run = a_run(1)
    broadcast = Broadcast(run.recording, lambda: 0)
    slow, quick = broadcast.join(1), broadcast.join(1)
    got = take(quick)
    for _ in range(live.QUEUE_FRAMES + 5):
        run.say("new")
        broadcast.pump()
        got += take(quick)
    assert take(slow) == [{"kind": "resync"}]
    assert slow.over
    assert seqs(got, run, 1) == list(range(2, live.QUEUE_FRAMES + 7))
    assert broadcast.statistics.resyncs == 1
    assert broadcast.viewers == {quick}


@pytest.mark.usefixtures("small_chunks")
def test_a_run_quicker_than_the_memory_sends_viewers_to_the_log(a_run: ARun) -> None:
    run = a_run(1)
    broadcast = Broadcast(run.recording, lambda: 0)
    viewer = broadcast.join(1)
    take(viewer)
    run.say(*"twenty events in one tick")
    broadcast.pump()
    assert take(viewer) == [{"kind": "resync"}]
    again = broadcast.join(1)
    assert seqs(take(again), run, 1) == list(range(2, run.recording.last_seq + 1))


@pytest.mark.usefixtures("small_chunks")
def test_a_run_that_ends_across_two_chunks_needs_no_resync(a_run: ARun) -> None:
    run = a_run(4)
    broadcast = Broadcast(run.recording, lambda: 0)
    viewer = broadcast.join(4)
    take(viewer)
    run.say("fills the chunk", "begins the next")
    run.recording.close()
    broadcast.pump()
    batch, end = take(viewer)
    assert [event["seq"] for event in batch["events"]] == [5, 6]
    assert end == {"kind": "end"}


def test_end_in_a_full_queue_is_a_resync() -> None:
    viewer = Viewer()
    while not viewer._frames.full():
        viewer.put("frame")
    viewer.put(END, last=True)
    assert [viewer._frames.get_nowait()] == [RESYNC]
    assert viewer.over


async def frames_of(socket: ClientConnection) -> list[dict[str, Any]]:
    """Every frame until the server closes."""
    frames = []
    with suppress(ConnectionClosedError):  # any code but 1000
        async for frame in socket:
            frames.append(json.loads(frame))
    return frames


async def log_of(browser: httpx.AsyncClient, run: FakeRun, frames: list[dict[str, Any]], after: int) -> list[int]:
    """As `seqs`, with the chunks fetched as a browser does."""
    log, *rest = frames
    texts: list[str] = []
    for number, _, _ in log["chunks"]:
        answer = await browser.get(f"/api/runs/{run.id}/chunks/{number}")
        assert answer.headers["content-encoding"] == "gzip"
        texts += answer.text.splitlines()
    fetched = [json.loads(text)["seq"] for text in texts]
    followed = [event["seq"] for frame in rest if frame["kind"] == "batch" for event in frame["events"]]
    return [seq for seq in fetched if after < seq < log["tail"]] + followed


@pytest.mark.usefixtures("small_chunks")
def test_over_the_wire_every_viewer_gets_every_event_once_while_they_are_written(tmp_path: Path) -> None:
    async def scene() -> None:
        playground = FakePlayground(tmp_path)
        async with dashboard(playground) as served:
            run = await playground.fake_run()
            watching: dict[int, asyncio.Task[list[dict[str, Any]]]] = {}
            for after in range(12):
                socket = await connect(served.live(run.id, after), additional_headers=served.live_headers)
                watching[after] = asyncio.create_task(frames_of(socket))
                run.say("one", "two")
            await run.stop()
            async with served.browser() as browser:
                for after, task in watching.items():
                    assert await log_of(browser, run, await task, after) == list(range(after + 1, 26))

    asyncio.run(scene())


def test_over_the_wire_a_viewer_who_does_not_read_stalls_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BATCHES_PER_SECOND", 1000)
    events = 300  # of 100 kB: more than the buffers of both kernels' sockets and the viewer's queue hold

    async def scene() -> None:
        playground = FakePlayground(tmp_path)
        async with dashboard(playground) as served:
            run = await playground.fake_run()
            deaf = await connect(served.live(run.id, 1), additional_headers=served.live_headers, max_queue=1)
            async with connect(served.live(run.id, 1), additional_headers=served.live_headers) as reader:
                assert json.loads(await reader.recv())["kind"] == "log"
                for seq in range(2, events):
                    run.say("x" * 100_000)
                    batch = json.loads(await reader.recv())
                    assert [event["seq"] for event in batch["events"]] == [seq]
            kinds = [frame["kind"] for frame in await frames_of(deaf)]
            assert len(kinds) < events
            assert kinds[-1] == "resync"
            assert deaf.close_code == 1013

    asyncio.run(scene())


def test_an_unknown_run_closes_with_4404(tmp_path: Path) -> None:
    async def scene() -> None:
        async with dashboard(FakePlayground(tmp_path)) as served:
            async with connect(served.live("nobody"), additional_headers=served.live_headers) as socket:
                with pytest.raises(ConnectionClosed):
                    await socket.recv()
            assert socket.close_code == 4404

    asyncio.run(scene())


def test_without_the_token_the_upgrade_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        playground = FakePlayground(tmp_path)
        async with dashboard(playground) as served:
            run = await playground.fake_run()
            with pytest.raises(InvalidStatus) as refused:
                await connect(served.live(run.id))
            assert refused.value.response.status_code == 403

    asyncio.run(scene())


def test_when_the_dashboard_ends_its_viewers_and_runs_do(tmp_path: Path) -> None:
    async def scene() -> None:
        playground = FakePlayground(tmp_path)
        async with dashboard(playground) as served:
            run = await playground.fake_run()
            socket = await connect(served.live(run.id), additional_headers=served.live_headers)
            assert json.loads(await socket.recv())["kind"] == "log"
        assert playground.closed
        assert not run.live
        await frames_of(socket)
        assert socket.close_code == 1012  # "Service Restart", from uvicorn

    asyncio.run(scene())
