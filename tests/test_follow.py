"""A run without a viewer is stopped when nothing more can happen by itself, and not before."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from engine.events import AnyEvent, RunEnded
from engine.follow import UNSURE, follow
from engine.playground import Playground
from tests.own_lessons import play, write_lesson

LISTENER = """
import socket, threading, time
server = socket.create_server(("127.0.0.1", 0))
"""


def followed(tmp_path: Path, text: str) -> tuple[bool, float]:
    """Whether a program was stopped, and after how many seconds."""
    write_lesson(tmp_path / "lessons", "one", {"server": LISTENER + textwrap.dedent(text)})
    events: list[AnyEvent] = []
    stopped: list[bool] = []

    async def story(here: Playground) -> None:
        run = await here.start_run("one", {})
        stopped.append(await follow(run, lambda _, event: events.append(event), 30))

    began = time.monotonic()
    play(tmp_path, story)
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].why == "stopped") == stopped[0]
    return stopped[0], time.monotonic() - began


def check(tmp_path: Path, text: str, stopped: bool, soon: Callable[[float], bool] = lambda seconds: True) -> None:
    was_stopped, seconds = followed(tmp_path, text)
    assert was_stopped == stopped
    assert soon(seconds), seconds


def test_who_waits_for_ever_is_stopped(tmp_path: Path) -> None:
    check(tmp_path, "server.accept()", stopped=True, soon=lambda seconds: seconds < UNSURE)


def test_a_timeout_is_waited_for(tmp_path: Path) -> None:
    timeout = """
        server.settimeout(1.6)
        try:
            server.accept()
        except TimeoutError:
            pass
    """
    check(tmp_path, timeout, stopped=False)


def test_a_timeout_that_was_taken_away_is_not(tmp_path: Path) -> None:
    check(tmp_path, "server.settimeout(60)\nserver.setblocking(True)\nserver.accept()", stopped=True)


def test_a_wait_with_a_timeout_is_waited_for(tmp_path: Path) -> None:
    check(tmp_path, "import select\nselect.select([server], [], [], 1.6)", stopped=False)


def test_a_connection_that_the_kernel_tries_again_is_waited_for(tmp_path: Path) -> None:
    """The backlog is full, so a SYN is ignored, and sent again after 1 s and 3 s (RFC 6298)."""
    again = """
        server.listen(0)
        first = socket.create_connection(server.getsockname())
        def accept():
            time.sleep(1.2)
            server.accept()
            server.accept()
        thread = threading.Thread(target=accept)
        thread.start()
        second = socket.create_connection(server.getsockname())
        thread.join()
    """
    check(tmp_path, again, stopped=False)


def test_a_thread_that_sleeps_between_two_calls_is_waited_for(tmp_path: Path) -> None:
    asleep = """
        def wake():
            with socket.socket() as client:
                client.setblocking(True)
                time.sleep(1.6)
                client.connect(server.getsockname())
        threading.Thread(target=wake).start()
        server.accept()
    """
    check(tmp_path, asleep, stopped=False)
