"""Lessons as the engine runs them: the point of each is in its events, and answers its question."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.events import (
    CallReturned,
    FindingMade,
    PredictionAnswered,
    ProcessExited,
    ProcessOutput,
    RunEnded,
    SegmentCaptured,
)
from engine.lesson import SCENARIOS, load_lessons
from engine.playground import Playground
from engine.run import Run
from tests.own_lessons import events, of_type, play, printed, until, until_printed
from tests.test_scenarios import TIMEOUT, wait_until_reachable

SHELF = load_lessons([SCENARIOS])
Captions = list[tuple[str, dict[str, str | int]]]


def captions(run: Run) -> Captions:
    return [(it.caption.key, it.caption.args) for it in events(run) if it.caption is not None]


def told(run: Run, key: str) -> list[dict[str, str | int]]:
    return [args for known, args in captions(run) if known == key]


def is_prompted(run: Run, times: int) -> bool:
    return printed(run, "client").count("> ") == times


def answers(run: Run) -> list[str | int]:
    return [it.value for it in of_type(run, PredictionAnswered)]


def is_measured(run: Run) -> bool:
    started = run.recording.run_started()
    return started is not None and started.segments == "measured"


def run_to_end(tmp_path: Path, lesson: str, check: Callable[[Run], None], variant: str = "", **values: object) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run(lesson, values, variant)
        await asyncio.wait_for(run.wait(), 2 * TIMEOUT)
        check(run)

    play(tmp_path, story)


@contextlib.contextmanager
def by_themselves(
    lesson: str, folder: Path, port: int, variant: str = "", clients: int = 1, **values: object
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The programs as `python server.py` in one terminal and `python client.py` in others."""
    with contextlib.ExitStack() as stack:
        processes: dict[str, subprocess.Popen[str]] = {}
        for program in SHELF.lessons[lesson].render({"PORT": port, **values}, variant):
            (folder / program.file).write_text(program.text, encoding="utf-8")
            for number in range(1, clients + 1 if program.name == "client" else 2):
                pipe = subprocess.PIPE
                process = subprocess.Popen(
                    [sys.executable, "-u", program.file], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe,
                    text=True, encoding="utf-8",
                )  # fmt: skip
                stack.enter_context(process)
                stack.callback(process.kill)
                processes[program.name if number == 1 else f"{program.name}-{number}"] = process
            if program.name == "server":
                wait_until_reachable(port, "tcp")
        yield processes


def say(process: subprocess.Popen[str], *lines: str) -> str:
    """Types lines into a program; what it printed until it ended."""
    return process.communicate("".join(f"{line}\n" for line in lines), timeout=TIMEOUT)[0]


# dialogue


def test_the_uncle_answers_every_line_and_mishears_one_character_of_it(free_port: int, tmp_path: Path) -> None:
    with by_themselves("dialogue", tmp_path, free_port, FILLER="[what]", GREETING="hi") as processes:
        text = say(processes["client"], "aab", "是", "q")
    greeting, *lines = text.replace("> ", "").splitlines()
    assert greeting == "hi"
    assert lines[0] in ("[what][what]b", "aa[what]")
    assert lines[1] == "[what]"


def test_the_checked_client_asks_again_for_an_empty_line(free_port: int, tmp_path: Path) -> None:
    with by_themselves("dialogue", tmp_path, free_port, "fixed") as processes:
        assert "(say something)" in say(processes["client"], "", "Q")


def test_a_dialogue_ends_with_the_input(free_port: int, tmp_path: Path) -> None:
    with by_themselves("dialogue", tmp_path, free_port) as processes:
        say(processes["client"])
        assert processes["client"].returncode == 0
        assert processes["server"].poll() is None


def dialogue(tmp_path: Path, port: int, story: Callable[[Playground, Run], Awaitable[None]], **values: object) -> None:
    async def tell(here: Playground) -> None:
        run = await here.start_run("dialogue", {"PORT": port, "GREETING": "hi", **values})
        await until_printed(run, "client", "hi\n> ")
        await story(here, run)

    play(tmp_path, tell)


def test_an_empty_line_makes_both_wait_for_each_other(free_port: int, tmp_path: Path) -> None:
    async def story(here: Playground, run: Run) -> None:
        run.write("client", "\n")
        await until(lambda: told(run, "caption.recv.blocked_both"))
        assert told(run, "caption.send.nothing") == [{"who": "client", "call": "sendall", "n": 0}]
        (args,) = told(run, "caption.recv.blocked_both")
        assert {args["who"], args["whom"]} == {"client", "server"}

    dialogue(tmp_path, free_port, story)


