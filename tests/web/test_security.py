"""Who may ask: every route there is, refused to whom it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Message

from tests.web.dashboard import FakePlayground
from web.app import create_app
from web.settings import Settings

SETTINGS = Settings(port=8765, token="the token")
ORIGIN = "http://127.0.0.1:8765"
COOKIE = {"Cookie": f"{SETTINGS.cookie}={SETTINGS.token}"}
OURS = {"Host": "127.0.0.1:8765", "Origin": ORIGIN, **COOKIE}
FILLED = {"{lesson}": "sticky", "{run}": "run-0", "{repeat}": "none", "{number}": "1", "{path}": "css/base.css"}

REFUSED = {
    "no token": {"Cookie": ""},
    "wrong token": {"Cookie": f"{SETTINGS.cookie}=the wrong token"},
    "not text": {"Cookie": f"{SETTINGS.cookie}=\xff"},
    "another port's token": {"Cookie": f"socket_playground_8766={SETTINGS.token}"},
    "a host of somebody else": {"Host": "playground.example:8765"},
    "the host of another port": {"Host": "127.0.0.1:8001"},
    "no host": {"Host": ""},
}
WRONG_ORIGINS = ["http://playground.example", "http://127.0.0.1:8001", "https://127.0.0.1:8765", "null", ""]


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(FakePlayground(tmp_path), SETTINGS)


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every (method, path) of the app, "WS" for a WebSocket."""
    for route in _flat(app.routes):
        for method in _methods(route):
            path = getattr(route, "path", "") + ("/{path}" if isinstance(route, Mount) else "")
            for name, value in FILLED.items():
                path = path.replace(name, value)
            yield method, path


def _flat(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """FastAPI keeps an included router as one entry in newer versions; older ones copy its routes."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from [route] if inner is None else _flat(inner.routes)


def _methods(route: BaseRoute) -> set[str]:
    if isinstance(route, WebSocketRoute):
        return {"WS"}
    if isinstance(route, Mount):
        return {"GET"}
    assert isinstance(route, Route | APIRoute), f"a route this test does not know: {route}"
    return set(route.methods or ())


async def upgrade(app: FastAPI, path: str, headers: dict[str, str]) -> list[Message]:
    """What the app answers to a WebSocket handshake; the viewer leaves at once."""
    sent: list[Message] = []
    incoming: Iterator[Message] = iter(({"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}))

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "websocket", "path": path, "headers": raw, "query_string": b"", "subprotocols": []}
    await app(scope, receive, send)
    return sent


@asynccontextmanager
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as http:
        yield http


async def is_refused(app: FastAPI, method: str, path: str, headers: dict[str, str]) -> bool:
    """Refused, and not a byte of the answer says anything else."""
    if method == "WS":
        return [message["type"] for message in await upgrade(app, path, headers)] == ["websocket.close"]
    async with client(app) as http:
        answer = await http.request(method, path, headers=httpx.Headers(headers, encoding="latin-1"))
    if path.startswith("/api/") and method != "HEAD":
        assert answer.status_code != 403 or answer.json()["error"]["key"].startswith("error.")
    return answer.status_code == 403


def test_the_walk_sees_every_kind_of_route(app: FastAPI) -> None:
    walked = set(routes(app))
    assert {
        ("GET", "/"),
        ("GET", "/static/css/base.css"),
        ("POST", "/api/runs"),
        ("POST", "/api/runs/run-0/input"),
        ("POST", "/api/repeats/none/stop"),
        ("GET", "/api/openapi.json"),
        ("WS", "/api/runs/run-0/live"),
    } <= walked


def test_nothing_is_refused_to_whom_it_belongs(app: FastAPI) -> None:
    for method, path in routes(app):
        assert not asyncio.run(is_refused(app, method, path, OURS)), (method, path)


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_every_route_refuses(app: FastAPI, headers: dict[str, str]) -> None:
    for method, path in [*routes(app), ("GET", "/nowhere"), ("WS", "/nowhere")]:
        assert asyncio.run(is_refused(app, method, path, OURS | headers)), (method, path)


@pytest.mark.parametrize("origin", WRONG_ORIGINS)
def test_what_changes_something_and_every_websocket_refuse_another_origin(app: FastAPI, origin: str) -> None:
    changing = [(method, path) for method, path in routes(app) if method not in ("GET", "HEAD")]
    assert len(changing) >= 11
    for method, path in changing:
        assert asyncio.run(is_refused(app, method, path, {**OURS, "Origin": origin})), (method, path)


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_every_name_of_loopback_is_ours(app: FastAPI, host: str) -> None:
    headers = {**OURS, "Host": host, "Origin": f"http://{host.lower()}"}
    assert not asyncio.run(is_refused(app, "POST", "/api/runs/nobody/stop", headers))


def test_a_program_without_an_origin_may_ask(app: FastAPI) -> None:
    headers = {name: value for name, value in OURS.items() if name != "Origin"}
    assert not asyncio.run(is_refused(app, "POST", "/api/runs/nobody/stop", headers))


def test_the_token_becomes_a_cookie_and_leaves_the_address(app: FastAPI) -> None:
    async def scene() -> httpx.Response:
        async with client(app) as http:
            return await http.get("/lessons/sticky?lang=zh&token=the+token&p.MESSAGES=a%26b&p.MESSAGES=")

    answer = asyncio.run(scene())
    assert answer.status_code == 303
    assert answer.headers["location"] == ORIGIN + "/lessons/sticky?lang=zh&p.MESSAGES=a%26b&p.MESSAGES="
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith('socket_playground_8765="the token";')
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_the_token_opens_no_way_to_another_host(app: FastAPI) -> None:
    async def scene() -> httpx.Response:
        async with client(app) as http:
            return await http.get(ORIGIN + "//playground.example/?token=the+token")

    assert asyncio.run(scene()).headers["location"].startswith(ORIGIN + "/")


@pytest.mark.parametrize("token", ["", "the%20wrong%20token", "%FF"])
def test_a_wrong_token_in_the_address_gives_no_cookie(app: FastAPI, token: str) -> None:
    async def scene() -> httpx.Response:
        async with client(app) as http:
            return await http.get(f"/?token={token}")

    answer = asyncio.run(scene())
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_token_in_the_address_changes_nothing_by_itself(app: FastAPI) -> None:
    assert asyncio.run(is_refused(app, "POST", "/api/runs?token=the+token", {"Host": OURS["Host"]}))


def test_whoever_is_refused_gets_a_page_in_his_language(app: FastAPI) -> None:
    async def scene() -> httpx.Response:
        async with client(app) as http:
            return await http.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})

    answer = asyncio.run(scene())
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "令牌" in answer.text


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/", "no-store"),
        ("/nowhere", "no-store"),
        ("/api/runs/nobody", "no-store"),
        ("/static/css/base.css", "no-cache"),
        ("/static/js/stage.js", "no-cache"),
    ],
)
@pytest.mark.parametrize("headers", [OURS, {"Host": "playground.example"}], ids=["let in", "refused"])
def test_every_answer_has_the_headers(app: FastAPI, headers: dict[str, str], path: str, cache: str) -> None:
    async def scene() -> httpx.Response:
        async with client(app) as http:
            return await http.get(path, headers=headers)

    answer = asyncio.run(scene())
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == cache
