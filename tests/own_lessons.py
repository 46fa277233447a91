"""Lessons that a test writes for itself."""

from __future__ import annotations

import asyncio
import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from engine.events import AnyEvent, ProcessOutput, decoder
from engine.playground import Playground
from engine.run import Run

E = TypeVar("E")

HEAD = """
chapter = 9
order = 1
title = {zh = "试", en = "Try"}
summary = {zh = "试", en = "Try"}
intro = {zh = "试", en = "Try"}
remember = {zh = [], en = []}
"""
PORT = """
[[parameters]]
name = "PORT"
kind = "int"
minimum = 1024
maximum = 65535
label = {zh = "端口", en = "Port"}
help = {zh = "端口", en = "Port"}
"""
AFTER = 'after = "server:listen"'
PATIENCE = 20.0


def write_lesson(
    lessons: Path, name: str, programs: dict[str, str], more: str = "", options: str = "", clients: str = ""
) -> None:
    """`programs`: text by name; one called server… is a server, the others are clients.

    `options` are lines for each, `clients` for each client, `more` for the lesson.
    """
    folder = lessons / name
    folder.mkdir(parents=True)
    toml = HEAD
    for program, text in programs.items():
        role = "server" if program.startswith("server") else "client"
        lines = options if role == "server" else f"{options}\n{clients}"
        toml += f'[[programs]]\nname = "{program}"\nrole = "{role}"\nfile = "{program}.py"\n{lines}\n'
        (folder / f"{program}.py").write_text(textwrap.dedent(text))
    (folder / "scenario.toml").write_text(toml + more)


def play(tmp_path: Path, story: Callable[[Playground], Awaitable[None]]) -> None:
    """Tells a story of a playground that knows the lessons in `tmp_path`/lessons; closes it after that."""

    async def tell() -> None:
        lessons = tmp_path / "lessons"
        lessons.mkdir(exist_ok=True)
        here = Playground(tmp_path / "data", [lessons])
        try:
            async with asyncio.timeout(3 * PATIENCE):
                await story(here)
        finally:
            await here.close()

    asyncio.run(tell())


def play_once(tmp_path: Path, name: str, port: int | None = None) -> list[AnyEvent]:
    """The events of one of the lessons in `tmp_path`/lessons, which ends by itself."""
    found: list[AnyEvent] = []

    async def story(here: Playground) -> None:
        run = await here.start_run(name, {} if port is None else {"PORT": port})
        await run.wait()
        found.extend(events(run))

    play(tmp_path, story)
    return found


def events(run: Run) -> list[AnyEvent]:
    return [decoder.decode(line) for line in run.recording.lines()]


def of_type(run: Run, kind: type[E]) -> list[E]:
    return [event for event in events(run) if isinstance(event, kind)]


def printed(run: Run, process: str, stream: str = "stdout") -> str:
    """What a process has written so far."""
    return "".join(it.text for it in of_type(run, ProcessOutput) if (it.process, it.stream) == (process, stream))


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def until_printed(run: Run, process: str, text: str) -> None:
    await until(lambda: text in printed(run, process))
