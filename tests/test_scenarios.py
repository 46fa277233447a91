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
def test_programs_fit_their_panel(lesson: Lesson) -> None:
    for program in lesson.programs:
        assert max(len(line) for line in program.text.splitlines()) <= 72
        assert len(program.text.splitlines()) <= 30


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
                wait_until_listening(port)
        yield processes


def wait_until_listening(port: int) -> None:
    """Look in /proc/net/tcp (proc(5)) for the port in state 0A, LISTEN, which unlike a connect disturbs nobody."""
    wanted = re.compile(rf"0100007F:{port:04X} 00000000:0000 0A")
    deadline = time.monotonic() + TIMEOUT
    while not wanted.search(Path("/proc/net/tcp").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def outputs(lesson: Lesson, port: int, folder: Path, **values: object) -> dict[str, str]:
    """What each program printed, once the client has ended; a server that has not is stopped."""
    with started(lesson, port, folder, **values) as processes:
        texts = {"client": processes["client"].communicate(timeout=TIMEOUT)[0]}
        assert processes["client"].returncode == 0
        if lesson.id == "hello":  # its server serves for ever
            assert processes["server"].poll() is None
            processes["server"].kill()
        texts["server"] = processes["server"].communicate(timeout=TIMEOUT)[0]
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
