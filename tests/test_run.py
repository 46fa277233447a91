"""Whole runs: real programs, from start to nothing left."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BadParameter, CannotRecord, PortTaken
from engine.events import AnyEvent, CallReturned, FindingMade, ProcessExited, ProcessOutput, ProcessStarted, RunEnded
from engine.events import decoder as decoder
from engine.pipeline import Pipeline
from engine.playground import Playground
from engine.process import Supervisor
from engine.recording import Recording
from engine.run import Run
from tests.own_lessons import AFTER, play_once, until, write_lesson
from tests.test_explain import assert_order_per_byte


@asynccontextmanager
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    here = Playground(tmp_path)
    try:
        yield here
    finally:
        await here.close()


def events_of(recording: Recording) -> list[AnyEvent]:
    return [decoder.decode(line) for line in recording.lines()]


def pids(events: list[AnyEvent]) -> list[int]:
    return [event.pid for event in events if isinstance(event, ProcessStarted)]


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def run(tmp_path: Path, story: Callable[[Playground], Awaitable[None]]) -> None:
    async def tell() -> None:
        async with playground(tmp_path) as here:
            await story(here)

    asyncio.run(tell())


def test_sticky_ends_on_one_recv_that_holds_both_messages(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        started = await here.start_run("sticky", {"PORT": free_port})
        await started.wait()
        events = events_of(started.recording)
        receives = [it for it in events if isinstance(it, CallReturned) and it.moved == "received" and it.count]
        assert [(it.start, it.end, it.data) for it in receives] == [(0, 15, b"good morningsir")]
        assert [it.kind for it in events if isinstance(it, FindingMade)] == ["sticky"]
        assert [(it.process, it.code) for it in events if isinstance(it, ProcessExited)] == [
            ("client", 0),
            ("server", 0),
        ]
        assert "good morningsir" in "".join(it.text for it in events if isinstance(it, ProcessOutput))

    run(tmp_path, story)


def test_a_print_stands_between_the_calls_it_was_made_between(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        started = await here.start_run("sticky", {"PORT": free_port})
        await started.wait()
        told = [
            it.text if isinstance(it, ProcessOutput) else it.count
            for it in events_of(started.recording)
            if isinstance(it, ProcessOutput) or (isinstance(it, CallReturned) and it.op == "recv")
        ]
        assert told == [15, "recv: b'good morningsir'\n", 0, "recv: b''\n"]

    run(tmp_path, story)


@pytest.mark.parametrize("recv_size", [1, 4, 1024])
def test_the_log_is_in_order_for_every_byte(recv_size: int, tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        messages = ["x" * size for size in (1, 40, 300, 7, 1000, 2)]
        values = {"PORT": free_port, "MESSAGES": messages, "RECV_SIZE": recv_size, "READ_DELAY": 0}
        started = await here.start_run("sticky", values)
        await started.wait()
        events = events_of(started.recording)
        end = events[-1]
        assert isinstance(end, RunEnded)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert_order_per_byte(list(events))
        if not end.late:
            assert [event.t for event in events] == sorted(event.t for event in events)
        for moved in ("sent", "received"):
            ranges = [(it.start, it.end) for it in events if isinstance(it, CallReturned) and it.moved == moved]
            assert ranges[0][0] == 0
            assert all(first[1] == second[0] for first, second in pairwise(ranges))
            assert ranges[-1][1] == 1350

    run(tmp_path, story)


def test_ten_runs_in_a_row_each_stopped_in_the_middle(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        for _ in range(10):
            started = await here.start_run("sticky", {"PORT": free_port, "READ_DELAY": 10})
            await until(lambda at=started: any(b'"accept"' in line for line in at.recording.tail))  # type: ignore[misc]
            await started.stop()
            await started.wait()
            events = events_of(started.recording)
            end = events[-1]
            assert isinstance(end, RunEnded)
            assert end.why == "stopped"
            assert all(gone(pid) for pid in pids(events))

    run(tmp_path, story)


def test_running_again_stops_the_run_before(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        first = await here.start_run("hello", {"PORT": free_port})
        second = await here.start_run("hello", {"PORT": free_port})
        assert (first.live, second.live) == (False, True)

    run(tmp_path, story)


def test_nothing_of_a_run_is_left_on_disk_but_its_recording(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, shared = tmp_path / "scratch", tmp_path / "shared"
    scratch.mkdir()
    shared.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr("engine.folders.SHARED_MEMORY", shared)

    async def story(here: Playground) -> None:
        started = await here.start_run("sticky", {"PORT": free_port, "READ_DELAY": 0})
        assert len(list(scratch.iterdir())) == len(list(shared.iterdir())) == 1
        await started.wait()
        assert [*scratch.iterdir(), *shared.iterdir()] == []

    run(tmp_path / "data", story)


def test_a_taken_port_is_said_and_a_free_one_offered(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        with socket.create_server(("127.0.0.1", free_port)), pytest.raises(PortTaken) as caught:
            await here.start_run("sticky", {"PORT": free_port})
        offered = caught.value.arguments["free"]
        started = await here.start_run("sticky", {"PORT": offered, "READ_DELAY": 0})
        await started.wait()

    run(tmp_path, story)


def test_a_bad_value_names_its_field(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        with pytest.raises(BadParameter) as caught:
            await here.start_run("sticky", {"RECV_SIZE": 0})
        assert caught.value.field == "RECV_SIZE"

    run(tmp_path, story)


CRASHING = {"server": "print('here', flush=True)\n1 / 0\n", "client": "print('never')\n"}


def test_a_program_that_crashes_ends_the_run_with_its_traceback(tmp_path: Path) -> None:
    write_lesson(tmp_path / "lessons", "crash", CRASHING, clients=AFTER)
    events = play_once(tmp_path, "crash")
    errors = "".join(it.text for it in events if isinstance(it, ProcessOutput) and it.stream == "stderr")
    assert "ZeroDivisionError" in errors
    assert "probe" not in errors
    assert [it.code for it in events if isinstance(it, ProcessExited)] == [1]


ENGINE = """
import asyncio, sys
from pathlib import Path
from engine.pipeline import Pipeline
from engine.playground import Playground

