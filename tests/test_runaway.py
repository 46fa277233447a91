"""Programs that run away: gone within 3 s of Stop, and the dashboard answers all the while. Prints what it measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.limits import Limits
from engine.playground import Playground
from tests.lifeline import Lifeline, held_by
from tests.lifeline import lifeline as lifeline
from tests.own_lessons import until_printed, write_lesson
from tests.web.dashboard import Dashboard, dashboard

GONE_SECONDS = 3.0
ANSWER_SECONDS = 2.0
"""An answer took at most this long, while the program ran away; on a machine that has other things to do, too."""
CLOSED_SECONDS = 15.0
"""After Stop the log is complete within this, also of a program that called as fast as it can."""

LOOP = """
    print("up")
    while True:
        pass
"""
OUTPUT = """
    print("up")
    while True:
        print("x" * 1000)
"""
CALLS = """
    import socket
    a, b = socket.socketpair()
    print("up")
    while True:
        a.send(b"x")
        b.recv(1)
"""
FORKS = """
    import os, time
    us = os.getpid()
    for _ in range(200):
        if os.fork() == 0:
            while True:
                time.sleep(1)
    print("up")
    while True:
        time.sleep(1)
"""
REPLACED = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up")
    if os.fork():
        while True:
            time.sleep(1)
    for _ in range(100_000):  # should it ever get away, it ends
        if os.fork():
            os._exit(0)
"""
MEMORY = """
    print("up")
    hoard = []
    while True:
        try:
            hoard.append(bytearray(1 << 20))
        except MemoryError:
            pass
"""
DEAF = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up")
    while True:
        time.sleep(1)
"""
AWAY = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            print("up")
    while True:
        time.sleep(1)
"""
RUNAWAYS = {
    "an endless loop": LOOP,
    "endless output": OUTPUT,
    "endless calls": CALLS,
    "two hundred processes": FORKS,
    "one process after the other": REPLACED,
    "all the memory it may have": MEMORY,
    "deaf to SIGTERM": DEAF,
    "in another session": AWAY,
}


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.run.Limits", lambda: replace(Limits(), address_space=300 << 20))


@asynccontextmanager
async def answering(board: Dashboard, times: list[float]) -> AsyncIterator[None]:
    """Asks the dashboard for its lesson list again and again; how long each answer took, in seconds."""

    async def ask() -> None:
        async with board.browser() as browser:
            while True:
                began = time.monotonic()
                assert (await browser.get("/")).status_code == 200
                times.append(time.monotonic() - began)
                await asyncio.sleep(0.05)

    task = asyncio.create_task(ask())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()


@pytest.mark.parametrize("text", RUNAWAYS.values(), ids=RUNAWAYS)
def test_a_runaway_is_gone_soon_after_stop(
    tmp_path: Path, text: str, lifeline: Lifeline, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(here: Playground) -> None:
        times: list[float] = []
        async with dashboard(here) as board, answering(board, times):
            run = await here.start_run("try", {})
            await until_printed(run, "client", "up")
            await asyncio.sleep(1)  # it is to run away for a while
            stopping = time.monotonic()
            await run.stop()
            gone = time.monotonic() - stopping
            assert not lifeline.held()
            await run.wait()
            closed = time.monotonic() - stopping
        with capsys.disabled():
            print(f"\n  gone after {gone:.2f} s, log closed after {closed:.2f} s, slowest answer {max(times):.3f} s")
        assert gone < GONE_SECONDS
        assert closed < CLOSED_SECONDS
        assert max(times) < ANSWER_SECONDS

    write_lesson(tmp_path / "lessons", "try", {"client": held_by(lifeline, text)})
    asyncio.run(story(Playground(tmp_path / "data", [tmp_path / "lessons"])))
