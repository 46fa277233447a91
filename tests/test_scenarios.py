"""The lessons that come with us: whole, and every program runs by itself as a student would run it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.lesson import SCENARIOS, Lesson, load_lessons

SHELF = load_lessons([SCENARIOS])
LESSONS = list(SHELF.lessons.values())
TIMEOUT = 20.0
CHINESE = re.compile(r"[\u4e00-\u9fff]")

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)


def test_no_lesson_is_broken() -> None:
    assert list(SHELF.broken) == []
    assert {"hello", "sticky"} <= set(SHELF.lessons)


@lessons
def test_words_are_in_both_languages(lesson: Lesson) -> None:
    pairs = [lesson.title, lesson.summary, lesson.intro]
    pairs += [words for parameter in lesson.parameters for words in (parameter.label, parameter.help)]
    pairs += [{"zh": zh, "en": en} for zh, en in zip(lesson.remember["zh"], lesson.remember["en"], strict=True)]
    for pair in pairs:
        assert CHINESE.search(pair["zh"]), pair
        assert pair["en"], pair
        assert not CHINESE.search(pair["en"]), pair


@lessons
def test_every_lesson_asks_a_question_and_has_notes_for_the_teacher(lesson: Lesson) -> None:
    assert lesson.prediction is not None
    for pair in (lesson.prediction.question, lesson.notes):
        assert CHINESE.search(pair["zh"]), pair
        assert pair["en"], pair


@lessons
def test_programs_fit_their_panel(lesson: Lesson) -> None:
    for file, text in lesson.sources.items():
        assert max(len(line) for line in text.splitlines()) <= 72, file
        assert len(text.splitlines()) <= 80, file


@contextlib.contextmanager
def started(lesson: Lesson, port: int, folder: Path, **values: object) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The programs of a lesson as `python server.py` in one terminal and `python client.py` in another."""
    processes = {}
    with contextlib.ExitStack() as stack:
        for program in lesson.render({"PORT": port, **values}):
            (folder / program.file).write_text(program.text, encoding="utf-8")
            argv = [sys.executable, "-u", program.file]
            process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, text=True, encoding="utf-8")
            stack.enter_context(process)
            stack.callback(process.kill)
            processes[program.name] = process
            if program.role == "server":
                wait_until_reachable(port, "udp" if "SOCK_DGRAM" in program.text else "tcp")
        yield processes