async def main():
    here = Playground(Path(sys.argv[1]))
    run = await here.start_run("sticky", {"PORT": int(sys.argv[2]), "READ_DELAY": 10})
    while not any(b'"sendall"' in line for line in run.recording.tail):
        await asyncio.sleep(0.01)
    print(run.id, flush=True)
    await run.wait()

asyncio.run(main())
"""


@pytest.fixture
def engine(tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[str]]:
    """An engine in the middle of a run, as a process of its own."""
    command = [sys.executable, "-c", ENGINE, str(tmp_path), str(free_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_when_the_engine_is_killed_its_processes_go_and_the_recording_opens(
    engine: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert engine.stdout is not None
    run_id = engine.stdout.readline().strip()
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    recording = Recording.open(tmp_path / "runs" / run_id)
    events = events_of(recording)
    assert any(isinstance(event, CallReturned) and event.op == "sendall" for event in events)
    asyncio.run(until(lambda: all(gone(pid) for pid in pids(events)), seconds=3))


def test_a_run_is_over_when_the_last_process_is(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        started: Run = await here.start_run("sticky", {"PORT": free_port, "READ_DELAY": 0})
        await asyncio.wait_for(started.wait(), 10)
        assert not started.live
        assert started.recording.closed

    run(tmp_path, story)


def test_a_mistake_in_the_pipeline_ends_the_run_and_its_processes(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(here: Playground) -> None:
        started = await here.start_run("hello", {"PORT": free_port})
        await until(lambda: any(b'"accept"' in line for line in started.recording.tail))
        monkeypatch.setattr(Pipeline, "pump", broken)
        await asyncio.wait_for(started.wait(), 10)
        assert started.recording.closed
        assert all(gone(pid) for pid in pids(events_of(started.recording)))

    def broken(self: Pipeline, now: int) -> bool:
        raise RuntimeError("planted")

    run(tmp_path, story)


def test_a_full_disk_ends_the_run_and_its_last_event_says_so(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        started = await here.start_run("hello", {"PORT": free_port})
        recording = started.recording
        await until(lambda: any(b'"accept"' in line for line in recording.tail))
        assert recording._file is not None
        recording._file.close()
        recording._file = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb")
        socket.create_connection(("127.0.0.1", free_port)).close()
        await asyncio.wait_for(started.wait(), 10)
        assert recording.closed
        assert not started.live
        assert all(gone(pid) for pid in pids(events_of(recording)))
        end = events_of(recording)[-1]
        assert isinstance(end, RunEnded)
        assert end.why == "failed"
        assert end.caption is not None
        assert end.caption.args == {"reason": os.strerror(errno.ENOSPC)}

    run(tmp_path, story)


def test_a_folder_that_takes_no_recordings_is_said_and_nothing_stays_behind(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(here: Playground) -> None:
        (data / "runs").rmdir()
        (data / "runs").touch()
        with pytest.raises(CannotRecord):
            await here.start_run("hello", {"PORT": free_port})
        assert list(scratch.iterdir()) == []

    data, scratch = tmp_path / "data", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr("engine.folders.SHARED_MEMORY", scratch)
    run(data, story)
    with pytest.raises(CannotRecord):
        Playground(data / "runs")


def test_a_start_that_is_given_up_while_a_program_is_starting_leaves_nothing(
    tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Supervisor._send
    mistakes: list[dict[str, Any]] = []

    async def story(here: Playground) -> None:
        async def send_and_give_up(self: Supervisor, command: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
            await send(self, command, fds)
            if command["do"] == "spawn":
                starting.cancel()

        monkeypatch.setattr(Supervisor, "_send", send_and_give_up)
        asyncio.get_running_loop().set_exception_handler(lambda _, mistake: mistakes.append(mistake))
        starting = asyncio.create_task(here.start_run("sticky", {"PORT": free_port}))
        with pytest.raises(asyncio.CancelledError):
            await starting
        (recording,) = [here.recording(folder.name) for folder in (tmp_path / "runs").iterdir()]
        assert isinstance(events_of(recording)[-1], RunEnded)

    run(tmp_path, story)
    assert mistakes == []


def test_the_conclusion_names_a_program_that_failed(tmp_path: Path) -> None:
    write_lesson(tmp_path / "lessons", "crash", CRASHING, clients=AFTER)
    end = play_once(tmp_path, "crash")[-1]
    assert end.caption is not None
    assert (end.caption.key, end.caption.args["who"]) == ("caption.conclusion.crashed", "server")
