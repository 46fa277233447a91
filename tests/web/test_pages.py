"""The pages and the HTTP interface: what they hold, and what a mistake looks like."""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.messages import LANGS, Lang, messages, render
from tests.web.dashboard import FakePlayground
from web.app import create_app
from web.settings import Settings

SETTINGS = Settings(port=8765, token="the token")
ORIGIN = "http://127.0.0.1:8765"


@pytest.fixture
def playground(tmp_path: Path) -> FakePlayground:
    return FakePlayground(tmp_path)


@pytest.fixture
def app(playground: FakePlayground) -> FastAPI:
    return create_app(playground, SETTINGS)


@asynccontextmanager
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, cookies={SETTINGS.cookie: SETTINGS.token}, headers={"Origin": ORIGIN}
    ) as http:
        yield http


def ask(app: FastAPI, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
    async def scene() -> httpx.Response:
        async with browser(app) as http:
            return await http.request(method, path, json=body, headers=headers)

    return asyncio.run(scene())


def block(page: str, name: str) -> Any:  # noqa: ANN401 — whatever JSON it is
    """The JSON in a script element of a page."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def assert_error(answer: httpx.Response, status: int, key: str, **about: object) -> None:
    """The one shape of every error, with the sentence in both languages."""
    assert answer.status_code == status
    error = answer.json()["error"]
    assert sorted(error) == ["args", "field", "key", "text"]
    assert error["key"] == key
    assert error["text"] == {lang: render(lang, key, error["args"]) for lang in LANGS}
    assert error["text"]["zh"] != error["text"]["en"]
    assert {name: error["field"] if name == "field" else error["args"].get(name) for name in about} == about


@pytest.mark.parametrize("lang", LANGS)
def test_home_shows_every_lesson_in_its_chapter(app: FastAPI, playground: FakePlayground, lang: Lang) -> None:
    page = html.unescape(ask(app, "GET", f"/?lang={lang}").text)
    for lesson in playground.shelf.lessons.values():
        assert lesson.title[lang] in page
        assert render(lang, f"ui.chapter_{lesson.chapter}") in page


@pytest.mark.parametrize("lang", LANGS)
def test_home_says_which_lessons_were_run(app: FastAPI, tmp_path: Path, lang: Lang) -> None:
    before = ask(app, "GET", f"/?lang={lang}").text
    for second, lesson in enumerate(("sticky", "sticky", "udp-limits")):
        (tmp_path / "runs" / f"20260101-00000{second}-{lesson}-0a1b2c").mkdir()
    page = ask(app, "GET", f"/?lang={lang}").text
    assert [before.count("lesson-run"), page.count("lesson-run")] == [0, 2]
    assert render(lang, "ui.times_run", {"n": 2}) in page


def test_a_lesson_leads_to_the_one_before_and_the_one_after(app: FastAPI, playground: FakePlayground) -> None:
    ids = list(playground.shelf.lessons)
    pages = [ask(app, "GET", f"/lessons/{one}?lang=en").text for one in ids]
    links = [re.findall(r'rel="(prev|next)" href="/lessons/([\w-]+)', page) for page in pages]
    assert links[0] == [("next", ids[1])]
    assert links[1] == [("prev", ids[0]), ("next", ids[2])]
    assert links[-1] == [("prev", ids[-2])]


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,zh;q=0.5", "en"),
        ("fr", "en"),
        ("en;q=0.1,zh;q=0.2", "zh-CN"),
        (";q=x", "en"),
    ],
)
def test_the_language_is_what_the_browser_asks_for(app: FastAPI, accept: str, lang: str) -> None:
    assert f'<html lang="{lang}">' in ask(app, "GET", "/", **{"Accept-Language": accept}).text


def test_the_address_decides_over_the_browser(app: FastAPI) -> None:
    assert '<html lang="en">' in ask(app, "GET", "/?lang=en", **{"Accept-Language": "zh"}).text


@pytest.mark.parametrize("lang", LANGS)
def test_the_stage_carries_the_lesson_in_one_language(app: FastAPI, playground: FakePlayground, lang: Lang) -> None:
    data = block(ask(app, "GET", f"/lessons/sticky?lang={lang}").text, "page-data")
    lesson = playground.shelf.lessons["sticky"]
    assert (data["lang"], data["run"]) == (lang, None)
    assert data["lesson"]["title"] == lesson.title[lang]
    assert data["lesson"]["remember"] == lesson.remember[lang]
    assert [one["label"] for one in data["lesson"]["parameters"]] == [one.label[lang] for one in lesson.parameters]
    assert data["parameters"] == {one.name: one.default for one in lesson.parameters}


@pytest.mark.parametrize("lang", LANGS)
def test_the_stage_carries_the_catalog(app: FastAPI, lang: Lang) -> None:
    assert block(ask(app, "GET", f"/lessons/sticky?lang={lang}").text, "messages") == messages(lang)


def test_the_programs_on_the_page_are_those_that_would_run(app: FastAPI, playground: FakePlayground) -> None:
    page = ask(app, "GET", "/lessons/sticky?lang=en&p.RECV_SIZE=4&p.MESSAGES=a&p.MESSAGES=%22%3C/script%3E").text
    data = block(page, "page-data")
    values = {"RECV_SIZE": 4, "MESSAGES": ["a", '"</script>']}
    assert {name: data["parameters"][name] for name in values} == values
    shown = ["\n".join("".join(text for _, text in line) for line in one["lines"]) for one in data["programs"]]
    assert shown == [one.text.rstrip("\n") for one in playground.lesson("sticky").render(values)]


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", ["我是大叔，请讲。", "什么"]), ("en", ["Hello. Please speak up!", "what"])]
)
def test_a_text_of_a_program_is_in_the_language_of_the_page(app: FastAPI, lang: Lang, said: list[str]) -> None:
    data = block(ask(app, "GET", f"/lessons/dialogue?lang={lang}").text, "page-data")
    defaults = {one["name"]: one["default"] for one in data["lesson"]["parameters"]}
    assert data["parameters"] == defaults
    assert [defaults[name] for name in ("GREETING", "FILLER")] == said
    again = ask(app, "GET", f"/api/lessons/dialogue/programs?lang={lang}").json()
    assert data["programs"] == again["programs"]
    (server,) = (one for one in data["programs"] if one["name"] == "server")
    text = "".join(text for line in server["lines"] for _, text in line)
    assert all(it in text for it in said)


def test_the_stage_shows_a_run_as_it_was(app: FastAPI, playground: FakePlayground) -> None:
    asyncio.run(playground.start_run("sticky", {"RECV_SIZE": 7}))
    data = block(ask(app, "GET", "/lessons/sticky?run=run-0").text, "page-data")
    assert (data["run"], data["parameters"]["RECV_SIZE"]) == ("run-0", 7)


def shown(app: FastAPI, query: str) -> Any:  # noqa: ANN401 — a run's id, or null
    """The run that the page of the lesson shows."""
    return block(ask(app, "GET", f"/lessons/sticky?{query}").text, "page-data")["run"]


def test_the_stage_shows_the_run_that_is_going_on_unless_the_address_asks_for_something_else(
    app: FastAPI, playground: FakePlayground
) -> None:
    old = asyncio.run(playground.start_run("sticky", {}))
    asyncio.run(old.stop())
    asyncio.run(playground.start_run("hello", {}))
    assert shown(app, "lang=en") is None
    live = asyncio.run(playground.start_run("sticky", {"RECV_SIZE": 7}))
    assert [shown(app, query) for query in ("lang=en", "run=", "projector=1", "p.RECV_SIZE=7")] == [live.id] * 4
    assert [shown(app, query) for query in ("p.RECV_SIZE=4", "run=nobody", "p.RECV_SIZE=x")] == [None] * 3
    assert shown(app, f"run={old.id}") == old.id
    assert block(ask(app, "GET", "/lessons/sticky").text, "page-data")["parameters"]["RECV_SIZE"] == 7
    asyncio.run(live.stop())
    assert shown(app, "lang=en") is None


@pytest.mark.parametrize(
    ("query", "key", "field"),
    [
        ("p.RECV_SIZE=abc", "error.not_int", "RECV_SIZE"),
        ("p.RECV_SIZE=-1", "error.out_of_range", "RECV_SIZE"),
        ("p.NOBODY=1", "error.unknown_parameter", "NOBODY"),
        ("variant=nobody", "error.unknown_variant", None),
    ],
)
def test_what_an_address_cannot_ask_for_is_said_in_the_lesson(
    app: FastAPI, playground: FakePlayground, query: str, key: str, field: str | None
) -> None:
    answer = ask(app, "GET", f"/lessons/sticky?lang=en&{query}&p.PORT=9000")
    data = block(answer.text, "page-data")
    assert answer.status_code == 400
    assert (data["problem"]["key"], data["problem"]["field"]) == (key, field)
    assert data["parameters"] == playground.lesson("sticky").check({"PORT": 9000})


@pytest.mark.parametrize(("run", "told"), [("nobody", True), ("../..", True), ("", False)])
def test_the_stage_of_a_run_that_is_no_longer_kept_is_that_of_the_lesson_and_says_so(
    app: FastAPI, run: str, told: bool
) -> None:
    page = ask(app, "GET", f"/lessons/sticky?lang=en&run={run}").text
    assert block(page, "page-data")["run"] is None
    assert (f">{render('en', 'ui.connection_unknown')}</span>" in page) == told


def test_the_other_language_keeps_everything_else(app: FastAPI) -> None:
    page = ask(app, "GET", "/lessons/sticky?lang=zh&p.PORT=9000&p.MESSAGES=a&p.MESSAGES=b").text
    assert 'href="/lessons/sticky?lang=en&amp;p.PORT=9000&amp;p.MESSAGES=a&amp;p.MESSAGES=b"' in page


@pytest.mark.parametrize(
    ("path", "status", "key", "args"),
    [
        ("/nowhere", 404, "error.no_such_page", {"path": "/nowhere"}),
        ("/lessons/nobody", 404, "error.unknown_lesson", {"lesson": "nobody"}),
        ("/lessons/sticky/compare?left.p.PORT=x", 400, "error.not_int", {"field": "PORT"}),
    ],
)
def test_a_person_gets_a_page_about_the_mistake(
    app: FastAPI, path: str, status: int, key: str, args: dict[str, str]
) -> None:
    answer = ask(app, "GET", path, **{"Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert html.escape(render("en", key, args), quote=False) in answer.text


def test_a_run_starts_with_the_programs_it_runs(app: FastAPI, playground: FakePlayground) -> None:
    answer = ask(app, "POST", "/api/runs", {"lesson": "sticky", "parameters": {"RECV_SIZE": 4, "MESSAGES": ["早", ""]}})
    assert answer.status_code == 201
    assert answer.json()["run"] in playground.runs
    client = next(one for one in answer.json()["programs"] if one["name"] == "client")
    assert any("早" in text for line in client["lines"] for _, text in line)


def test_a_run_says_what_it_is(app: FastAPI, playground: FakePlayground) -> None:
    run = asyncio.run(playground.start_run("sticky", {"NODELAY": True}))
    state = ask(app, "GET", f"/api/runs/{run.id}").json()
    assert (state["run"], state["lesson"], state["live"], state["last_seq"]) == (run.id, "sticky", True, 1)
    assert state["parameters"] == playground.lesson("sticky").check({"NODELAY": True})
    assert [one["file"] for one in state["programs"]] == ["server.py", "client.py"]


def test_a_run_is_stopped_and_may_be_again(app: FastAPI, playground: FakePlayground) -> None:
    run = asyncio.run(playground.start_run("sticky", {}))
    for _ in range(2):
        answer = ask(app, "POST", f"/api/runs/{run.id}/stop")
        assert (answer.status_code, answer.json()) == (200, {"run": run.id, "live": False})
    assert not run.live


def test_a_chunk_is_the_file_and_never_changes(app: FastAPI, playground: FakePlayground) -> None:
    run = asyncio.run(playground.start_run("sticky", {}))
    asyncio.run(run.stop())
    answer = ask(app, "GET", f"/api/runs/{run.id}/chunks/1")
    assert answer.content == gzip.decompress(run.recording.chunk_path(1).read_bytes())
    assert "immutable" in answer.headers["cache-control"]


def test_the_programs_of_other_parameters(app: FastAPI, playground: FakePlayground) -> None:
    answer = ask(app, "GET", "/api/lessons/hello/programs?p.PORT=9000")
    assert any(["mi", "9000"] in line for one in answer.json()["programs"] for line in one["lines"])


def test_the_schema_names_every_command(app: FastAPI) -> None:
    schema = ask(app, "GET", "/api/openapi.json").json()
    assert {"/api/runs", "/api/runs/{run}", "/api/runs/{run}/stop", "/api/runs/{run}/chunks/{number}"} <= set(
        schema["paths"]
    )


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_nothing_that_loads_from_outside_is_served(app: FastAPI, path: str) -> None:
    assert ask(app, "GET", path).status_code == 404


def sticky(**parameters: object) -> dict[str, object]:
    """The body that starts the lesson with these parameters."""
    return {"lesson": "sticky", "parameters": parameters}


ERRORS: list[tuple[str, str, object, int, str, dict[str, object]]] = [
    ("GET", "/api/nowhere", None, 404, "error.no_such_page", {"path": "/api/nowhere"}),
    ("DELETE", "/api/runs", None, 405, "error.method_not_allowed", {"method": "DELETE"}),
    ("GET", "/api/runs/nobody", None, 404, "error.unknown_run", {"run": "nobody"}),
    ("POST", "/api/runs/nobody/stop", None, 404, "error.unknown_run", {"run": "nobody"}),
    ("GET", "/api/runs/nobody/chunks/1", None, 404, "error.unknown_run", {}),
    ("GET", "/api/runs/nobody/chunks/x", None, 422, "error.bad_request", {"where": "path.number"}),
    ("GET", "/api/lessons/nobody/programs", None, 404, "error.unknown_lesson", {"lesson": "nobody"}),
    ("GET", "/api/lessons/sticky/programs?p.PORT=x", None, 400, "error.not_int", {"field": "PORT"}),
    ("POST", "/api/runs", {"lesson": "nobody"}, 404, "error.unknown_lesson", {"field": None}),
    ("POST", "/api/runs", {}, 422, "error.bad_request", {"where": "body.lesson"}),
    ("POST", "/api/runs", {"lesson": "sticky", "x": 1}, 422, "error.bad_request", {"where": "body.x"}),
    ("POST", "/api/runs", sticky(NOBODY=1), 400, "error.unknown_parameter", {"field": "NOBODY"}),
    ("POST", "/api/runs", sticky(PORT="80"), 400, "error.not_int", {"field": "PORT"}),
    ("POST", "/api/runs", sticky(PORT=True), 400, "error.not_int", {"field": "PORT"}),
    ("POST", "/api/runs", sticky(PORT=80), 400, "error.out_of_range", {"field": "PORT", "minimum": 1024}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "key", "about"), ERRORS)
def test_every_error_has_the_one_shape(
    app: FastAPI, method: str, path: str, body: object, status: int, key: str, about: dict[str, object]
) -> None:
    assert_error(ask(app, method, path, body), status, key, **about)


def test_a_chunk_that_is_not_closed_is_an_error(app: FastAPI, playground: FakePlayground) -> None:
    run = asyncio.run(playground.start_run("sticky", {}))
    assert_error(ask(app, "GET", f"/api/runs/{run.id}/chunks/1"), 404, "error.unknown_chunk", number=1)
    run.recording.close()


@pytest.mark.parametrize("run", ["no-such-run", "x" * 300, "..", "%00"])
def test_a_run_that_cannot_be_is_unknown(run: str, app: FastAPI) -> None:
    assert_error(ask(app, "POST", f"/api/runs/{run.replace('..', '%2e%2e')}/stop"), 404, "error.unknown_run")


def test_an_export_that_fails_leaves_no_file(app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    assert_error(ask(app, "GET", "/api/runs/no-such-run/pcapng"), 404, "error.unknown_run", run="no-such-run")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_body_that_is_not_json_is_an_error(app: FastAPI) -> None:
    async def scene() -> httpx.Response:
        async with browser(app) as http:
            return await http.post("/api/runs", content=b"{", headers={"Content-Type": "application/json"})

    assert_error(asyncio.run(scene()), 422, "error.bad_request")


def test_a_mistake_of_ours_says_so_and_nothing_more(
    app: FastAPI, playground: FakePlayground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playground, "recording", lambda run: 1 / 0)
    answer = ask(app, "GET", "/api/runs/run-0")
    assert_error(answer, 500, "error.internal", field=None)
    assert answer.headers["x-content-type-options"] == "nosniff"