def test_a_line_that_is_answered_leaves_nobody_waiting_for_nothing(free_port: int, tmp_path: Path) -> None:
    async def story(here: Playground, run: Run) -> None:
        for number in range(1, 4):
            run.write("client", "你好\n")
            await until(partial(is_prompted, run, number + 1))
        run.write("client", "q\n")
        await until(lambda: of_type(run, ProcessExited))
        assert told(run, "caption.recv.blocked_both") == []

    dialogue(tmp_path, free_port, story)


def test_a_second_client_is_connected_and_waits_in_the_backlog(free_port: int, tmp_path: Path) -> None:
    async def story(here: Playground, run: Run) -> None:
        assert await run.add("client") == "client-2"
        await until(lambda: told(run, "caption.recv.blocked_backlog"))
        assert told(run, "caption.recv.blocked_backlog")[0]["who"] == "client-2"
        assert answers(run) == []
        run.write("client", "你好\nq\n")
        await until_printed(run, "client-2", "hi")
        (args,) = told(run, "caption.accept.waiting")
        assert args["whom"] == "client-2"
        assert answers(run) == [len("你好".encode())]

    dialogue(tmp_path, free_port, story)


# blocking


def test_a_parked_server_takes_no_processor_time(free_port: int, tmp_path: Path) -> None:
    with by_themselves("blocking", tmp_path, free_port, CONNECT_AFTER=0.5, SEND_AFTER=0.5) as processes:
        accept, recv = processes["server"].communicate(timeout=TIMEOUT)[0].splitlines()
    assert accept.endswith(" and 0.0 s of CPU")
    assert recv.endswith(" and 0.0 s of CPU")