def wait_until_reachable(port: int, protocol: str) -> None:
    """Look in /proc/net (proc(5)) for the port in state 0A, LISTEN, or of UDP 07, unconnected: this disturbs nobody."""
    wanted = re.compile(rf"0100007F:{port:04X} 00000000:0000 {'07' if protocol == 'udp' else '0A'}")
    deadline = time.monotonic() + TIMEOUT
    while not wanted.search(Path(f"/proc/net/{protocol}").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def outputs(lesson: Lesson, port: int, folder: Path, **values: object) -> dict[str, str]:
    """What each program printed, once the clients have ended; a server that has not is stopped."""
    texts = {}
    with started(lesson, port, folder, **values) as processes:
        for name in [program.name for program in lesson.programs if program.role == "client"]:
            texts[name] = processes[name].communicate(timeout=TIMEOUT)[0]
            assert processes[name].returncode == 0
        if lesson.id == "hello":  # its server serves for ever
            assert processes["server"].poll() is None
            processes["server"].kill()
        for name in processes.keys() - texts.keys():
            texts[name] = processes[name].communicate(timeout=TIMEOUT)[0]
    return texts


def test_hello_by_itself(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["hello"], free_port, tmp_path)
    assert texts["client"] == "you said: hello, 世界\n"
    assert re.fullmatch(r"\('127\.0\.0\.1', \d+\) says: hello, 世界\n", texts["server"])


def test_hello_answers_one_client_after_another(free_port: int, tmp_path: Path) -> None:
    with started(SHELF.lessons["hello"], free_port, tmp_path, MESSAGE="1") as processes:
        assert processes["client"].communicate(timeout=TIMEOUT)[0] == "you said: 1\n"
        again = subprocess.run([sys.executable, "client.py"], cwd=tmp_path, capture_output=True, timeout=TIMEOUT)
        assert again.stdout == b"you said: 1\n"


def test_sticky_by_itself(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["sticky"], free_port, tmp_path)
    assert texts == {"client": "", "server": "recv: b'good morningsir'\nrecv: b''\n"}


def test_sticky_with_a_pause_longer_than_the_delay(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["sticky"], free_port, tmp_path, PAUSE=0.5, READ_DELAY=0, MESSAGES=["a", "b", "是"])
    assert texts["server"].splitlines() == [f"recv: {data!r}" for data in (b"a", b"b", "是".encode(), b"")]


def test_sticky_without_nagle_is_still_sticky(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["sticky"], free_port, tmp_path, NODELAY=True, READ_DELAY=0.5)
    assert texts["server"].startswith("recv: b'good morningsir'\n")


def test_sticky_with_a_small_recv(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["sticky"], free_port, tmp_path, RECV_SIZE=8)
    assert texts["server"].splitlines() == ["recv: b'good mor'", "recv: b'ningsir'", "recv: b''"]


def test_a_port_can_be_used_again_at_once(free_port: int, tmp_path: Path) -> None:
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert "good morning" in outputs(SHELF.lessons["sticky"], free_port, folder, READ_DELAY=0)["server"]


def test_tcp_joins_the_messages_and_udp_keeps_them_apart(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["tcp-and-udp"], free_port, tmp_path)
    assert texts["tcp_server"] == "recv: b'good morningsirbye'\nrecv: b''\n"
    lines = texts["udp_server"].splitlines()
    assert [line.partition(" from ")[0] for line in lines[:3]] == [
        "recvfrom: b'good morning'",
        "recvfrom: b'sir'",
        "recvfrom: b'bye'",
    ]
    assert lines[3:] == ["nothing for a second"]
    answered = [line.partition(" from ") for line in texts["udp_client"].splitlines()]
    assert [answer for answer, _, _ in answered] == [
        "recvfrom: b'GOOD MORNING'",
        "recvfrom: b'SIR'",
        "recvfrom: b'BYE'",
    ]
    assert {address for _, _, address in answered} == {f"('127.0.0.1', {free_port})"}


def test_udp_cuts_drops_and_refuses(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["udp-limits"], free_port, tmp_path)
    received = [line for line in texts["server"].splitlines() if line.startswith("recvfrom")]
    assert received == [f"recvfrom: b'#{number} h'" for number in range(1, len(received) + 1)]
    assert 0 < len(received) < 8
    assert texts["client"].splitlines()[-1] == "recv: [Errno 111] Connection refused"


def test_udp_with_enough_room_loses_nothing(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["udp-limits"], free_port, tmp_path, RECV_SIZE=1024, RCVBUF=100000)
    assert texts["server"].splitlines()[:-1] == [f"recvfrom: b'#{number} hi'" for number in range(1, 9)]


def test_half_a_character_cannot_be_decoded(free_port: int, tmp_path: Path) -> None:
    with started(SHELF.lessons["split"], free_port, tmp_path) as processes:
        text = processes["server"].communicate(timeout=TIMEOUT)[0]
        assert processes["server"].returncode == 1
    assert text == "b'hi, ' -> hi, \n"


def test_an_incremental_decoder_keeps_it(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["split"], free_port, tmp_path, FIXED=True)
    assert "".join(line.partition(" -> ")[2] for line in texts["server"].splitlines()) == "hi, 你好，世界"


def test_a_reader_that_does_not_read_stops_the_sender(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["partial-send"], free_port, tmp_path)
    assert texts["server"] == "received 200000 bytes\n"
    assert "send: no room" in texts["client"].splitlines()
    sent = [int(size) for size in re.findall(r"send: (\d+) of", texts["client"])]
    assert sum(sent) == 200000
    assert len(sent) > 1


def test_a_blocking_send_waits_for_room(free_port: int, tmp_path: Path) -> None:
    texts = outputs(SHELF.lessons["partial-send"], free_port, tmp_path, BLOCKING=True)
    assert texts == {"client": "send: 200000 of 200000\n", "server": "received 200000 bytes\n"}


RESET = ["recv: ConnectionResetError", "first sendall: BrokenPipeError", "second sendall: BrokenPipeError"]
FIN = ["recv: b''", "first sendall: done", "second sendall: BrokenPipeError"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, RESET),
        ({"UNREAD": False}, FIN),
        ({"UNREAD": False, "LINGER": True}, RESET),
        ({"UNREAD": False, "KILL": True}, FIN),
        ({"KILL": True}, RESET),
    ],
    ids=["unread", "read", "linger", "killed", "killed unread"],
)
def test_what_the_client_sees_of_an_end(
    values: dict[str, bool], expected: list[str], free_port: int, tmp_path: Path
) -> None:
    texts = outputs(SHELF.lessons["reset"], free_port, tmp_path, **values)
    lines = [line.partition("(")[0] for line in texts["client"].splitlines()]
    assert lines == [*expected, "connect: ConnectionRefusedError"]
