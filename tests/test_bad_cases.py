"""Every named bad case runs: its events prove it, and a sentence among them explains it."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from engine.events import AnyEvent
from engine.messages import LANGS, messages
from engine.playground import Playground
from tests.bad_cases import CASES, Case, told
from tests.plays import SHELF, Standing, type_into
from tests.test_run import events_of

AT_ONCE = 3


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def play(folder: Path, case: Case) -> list[AnyEvent]:
    """The events of a run that is stopped when nothing more can happen by itself, or when its time is up."""
    here = Playground(folder)
    try:
        run = await here.start_run(case.lesson, {"PORT": spare_port(), **case.values}, case.variant)
        typing = [] if case.typed is None else [asyncio.create_task(type_into(run, "client", case.typed))]
        standing, deadline = Standing(run), time.monotonic() + case.seconds
        while run.live and time.monotonic() < deadline and not standing.still():  # noqa: ASYNC110 — nobody would tell
            await asyncio.sleep(0.02)
        await run.stop()
        await asyncio.gather(*typing)
        await run.wait()
        return events_of(run.recording)
    finally:
        await here.close()


async def play_all(folder: Path) -> list[list[AnyEvent]]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> list[AnyEvent]:
        async with room:
            return await play(folder / str(number), case)

    return await asyncio.gather(*(one(number, case) for number, case in enumerate(CASES)))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, list[AnyEvent]]:
    """All of them, a few at a time."""
    return dict(zip(CASES, asyncio.run(play_all(tmp_path_factory.mktemp("cases"))), strict=True))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_case(case: Case, played: dict[Case, list[AnyEvent]]) -> None:
    events = played[case]
    assert case.proof(events)
    assert case.explained in told(events)


def test_what_explains_a_case_is_in_the_catalogs() -> None:
    for lang in LANGS:
        assert [case.explained for case in CASES if case.explained not in messages(lang)] == []


def test_every_lesson_that_can_go_wrong_has_a_case() -> None:
    without = {"hello", "tcp-and-udp"}  # they are there to show what goes well
    assert SHELF.lessons.keys() - {case.lesson for case in CASES} == without
