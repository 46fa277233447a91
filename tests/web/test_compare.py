"""Two runs of a lesson on one page, and the list of those there are to choose from."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from engine import recording
from engine.events import RunStarted
from engine.messages import LANGS, Lang, render
from engine.playground import LISTED_RUNS
from tests.web.dashboard import FakePlayground
from tests.web.test_pages import SETTINGS, ask, assert_error, block
from web.app import create_app

Keep = Callable[..., str]


@pytest.fixture
def playground(tmp_path: Path) -> FakePlayground:
    return FakePlayground(tmp_path)


@pytest.fixture
def app(playground: FakePlayground) -> FastAPI:
    return create_app(playground, SETTINGS)


@pytest.fixture
def kept(tmp_path: Path) -> Keep:
    """`kept(second, lesson, …)` leaves a recording of a run that was started at that second."""

    def keep(second: int, lesson: str, variant: str = "", **parameters: object) -> str:
        run = f"20260101-0000{second:02}-{lesson}-0a1b2c"
        at = f"2026-01-01T00:00:{second:02}.000+00:00"
        log = recording.Recording.create(
            tmp_path / "runs" / run, recording.Header(run=run, lesson=lesson, started_at=at)
        )
        log.append(
            RunStarted(seq=1, t=0, run=run, lesson=lesson, started_at=at, variant=variant, parameters=parameters)
        )
        log.close()
        return run

    return keep


def data(app: FastAPI, path: str) -> Any:  # noqa: ANN401 — whatever JSON it is
    return block(ask(app, "GET", path).text, "page-data")


def test_the_kept_runs_of_a_lesson_newest_first(app: FastAPI, kept: Keep) -> None:
    runs = [kept(1, "sticky", PAUSE=0.0), kept(3, "sticky", PAUSE=0.3), kept(2, "split"), kept(2, "sticky")]
    found = ask(app, "GET", "/api/lessons/sticky/runs").json()
    assert [one["run"] for one in found] == [runs[1], runs[3], runs[0]]
    assert found[0] == {
        "run": runs[1],
        "started_at": "2026-01-01T00:00:03.000+00:00",
        "variant": "",
        "parameters": {"PAUSE": 0.3},
        "live": False,
    }


def test_a_folder_that_is_no_recording_is_not_listed(app: FastAPI, kept: Keep, tmp_path: Path) -> None:
    run = kept(1, "sticky")
    for name, files in {
        "20260101-000002-sticky-aaaaaa": {},
        "20260101-000003-sticky-bbbbbb": {"header.json": b"{"},
        "20260101-000004-sticky-cccccc": {
            "header.json": (tmp_path / "runs" / run / "header.json").read_bytes(),
            "00001.1-1.jsonl.gz": b"torn",
        },
        "other-sticky": {},
    }.items():
        (tmp_path / "runs" / name).mkdir()
        for file, content in files.items():
            (tmp_path / "runs" / name / file).write_bytes(content)
    assert [one["run"] for one in ask(app, "GET", "/api/lessons/sticky/runs").json()] == [run]


def test_the_list_has_an_end(app: FastAPI, kept: Keep) -> None:
    runs = [kept(second, "sticky") for second in range(LISTED_RUNS + 5)]
    found = [one["run"] for one in ask(app, "GET", "/api/lessons/sticky/runs").json()]
    assert found == runs[::-1][:LISTED_RUNS]


def test_the_runs_of_no_lesson_are_an_error(app: FastAPI) -> None:
    assert_error(ask(app, "GET", "/api/lessons/nobody/runs"), 404, "error.unknown_lesson", lesson="nobody")


def test_both_sides_show_their_runs_with_what_they_were_given(app: FastAPI, kept: Keep) -> None:
    left, right = kept(1, "sticky", PAUSE=0.0), kept(2, "sticky", PAUSE=0.3)
    page = data(app, f"/lessons/sticky/compare?left={left}&right={right}&right.p.PAUSE=1")
    assert page["left"] == {"run": left, "variant": "", "parameters": {"PAUSE": 0.0}, "problem": None}
    assert (page["right"]["run"], page["right"]["parameters"]) == (right, {"PAUSE": 0.3})


def test_a_side_may_be_what_is_yet_to_run(app: FastAPI, playground: FakePlayground) -> None:
    page = data(
        app, "/lessons/sticky/compare?left.p.PAUSE=0&right=&right.p.PAUSE=0.3&right.p.MESSAGES=a&right.p.MESSAGES=b"
    )
    assert page["left"]["run"] is page["right"]["run"] is None
    assert page["left"]["parameters"] == playground.lesson("sticky").check({"PAUSE": 0})
    assert page["right"]["parameters"] == playground.lesson("sticky").check({"PAUSE": 0.3, "MESSAGES": ["a", "b"]})


def test_what_is_not_named_is_another_variant_of_the_same(app: FastAPI, playground: FakePlayground) -> None:
    first, second, *_ = playground.lesson("login").variants
    for shown, other in ((first, second), (second, first)):
        page = data(app, f"/lessons/login/compare?left.variant={shown.name}&left.p.PORT=9000")
        assert (page["left"]["variant"], page["right"]["variant"]) == (shown.name, other.name)
        assert page["right"]["parameters"]["PORT"] == 9000


def test_a_lesson_without_variants_says_what_is_compared(app: FastAPI, playground: FakePlayground) -> None:
    pause = next(it for it in playground.lesson("sticky").parameters if it.name == "PAUSE")
    for shown, other in ((pause.default, pause.compared), (pause.compared, pause.default)):
        page = data(app, f"/lessons/sticky/compare?left.p.PAUSE={shown}&left.p.RECV_SIZE=7")
        assert page["left"]["parameters"]["PAUSE"] == shown
        assert page["right"]["parameters"] == {**page["left"]["parameters"], "PAUSE": other}
    named = data(app, "/lessons/sticky/compare?right=")
    assert named["right"]["parameters"] == named["left"]["parameters"]


def test_a_live_run_can_be_one_side(app: FastAPI, playground: FakePlayground) -> None:
    run = asyncio.run(playground.start_run("sticky", {"RECV_SIZE": 7}))
    page = data(app, f"/lessons/sticky/compare?left={run.id}")
    assert (page["left"]["run"], page["right"]["run"]) == (run.id, None)
    assert page["right"]["parameters"]["RECV_SIZE"] == 7


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("run", ["nobody", "../..", "20250101-000000-sticky-0a1b2c"])
def test_a_run_that_is_not_kept_is_said_on_its_side(app: FastAPI, kept: Keep, run: str, lang: Lang) -> None:
    right = kept(2, "sticky")
    page = data(app, f"/lessons/sticky/compare?lang={lang}&left={run}&left.p.PAUSE=2&right={right}")
    assert page["left"]["problem"] == render(lang, "error.unknown_run", {"run": run})
    assert (page["left"]["run"], page["left"]["parameters"]["PAUSE"]) == (None, 2)
    assert (page["right"]["run"], page["right"]["problem"]) == (right, None)


@pytest.mark.parametrize("lang", LANGS)
def test_a_run_of_another_lesson_is_said_on_its_side(app: FastAPI, kept: Keep, lang: Lang) -> None:
    run = kept(1, "split")
    page = data(app, f"/lessons/sticky/compare?lang={lang}&right={run}")
    assert page["right"]["problem"] == render(lang, "error.run_of_other_lesson", {"run": run, "lesson": "split"})
    assert page["right"]["run"] is None


@pytest.mark.parametrize(
    ("path", "status", "key", "args"),
    [
        ("/lessons/nobody/compare", 404, "error.unknown_lesson", {"lesson": "nobody"}),
        ("/lessons/sticky/compare?left.p.X=1", 400, "error.unknown_parameter", {"field": "X", "lesson": "sticky"}),
        ("/lessons/sticky/compare?right.variant=x", 400, "error.unknown_variant", {"variant": "x", "lesson": "sticky"}),
    ],
)  # fmt: skip
def test_a_person_gets_a_page_about_a_mistake_in_the_address(
    app: FastAPI, path: str, status: int, key: str, args: dict[str, str]
) -> None:
    answer = ask(app, "GET", path, **{"Accept-Language": "en"})
    assert answer.status_code == status
    assert html.escape(render("en", key, args), quote=False) in answer.text


def test_the_other_language_keeps_both_sides(app: FastAPI) -> None:
    page = ask(app, "GET", "/lessons/sticky/compare?lang=zh&left=&right=&right.p.PAUSE=0.3").text
    assert 'href="/lessons/sticky/compare?lang=en&amp;left=&amp;right=&amp;right.p.PAUSE=0.3"' in page
