"""The templates. Every one gets `lang`, `t(key, **args)` and `asset(path)`; escaping is always on."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import jinja2
import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from engine.errors import EngineError, Refused
from engine.messages import Lang, render
from web.language import language
from web.problems import json_problem
from web.settings import Settings


class Pages:
    """Renders a template to an answer."""

    def __init__(self, settings: Settings) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(settings.templates), autoescape=True, undefined=jinja2.StrictUndefined
        )
        self._templates.globals["asset"] = _asset

    def page(self, name: str, lang: Lang, context: Mapping[str, object], status: int = 200) -> HTMLResponse:
        """The page `name` in a language."""
        text = self._templates.get_template(name).render({"lang": lang, "t": _words(lang), **context})
        return HTMLResponse(text, status_code=status)

    def problem(self, request: HTTPConnection, error: EngineError) -> Response:
        """The answer to a request that went wrong: a page for people, JSON for programs."""
        if request.scope["path"].startswith("/api/"):
            return json_problem(error)
        lang = language(request)
        name = "refused.html" if isinstance(error, Refused) else "problem.html"
        return self.page(name, lang, {"reason": render(lang, error.key, error.arguments)}, error.status)


def script_json(value: object) -> str:
    """JSON for a script element: nothing in it can end the element or open a comment (HTML, section 4.12.1.3)."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")


def _asset(path: str) -> str:
    return "/static/" + path


@functools.cache
def _words(lang: Lang) -> object:
    def t(key: str, **args: object) -> str:
        return render(lang, key, args)

    return t
