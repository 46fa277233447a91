"""A lesson many times in a row."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from engine.errors import BadParameter, PortTaken, UnknownRepeat
from engine.events import RunStarted
from engine.playground import Playground
from engine.recording import Recording
from engine.repeat import MOST_TIMES, Outcome
from tests.own_lessons import AFTER, PORT, play, until, write_lesson

TCP = {
    "server": """
        import socket
        PORT = 8001
        with socket.create_server(("127.0.0.1", PORT)) as server:
            conn, _ = server.accept()
            data = b"?"
            while data:
                data = conn.recv(1024)
    """,
    "client": """
        import socket
        PORT = 8001
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.sendall(b"hello")
    """,
}
UDP = """
    import socket
    a, b = socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 0))
    b.connect(a.getsockname())
    for size in (3, 0, 5):
        b.send(b"x" * size)
        a.recv(100)
"""


def write_tcp(tmp_path: Path) -> None:
    write_lesson(tmp_path / "lessons", "try", TCP, more=PORT, clients=AFTER)


def test_runs_follow_each_other_are_recorded_and_their_outcomes_counted(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {"PORT": free_port}, "", 5)
        await repeat.wait()
        assert (repeat.done, repeat.live, repeat.error) == (5, False, None)
        assert repeat.outcomes == {Outcome(process="server", stream="1>", receives=(5,)): repeat.runs}
        assert len(set(repeat.runs)) == 5
        for run in repeat.runs:
            first = here.recording(run).run_started()
            assert isinstance(first, RunStarted)
            assert first.parameters == {"PORT": free_port}

    write_tcp(tmp_path)
    play(tmp_path, story)


def test_datagrams_are_counted_each(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {}, "", 2)
        await repeat.wait()
        (outcome,) = repeat.outcomes
        assert (outcome.process, outcome.receives) == ("server", (3, 0, 5))

    write_lesson(tmp_path / "lessons", "try", {"server": UDP})
    play(tmp_path, story)


def test_runs_that_fail_are_counted_by_their_error(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {}, "", 3)
        await repeat.wait()
        assert repeat.outcomes == {Outcome(process="server", error="ZeroDivisionError"): repeat.runs}

    write_lesson(tmp_path / "lessons", "try", {"server": "1 / 0"})
    play(tmp_path, story)


def test_a_run_that_is_going_on_is_found_unless_it_is_one_of_a_repeat(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {"PORT": free_port}, "", MOST_TIMES)
        assert here.runs[repeat.runs[0]].live
        assert here.live_run("try") is None
        run = await here.start_run("try", {"PORT": free_port}, held=True)
        assert here.live_run("try") is run
        await run.stop()
        assert here.live_run("try") is None

    write_tcp(tmp_path)
    play(tmp_path, story)


def test_a_repeat_is_stopped_with_the_run_it_is_at(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {"PORT": free_port}, "", MOST_TIMES)
        await until(lambda: repeat.done >= 2)
        await repeat.stop()
        assert not repeat.live
        assert repeat.done < MOST_TIMES
        assert not any(run.live for run in here.runs.values())

    write_tcp(tmp_path)
    play(tmp_path, story)


def test_a_lesson_is_repeated_once_at_a_time_and_a_run_of_it_ends_that(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        first = await here.start_repeat("try", {"PORT": free_port}, "", MOST_TIMES)
        second = await here.start_repeat("try", {"PORT": free_port}, "", MOST_TIMES)
        assert (first.live, second.live) == (False, True)
        with pytest.raises(UnknownRepeat):
            here.repeat(first.id)
        run = await here.start_run("try", {"PORT": free_port})
        assert not second.live
        await run.wait()

    write_tcp(tmp_path)
    play(tmp_path, story)


def test_the_recordings_of_a_repeat_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(here: Playground) -> None:
        repeat = await here.start_repeat("try", {}, "", 6)
        await repeat.wait()
        assert all(isinstance(Recording.open(tmp_path / "data" / "runs" / run), Recording) for run in repeat.runs)

    monkeypatch.setattr("engine.recording.prune.__defaults__", (2, ()))
    monkeypatch.setattr("engine.playground.KEPT_RUNS", 1)
    write_lesson(tmp_path / "lessons", "try", {"server": ""})
    play(tmp_path, story)


def test_a_first_run_that_cannot_start_is_said_at_once_and_a_later_one_ends_the_repeat(
    tmp_path: Path, free_port: int
) -> None:
    async def story(here: Playground) -> None:
        with socket.create_server(("127.0.0.1", free_port)), pytest.raises(PortTaken):
            await here.start_repeat("try", {"PORT": free_port}, "", 3)
        repeat = await here.start_repeat("try", {"PORT": free_port}, "", MOST_TIMES)
        await until(lambda: repeat.done >= 1)
        monkey = pytest.MonkeyPatch()
        monkey.setattr("engine.playground.is_free", lambda port: False)
        await repeat.wait()
        monkey.undo()
        assert isinstance(repeat.error, PortTaken)
        assert repeat.done < MOST_TIMES

    write_tcp(tmp_path)
    play(tmp_path, story)


@pytest.mark.parametrize("times", [0, MOST_TIMES + 1])
def test_how_often_is_bounded(tmp_path: Path, times: int) -> None:
    with pytest.raises(BadParameter) as caught:
        asyncio.run(Playground(tmp_path).start_repeat("sticky", {}, "", times))
    assert caught.value.field == "times"
