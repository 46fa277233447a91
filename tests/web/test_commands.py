"""Commands and repeats over HTTP, to real runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.events import ProcessExited, ProcessInput, RunStarted
from engine.playground import Playground
from tests.own_lessons import PATIENCE, of_type, until, until_printed, write_lesson
from tests.web.dashboard import FakePlayground, dashboard
from tests.web.test_pages import ask, assert_error
from web.app import create_app
from web.settings import Settings

ECHO = """
    while True:
        print("got", input("> "))
"""
Post = Callable[..., Awaitable[httpx.Response]]


def tell(tmp_path: Path, story: Callable[[Playground, Post], Awaitable[None]]) -> None:
    """A story of a dashboard that is asked over HTTP."""

    async def scene() -> None:
        here = Playground(tmp_path / "data", [tmp_path / "lessons"])
        async with asyncio.timeout(3 * PATIENCE), dashboard(here) as board, board.browser() as browser:

            async def post(path: str, **body: Any) -> httpx.Response:  # noqa: ANN401 — whatever JSON it is
                return await browser.post(path, json=body, timeout=PATIENCE)

            await story(here, post)

    asyncio.run(scene())


def test_a_run_is_typed_into_interrupted_and_given_more_processes(tmp_path: Path) -> None:
    async def story(here: Playground, post: Post) -> None:
        started = await post("/api/runs", lesson="try", held=False)
        assert started.status_code == 201
        at, run = f"/api/runs/{started.json()['run']}", here.runs[started.json()["run"]]
        await until_printed(run, "client", "> ")
        answer = await post(f"{at}/input", process="client", text="你好\n")
        assert (answer.status_code, answer.json()) == (200, {"run": run.id})
        await until_printed(run, "client", "got 你好")
        added = await post(f"{at}/processes", program="client")
        assert (added.status_code, added.json()) == (201, {"process": "client-2"})
        assert (await post(f"{at}/interrupt", process="client")).status_code == 200
        await until(lambda: [it.signal for it in of_type(run, ProcessExited)] == ["SIGINT"])
        assert (await post(f"{at}/end", process="client-2")).status_code == 200
        await run.wait()
        assert_error(await post(f"{at}/input", process="client", text="x"), 409, "error.run_ended", run=run.id)
        assert [it.text for it in of_type(run, ProcessInput)] == ["你好\n"]

    write_lesson(tmp_path / "lessons", "try", {"client": ECHO}, options="more = true")
    tell(tmp_path, story)


def test_a_run_is_held_stepped_and_released(tmp_path: Path) -> None:
    async def story(here: Playground, post: Post) -> None:
        started = await post("/api/runs", lesson="try", held=True)
        at, run = f"/api/runs/{started.json()['run']}", here.runs[started.json()["run"]]
        (first,) = of_type(run, RunStarted)
        assert first.held
        await until(lambda: b"".join(run.recording.tail).count(b'"call.held"') == 1)
        assert (await post(f"{at}/step", process="client")).status_code == 200
        await until(lambda: b"".join(run.recording.tail).count(b'"call.held"') == 2)
        assert (await post(f"{at}/release")).status_code == 200
        await until_printed(run, "client", "closed")
        assert (await post(f"{at}/hold", process="client")).status_code == 200
        assert_error(await post(f"{at}/step", process="client", thread=7), 409, "error.not_held", process="client")
        await run.stop()

    text = """
        import socket, time
        socket.socket().close()
        print("closed")
        time.sleep(60)
    """
    write_lesson(tmp_path / "lessons", "try", {"client": text})
    tell(tmp_path, story)


def test_what_cannot_be_obeyed_is_said(tmp_path: Path) -> None:
    async def story(here: Playground, post: Post) -> None:
        started = await post("/api/runs", lesson="try")
        at, run = f"/api/runs/{started.json()['run']}", here.runs[started.json()["run"]]
        nobody = {"process": "nobody"}
        for command in ("hold", "release", "step", "input", "interrupt", "end"):
            assert_error(await post(f"{at}/{command}", **nobody), 404, "error.unknown_process", **nobody)
            assert_error(await post(f"/api/runs/none/{command}", **nobody), 404, "error.unknown_run", run="none")
        assert_error(await post(f"{at}/processes", program="x"), 404, "error.unknown_program", program="x")
        assert_error(await post(f"{at}/processes", program="client"), 409, "error.no_more_processes", program="client")
        await until_printed(run, "client", "> ")
        await post(f"{at}/input", process="client", end=True)
        assert_error(await post(f"{at}/input", process="client", text="x"), 409, "error.input_closed")
        await run.stop()

    text = """
        import time
        print("> ", flush=True)
        time.sleep(60)
    """
    write_lesson(tmp_path / "lessons", "try", {"client": text})
    tell(tmp_path, story)


def test_an_old_run_takes_no_commands(tmp_path: Path) -> None:
    async def story(here: Playground, post: Post) -> None:
        run = (await post("/api/runs", lesson="try")).json()["run"]
        await here.runs[run].wait()
        del here.runs[run]
        assert_error(await post(f"/api/runs/{run}/hold"), 409, "error.run_ended", run=run)

    write_lesson(tmp_path / "lessons", "try", {"client": ""})
    tell(tmp_path, story)


def test_a_lesson_is_repeated_and_its_outcomes_told(tmp_path: Path) -> None:
    async def story(here: Playground, post: Post) -> None:
        started = await post("/api/repeats", lesson="try", parameters={}, variant="", times=3)
        assert started.status_code == 201
        repeat = started.json()["repeat"]
        await here.repeat(repeat).wait()
        state = (await post(f"/api/repeats/{repeat}/stop")).json()
        runs = state["runs"]
        assert len(runs) == 3
        assert state == {
            "repeat": repeat,
            "lesson": "try",
            "times": 3,
            "done": 3,
            "live": False,
            "error": None,
            "runs": runs,
            "outcomes": [{"process": "client", "stream": "", "receives": [], "error": "exit 3", "runs": runs}],
        }

    write_lesson(tmp_path / "lessons", "try", {"client": "raise SystemExit(3)"})
    tell(tmp_path, story)


WRONG = [
    ("/api/runs", {"lesson": "sticky", "held": 1}),
    ("/api/runs", {"lesson": "sticky", "hold": True}),
    ("/api/runs/run-0/hold", {"process": 7}),
    ("/api/runs/run-0/hold", {"program": "client"}),
    ("/api/runs/run-0/step", {}),
    ("/api/runs/run-0/step", {"process": "client", "thread": "1"}),
    ("/api/runs/run-0/input", {"process": "client", "text": 7}),
    ("/api/runs/run-0/input", {"process": "client", "text": "x" * (1 << 19)}),
    ("/api/runs/run-0/input", {"process": "client", "text": "x", "echo": True}),
    ("/api/runs/run-0/interrupt", {}),
    ("/api/runs/run-0/end", {"process": None}),
    ("/api/runs/run-0/processes", {"program": "client", "count": 9}),
    ("/api/repeats", {"lesson": "sticky", "times": "3"}),
    ("/api/repeats", {"lesson": "sticky"}),
]


@pytest.mark.parametrize(("path", "body"), WRONG)
def test_a_body_that_is_not_as_the_schema_says_is_refused(tmp_path: Path, path: str, body: object) -> None:
    app = create_app(FakePlayground(tmp_path), Settings(port=8765, token="the token"))
    assert_error(ask(app, "POST", path, body), 422, "error.bad_request")


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/api/repeats", {"lesson": "sticky", "times": 0}, "error.bad_times"),
        ("/api/repeats", {"lesson": "sticky", "times": 201}, "error.bad_times"),
        ("/api/repeats", {"lesson": "sticky", "times": 1.5}, "error.bad_times"),
        ("/api/repeats", {"lesson": "sticky", "times": 1, "variant": "none"}, "error.unknown_variant"),
    ],
)
def test_a_repeat_that_makes_no_sense_is_refused(tmp_path: Path, path: str, body: object, key: str) -> None:
    app = create_app(FakePlayground(tmp_path), Settings(port=8765, token="the token"))
    assert_error(ask(app, "POST", path, body), 400, key)


def test_an_unknown_repeat_is_said(tmp_path: Path) -> None:
    app = create_app(FakePlayground(tmp_path), Settings(port=8765, token="the token"))
    assert_error(ask(app, "GET", "/api/repeats/none"), 404, "error.unknown_repeat", repeat="none")
    assert_error(ask(app, "POST", "/api/repeats/none/stop"), 404, "error.unknown_repeat", repeat="none")
