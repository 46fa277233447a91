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
PATIENCE = 20.0


def write_lesson(lessons: Path, name: str, programs: dict[str, str], more: str = "", options: str = "") -> None:
    """`programs`: text by name; one called server… is a server. `options` are lines for each, `more` for the lesson."""
    folder = lessons / name
    folder.mkdir(parents=True)
    toml = HEAD
    for program, text in programs.items():
        role = "server" if program.startswith("server") else "client"
        toml += f'[[programs]]\nname = "{program}"\nrole = "{role}"\nfile = "{program}.py"\n{options}\n'
        (folder / f"{program}.py").write_text(textwrap.dedent(text))
    (folder / "scenario.toml").write_text(toml + more)


def play(tmp_path: Path, story: Callable[[Playground], Awaitable[None]]) -> None:
    """Tells a story of a playground that knows the lessons in `tmp_path`/lessons; closes it after that."""

    async def tell() -> None:
        here = Playground(tmp_path / "data", [tmp_path / "lessons"])
        try:
            async with asyncio.timeout(3 * PATIENCE):
                await story(here)
        finally:
            await here.close()

    asyncio.run(tell())


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
