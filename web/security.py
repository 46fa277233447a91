"""Who may ask.

The dashboard starts processes, so nothing at all, not even a style sheet, is given without the
token made at its start. The printed address carries it once; from then on a cookie does.

- Host must be ours: a name somebody else controls may point at 127.0.0.1 (DNS rebinding).
- Origin must be ours on what changes something and on WebSockets: SameSite does not keep out the
  other ports of this host, and the same-origin rule does not cover WebSockets. Browsers always send
  it there; a request without one does not come from a web page.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import Refused
from web.headers import secure
from web.settings import Settings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NAMES = ("127.0.0.1", "localhost", "[::1]")

Refuse = Callable[[HTTPConnection, Refused], Response]


class Security:
    """Middleware around everything: refuses, lets in, and sets the headers of every answer."""

    def __init__(self, app: ASGIApp, settings: Settings, refuse: Refuse) -> None:
        self.app = app
        self.settings = settings
        self.refuse = refuse
        # A browser leaves the port out of Host and Origin when it is the scheme's own.
        suffix = "" if settings.port == 80 else f":{settings.port}"
        self.hosts = {name + suffix for name in NAMES}
        self.origins = {"http://" + host for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            self._check_address(connection)
            if self._carries_token(connection):
                await self._let_in(connection)(scope, receive, _secured(scope, send))
                return
            self._check_cookie(connection)
        except Refused as error:
            await self._refuse(connection, error)(scope, receive, _secured(scope, send))
            return
        await self.app(scope, receive, _secured(scope, send))

    def _check_address(self, connection: HTTPConnection) -> None:
        if connection.headers.get("host", "").lower() not in self.hosts:
            raise Refused("error.wrong_host")
        changes = connection.scope["type"] == "websocket" or connection.scope["method"] not in SAFE_METHODS
        if changes and connection.headers.get("origin") not in {None, *self.origins}:
            raise Refused("error.wrong_origin")

    def _check_cookie(self, connection: HTTPConnection) -> None:
        if not self._is_token(connection.cookies.get(self.settings.cookie, "")):
            raise Refused("error.no_token")

    def _carries_token(self, connection: HTTPConnection) -> bool:
        navigates = connection.scope["type"] == "http" and connection.scope["method"] in ("GET", "HEAD")
        return navigates and self._is_token(connection.query_params.get("token", ""))

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(), self.settings.token.encode())

    def _let_in(self, connection: HTTPConnection) -> Response:
        """The cookie, and the same address without the token, which so stays out of history and screenshots."""
        rest = [(name, value) for name, value in parse_qsl(connection.url.query, True) if name != "token"]
        # With our own host in front, a path of two slashes cannot lead to another one.
        address = f"http://{connection.headers['host']}{quote(connection.scope['path'])}"
        answer = RedirectResponse(address + ("?" + urlencode(rest) if rest else ""), status_code=303)
        answer.set_cookie(self.settings.cookie, self.settings.token, httponly=True, samesite="lax")
        return answer

    def _refuse(self, connection: HTTPConnection, error: Refused) -> ASGIApp:
        # Closing before accepting makes the server answer the upgrade with 403.
        return _close if connection.scope["type"] == "websocket" else self.refuse(connection, error)


async def _close(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})


def _secured(scope: Scope, send: Send) -> Send:
    """`send`, with the security headers on the start of an answer."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            secure(MutableHeaders(scope=message), scope["path"])
        await send(message)

    return secured