def test_what_woke_accept_and_recv(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        (accept,), (recv,) = told(run, "caption.accept.woken"), told(run, "caption.recv.woken")
        assert int(accept["waited_ns"]) > 600_000_000
        assert int(recv["waited_ns"]) > 600_000_000
        assert answers(run) == ["100"]

    run_to_end(tmp_path, "blocking", check, PORT=free_port, CONNECT_AFTER=0.7, SEND_AFTER=0.7)


def test_the_end_of_the_stream_wakes_recv_too(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        (recv,) = [it for it in of_type(run, CallReturned) if it.op == "recv"]
        assert recv.eof
        assert recv.t - recv.began > 300_000_000

    run_to_end(tmp_path, "blocking", check, PORT=free_port, CONNECT_AFTER=0.0, SEND_AFTER=0.4, SEND=False)


# goodbye


@pytest.mark.parametrize(("variant", "error"), [("broken", "Address already in use"), ("fixed", "")])
def test_a_server_that_is_started_again(variant: str, error: str, free_port: int, tmp_path: Path) -> None:
    with by_themselves("goodbye", tmp_path, free_port, variant, FORGET=0.2, AGAIN_AFTER=1.5) as processes:
        out = {name: process.communicate(timeout=TIMEOUT) for name, process in processes.items()}
    assert out["client"][0] == "recv: b'goodbye'\n"
    assert out["server"][0] == "recv: b'one thing more'\n"
    assert error in out["again"][1]
    assert (out["again"][0] == "listening again\n") is (variant == "fixed")


def test_a_goodbye_in_full(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        (close,) = told(run, "caption.close.forgotten")
        assert close["who"] == "client"
        assert answers(run) == ["OSError"]
        if not is_measured(run):
            return
        fins = [it.sender for it in of_type(run, SegmentCaptured) if "FIN" in it.flags]
        assert fins == ["server", "client"]
        assert [args["who"] for args in told(run, "caption.segment.time_wait")] == ["server"]
        (bind,) = told(run, "caption.failed.time_wait")
        assert bind["who"] == "again"

    for _ in range(2):  # it can be run again at once
        run_to_end(tmp_path, "goodbye", check, PORT=free_port, AGAIN_AFTER=1.5)


def test_reuseaddr_is_all_it_takes(free_port: int, tmp_path: Path) -> None:
    run_to_end(tmp_path, "goodbye", lambda run: assert_answer(run, "none"), "fixed", PORT=free_port, AGAIN_AFTER=1.5)


def assert_answer(run: Run, value: str | int) -> None:
    assert answers(run) == [value]


# backlog


def test_clients_nobody_accepts_connect_and_send(free_port: int, tmp_path: Path) -> None:
    with by_themselves("backlog", tmp_path, free_port, clients=4) as processes:
        texts = [it.communicate(timeout=TIMEOUT)[0] for name, it in processes.items() if name != "server"]
    early = [text for text in texts if text.startswith("connected after 0.")]
    assert len(early) == 2  # Linux lets one more in than listen says
    assert all(text.endswith("recv: b'welcome'\n") for text in texts)


def test_the_backlog_in_the_log(free_port: int, tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("backlog", {"PORT": free_port, "DELAY": 1.5})
        await until(lambda: len([it for it in of_type(run, ProcessExited) if it.code == 0]) == 4)
        assert answers(run) == [2]
        full = told(run, "caption.connect.blocked_backlog")
        assert [args["n"] for args in full] == [2, 2]
        assert {args["whom"] for args in full} == {"server"}
        waited = [int(args["waited_ns"]) for args in told(run, "caption.accept.waiting")]
        assert len([it for it in waited if it > 100_000_000]) == 2
        if is_measured(run):
            again = told(run, "caption.segment.syn_again")
            assert {args["who"] for args in again} == {args["who"] for args in full}
            assert all(int(args["waited_ns"]) > 900_000_000 for args in again)

    play(tmp_path, story)


def test_a_listener_that_closes_resets_who_waits(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        texts = [it.text for it in of_type(run, ProcessOutput)]
        assert sum("ConnectionResetError" in text for text in texts) == 2
        assert of_type(run, RunEnded)[0].why == "finished"

    run_to_end(tmp_path, "backlog", check, PORT=free_port, ACCEPT=False, CLIENTS=2)


# nagle-and-delayed-ack


def request_times(text: str) -> list[float]:
    return [float(line.split()[2]) for line in text.splitlines()]


def test_two_writes_wait_for_a_delayed_ack(free_port: int, tmp_path: Path) -> None:
    with by_themselves("nagle-and-delayed-ack", tmp_path, free_port) as processes:
        times = request_times(processes["client"].communicate(timeout=TIMEOUT)[0])
    assert len(times) == 5
    assert all(ms >= 38 for ms in times[2:])


@pytest.mark.parametrize(("variant", "values"), [("one-write", {}), ("", {"NODELAY": True}), ("", {"QUICKACK": True})])
def test_each_remedy_takes_the_wait_away(variant: str, values: dict[str, Any], free_port: int, tmp_path: Path) -> None:
    with by_themselves("nagle-and-delayed-ack", tmp_path, free_port, variant, REQUESTS=20, **values) as processes:
        times = request_times(processes["client"].communicate(timeout=TIMEOUT)[0])
    assert sorted(times)[len(times) // 2] < 30


def test_who_waited_for_whom(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        assert answers(run) == ["10"]
        if not is_measured(run):
            return
        acks, data = told(run, "caption.segment.ack_late"), told(run, "caption.segment.data_late")
        assert {args["who"] for args in acks} == {"server"}
        assert {(args["who"], args["n"]) for args in data} == {("client", 32)}
        assert len(data) >= 3
        assert all(int(args["waited_ns"]) > 30_000_000 for args in acks + data)

    run_to_end(tmp_path, "nagle-and-delayed-ack", check, PORT=free_port)


def test_without_nagle_nothing_is_late(free_port: int, tmp_path: Path) -> None:
    def check(run: Run) -> None:
        assert answers(run) == ["0"]
        assert told(run, "caption.segment.data_late") == []

    run_to_end(tmp_path, "nagle-and-delayed-ack", check, PORT=free_port, NODELAY=True)


# the questions of the other lessons


@pytest.mark.parametrize(
    ("lesson", "values", "answer"),
    [
        ("sticky", {}, 15),
        ("tcp-and-udp", {}, 1),
        ("udp-limits", {}, 4),
        ("split", {}, "UnicodeDecodeError"),
        ("split", {"FIXED": True}, "none"),
        ("partial-send", {}, "BlockingIOError"),
        ("partial-send", {"BLOCKING": True}, "none"),
        ("reset", {}, "ConnectionResetError"),
        ("reset", {"UNREAD": False}, "eof"),
    ],
)
def test_the_run_answers_the_question(
    lesson: str, values: dict[str, Any], answer: str | int, free_port: int, tmp_path: Path
) -> None:
    run_to_end(tmp_path, lesson, lambda run: assert_answer(run, answer), PORT=free_port, **values)


def test_a_small_recv_resets_hello(free_port: int, tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("hello", {"PORT": free_port, "RECV_SIZE": 5})
        await until(lambda: [it for it in of_type(run, FindingMade) if it.kind == "reset"])
        assert answers(run) == [5]

    play(tmp_path, story)
