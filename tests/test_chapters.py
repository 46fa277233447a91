"""The promises of the lessons of chapters 1, 3, 4 and 5, held against the events of whole runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from engine.events import (
    READ,
    WRITE,
    AnyEvent,
    CallReturned,
    FindingMade,
    PredictionAnswered,
    ProcessExited,
    ProcessOutput,
    RunEnded,
    WatchChanged,
    decoder,
)
from engine.playground import Playground
from engine.run import Run
from tests.own_lessons import until
from tests.test_run import events_of, playground

Act = Callable[[Run], Awaitable[None]]


def played(
    tmp_path: Path, port: int, lesson: str, variant: str = "", act: Act | None = None, **values: object
) -> list[AnyEvent]:
    """The log of a run that was stopped when its clients, if they do not stay, had ended."""

    async def play(here: Playground) -> list[AnyEvent]:
        run = await here.start_run(lesson, {"PORT": port, **values}, variant)
        await (act or clients_gone)(run)
        await run.stop()
        await run.wait()
        return events_of(run.recording)

    async def tell() -> list[AnyEvent]:
        async with playground(tmp_path) as here:
            return await play(here)

    return asyncio.run(tell())


async def clients_gone(run: Run) -> None:
    """A server that ends by itself is given the time for it."""
    serves_for_ever = any("while True:\n    conn, address = server.accept()" in it.text for it in run.programs)
    if not serves_for_ever:
        serves_for_ever = any("while True:" in it.text and "select" in it.text for it in run.programs)
    clients = {it.name for it in run.programs if it.role == "client"}
    await until(lambda: not run.live or (serves_for_ever and clients <= exited(run)), 30)


def exited(run: Run) -> set[str]:
    lines = [line for line in run.recording.lines() if b'"process.exited"' in line]
    events = [decoder.decode(line) for line in lines]
    return {event.process for event in events if isinstance(event, ProcessExited)}


def printed(run: Run, process: str, text: str) -> bool:
    lines = [decoder.decode(line) for line in run.recording.lines() if b'"process.output"' in line]
    return text in said(lines, process)


def said(events: list[AnyEvent], process: str) -> str:
    return "".join(it.text for it in events if isinstance(it, ProcessOutput) and it.process == process)


def receives(events: list[AnyEvent], process: str) -> list[bytes]:
    """The first bytes of what each receive returned."""
    calls = [it for it in events if isinstance(it, CallReturned) and it.process == process and it.moved == "received"]
    return [it.data or b"" for it in calls if it.error is None]


def sent(events: list[AnyEvent], process: str) -> list[bytes]:
    calls = [it for it in events if isinstance(it, CallReturned) and it.process == process and it.moved == "sent"]
    return [it.data or b"" for it in calls]


def waits(events: list[AnyEvent], process: str) -> list[CallReturned]:
    return [it for it in events if isinstance(it, CallReturned) and it.process == process and it.ready is not None]


def error_of(events: list[AnyEvent], process: str) -> str | None:
    [error] = [it.error for it in events if isinstance(it, ProcessExited) and it.process == process]
    return error


def errors(events: list[AnyEvent], process: str) -> Counter[tuple[str, str | None]]:
    calls = [it for it in events if isinstance(it, CallReturned) and it.process == process and it.error]
    return Counter((it.op, it.errno) for it in calls)


ANSWERS = [
    ("upload", "broken", 1024),
    ("upload", "fixed", 4),
    ("login", "broken", "welcome"),
    ("login", "fixed", "go away"),
    ("length-text", "broken", "ValueError"),
    ("length-text", "fixed", "none"),
    ("length-struct", "broken", 2),
    ("length-struct", "fixed", 2),
    ("framing-compared", "none", 1),
    ("framing-compared", "delimiter", 1),
    ("framing-compared", "fixed", 3),
    ("framing-compared", "length", 6),
    ("non-blocking", "broken", "BlockingIOError"),
    ("non-blocking", "fixed", "BlockingIOError"),
    ("many-requests", "one-thread", "BlockingIOError"),
    ("many-requests", "threads", "BlockingIOError"),
    ("level-and-edge", "level", 4),
    ("level-and-edge", "edge", 3),
    ("level-and-edge", "edge-drained", 4),
    ("not-only-sockets", "", "PermissionError"),
    ("select-poll-epoll", "", "ValueError"),
]


@pytest.mark.parametrize(("lesson", "variant", "answer"), ANSWERS, ids=str)
def test_the_prediction_is_answered(
    lesson: str, variant: str, answer: str | int, tmp_path: Path, free_port: int
) -> None:
    events = played(tmp_path, free_port, lesson, variant)
    assert [it.value for it in events if isinstance(it, PredictionAnswered)] == [answer]


def test_the_header_and_the_file_arrive_together(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "upload", "broken")
    [first] = receives(events, "server")
    assert first.startswith(b"notes.txt-5000hello, world. ")
    sticky = next(it for it in events if isinstance(it, FindingMade) and it.kind == "sticky")
    assert (sticky.start, sticky.end, sticky.cuts) == (0, 1024, [len(b"notes.txt-5000")])
    assert (error_of(events, "server") or "").startswith("ValueError: invalid literal for int()")


def test_a_framed_upload_counts_every_byte(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "upload", "fixed")
    counts = [it.count or 0 for it in events if isinstance(it, CallReturned) and it.moved == "received"]
    header = len(b'{"name": "notes.txt", "size": 5000}')
    assert sum(counts) == 4 + header + 5000 + len(b"++")
    assert said(events, "client") == "accepted\n"


def test_a_short_file_is_reported(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "upload", "fixed", DIE_AFTER=2000)
    assert said(events, "server").endswith("refused: short: 2048 of 5000 bytes\n")


@pytest.mark.parametrize(("variant", "thief"), [("broken", b"welcome"), ("fixed", b'"go away"\n')])
def test_a_recorded_login(variant: str, thief: bytes, tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "login", variant)
    first, second = sent(events, "client")
    assert first == second
    assert b"hunter2" not in first
    answers = receives(events, "client")
    assert (len(answers), answers[1].strip(b'"\n'), answers[3]) == (4, b"welcome", thief)


def test_the_newline_of_a_line_keeps_alice_out(tmp_path: Path, free_port: int) -> None:
    values: dict[str, Any] = {"USER": "alice", "PASSWORD": "rabbit", "REPLAY": False}
    assert receives(played(tmp_path, free_port, "login", "broken", **values), "client")[1] == b"go away"
    events = played(tmp_path / "again", free_port, "login", "fixed", **values)
    assert receives(events, "client")[1] == b'"welcome"\n'


def test_a_short_length_takes_bytes_of_the_message(tmp_path: Path, free_port: int) -> None:
    assert receives(played(tmp_path, free_port, "length-text", "broken"), "server") == [b"12go"]


def test_a_lying_header_swallows_the_next_one(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "length-struct", "broken", LIE=5, HEADER_IN_TWO=False)
    assert sent(events, "client")[0] == (17).to_bytes(4, "little") + b"good morning"
    taken = b"".join(receives(events, "server"))[4:21]
    assert taken == b"good morning" + (6).to_bytes(4, "little") + "先".encode()[:1]


def test_a_signed_length_can_be_negative(tmp_path: Path, free_port: int) -> None:
    async def garbled(run: Run) -> None:
        await until(lambda: printed(run, "server", "-8 bytes: b''\nheader: b'good'\n"))

    events = played(tmp_path, free_port, "length-struct", "broken", garbled, LIE=-20, HEADER_IN_TWO=False)
    assert receives(events, "server")[0] == (-8).to_bytes(4, "little", signed=True)


def test_half_a_message_makes_the_broken_reader_spin_until_it_is_stopped(tmp_path: Path, free_port: int) -> None:
    async def spinning(run: Run) -> None:
        await until(lambda: sum(b'"eof":true' in line for line in run.recording.lines()) > 100)

    events = played(tmp_path, free_port, "length-struct", "broken", spinning, HALF=True, HEADER_IN_TWO=False)
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert end.why == "stopped"
    events = played(tmp_path / "again", free_port, "length-struct", "fixed", HALF=True)
    assert said(events, "server").endswith("no message: ended after 3 of 6 bytes\n")


def test_messages_and_files_are_typed(tmp_path: Path, free_port: int) -> None:
    async def typed(run: Run) -> None:
        await until(lambda: printed(run, "client", "sample.txt\n"))
        run.write("client", "msg|你好\nfile|sample.txt\nfile|nothing\nmsg\n")
        await until(lambda: printed(run, "client", "write msg|text"))
        run.write("client", "close\n")
        await until(lambda: not run.live)

    events = played(tmp_path, free_port, "messages-and-files", "", typed, PAUSE=0.0)
    assert [it.value for it in events if isinstance(it, PredictionAnswered)] == [len("你好".encode())]
    assert sent(events, "client")[:2] == [b'\0\0\0\x0f{"type": "msg"}', b"\0\0\0\x06" + "你好".encode()]
    lines = said(events, "server").splitlines()
    assert (lines[0], lines[-2:]) == ("msg: 你好", ["file: sample.txt 5000 bytes", "the client says goodbye"])


def test_a_busy_wait_calls_for_nothing(tmp_path: Path, free_port: int) -> None:
    broken = errors(played(tmp_path, free_port, "non-blocking", "broken"), "server")
    assert broken["accept", "EAGAIN"] == 1
    assert broken["recv", "EAGAIN"] > 100
    events = played(tmp_path / "again", free_port, "non-blocking", "fixed")
    assert errors(events, "server") == {("accept", "EAGAIN"): 1}
    assert errors(events, "client") == {("connect", "EINPROGRESS"): 1}


@pytest.mark.parametrize("variant", ["select", "poll", "epoll", "selectors"])
def test_each_ready_descriptor_gets_one_call(variant: str, tmp_path: Path, free_port: int) -> None:
    async def served(run: Run) -> None:
        clients = ("client", "client-2", "client-3")
        await until(lambda: all(printed(run, client, "HELLO") for client in clients))
        run.write("client-2", "你好\n")
        await until(lambda: printed(run, "client-2", "你好"))
        run.write("client-2", "q\n")
        await until(lambda: "client-2" in exited(run))
        await until(lambda: any(b'"watch.changed"' in it and b'"removed"' in it for it in run.recording.lines()))

    events = played(tmp_path, free_port, "select-server", variant, served)
    [answer] = [it.value for it in events if isinstance(it, PredictionAnswered)]
    assert answer == 1
    last = min(it.seq for it in events if isinstance(it, CallReturned) and it.process == "server" and it.eof)
    handled = sum(len(wait.ready or []) for wait in waits(events[:last], "server"))
    accepts = [it for it in events if isinstance(it, CallReturned) and it.op == "accept" and it.error is None]
    assert len(accepts) == 3
    assert handled == len(accepts) + len(receives(events[:last], "server"))
    changes = [it for it in events if isinstance(it, WatchChanged) and it.process == "server"]
    assert max(it.count for it in changes) == 4
    gone = next(it for it in changes if it.removed)
    assert (len(gone.removed), gone.count) == (1, 3)


@pytest.mark.parametrize(
    ("variant", "error"),
    [("select", "ValueError"), ("poll", "OSError: [Errno 9]"), ("epoll", None), ("selectors", "KeyError")],
)
def test_what_comes_of_a_closed_connection_in_the_list(
    variant: str, error: str | None, tmp_path: Path, free_port: int
) -> None:
    async def two_in_turn(run: Run) -> None:
        await until(lambda: "client" in exited(run))
        await until(lambda: not run.live or any(b'"eof":true' in line for line in run.recording.lines()))
        if variant in ("epoll", "selectors"):
            await run.add("client")
            await until(lambda: not run.live or (variant == "epoll" and "client-2" in exited(run)))

    values: dict[str, Any] = {"FORGET": True, "STAY": False, "CLIENTS": 1}
    events = played(tmp_path, free_port, "select-server", variant, two_in_turn, **values)
    ended = error_of(events, "server")
    assert (ended or "").startswith(error or "")
    assert (ended is None) == (error is None)


def test_a_sleeping_handler_holds_up_everybody(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "many-requests", "one-thread", SLEEP=0.5)
    refused = [wait for wait in waits(events, "client") if any(mask == READ | WRITE for _, mask in wait.ready or [])]
    assert len(refused) == 1
    assert refused[0].watched == 5
    answers = [it.t for it in events if isinstance(it, CallReturned) and it.process == "client" and it.count]
    answers = answers[len(sent(events, "client")) :]
    assert len(answers) == 4
    assert answers[1] - answers[0] > 400_000_000


def test_the_cost_of_a_wait_is_measured_up_to_the_limit_of_select(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "select-poll-epoll", CONNECTIONS=600, REPEATS=3)
    asked: dict[str, set[int]] = {}
    for wait in waits(events, "measure"):
        asked.setdefault(wait.op, set()).add(wait.watched or 0)
    steps = {10, 20, 50, 100, 200, 500, 600}
    assert asked == {"select": steps - {600}, "poll": steps, "epoll_wait": steps}
    assert {len(wait.ready or []) for wait in waits(events, "measure")} == {3}
    assert errors(events, "measure") == {("select", None): 1}
    assert error_of(events, "measure") is None


def test_edge_triggered_reports_once(tmp_path: Path, free_port: int) -> None:
    level = played(tmp_path, free_port, "level-and-edge", "level")
    edge = played(tmp_path / "edge", free_port, "level-and-edge", "edge")
    drained = played(tmp_path / "drained", free_port, "level-and-edge", "edge-drained")
    assert [len(wait.ready or []) for wait in waits(level, "server")] == [1, 1, 1, 1, 1]
    assert [len(wait.ready or []) for wait in waits(edge, "server")] == [1, 1, 1, 0]
    assert [len(wait.ready or []) for wait in waits(drained, "server")] == [1, 1, 1]
    assert receives(edge, "server") == [b"0123", b"4567", b"89ab"]
    assert receives(level, "server") == receives(drained, "server") == [b"0123", b"4567", b"89", b"ab", b""]


def test_a_pipe_a_listener_and_a_connection_in_one_wait(tmp_path: Path, free_port: int) -> None:
    events = played(tmp_path, free_port, "not-only-sockets")
    added = [it for change in events if isinstance(change, WatchChanged) for it in change.added]
    assert {"listener", "pipe", "connection"} <= {it.what for it in added}
    assert "file" not in {it.what for it in added}
    assert errors(events, "server") == {("epoll_register", "EPERM"): 1}
    assert said(events, "server").startswith("the file: [Errno 1] Operation not permitted\n")
