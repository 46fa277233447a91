"""Errors, mapped once: whatever went wrong becomes an EngineError, and that the one JSON shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.errors import BadRequest, EngineError, InternalError, MethodNotAllowed, NoSuchPage
from engine.messages import LANGS, render
from web.headers import secure


class ErrorBody(BaseModel):
    """What is wrong: `field` is the parameter it is about, `text` the sentence in both languages."""

    key: str
    args: dict[str, str | int | float | bool]
    field: str | None
    text: dict[str, str]


class Problem(BaseModel):
    """The shape of every answer that is not 2xx or 3xx."""

    error: ErrorBody


PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": {"model": Problem}, "5XX": {"model": Problem}}
"""For the schema: what every address under /api may answer."""


def json_problem(error: EngineError) -> Response:
    """The answer to a program: the one JSON shape of an error."""
    # Written by pydantic: a bound may be infinite, which JSON has no number for.
    return Response(Problem(error=error_body(error)).model_dump_json(), error.status, media_type="application/json")


def error_body(error: EngineError) -> ErrorBody:
    """What an answer says of an error."""
    text: dict[str, str] = {lang: render(lang, error.key, error.arguments) for lang in LANGS}
    return ErrorBody(key=error.key, args=error.arguments, field=error.field, text=text)


def install(app: FastAPI, answer: Callable[[Request, EngineError], Response]) -> None:
    """Makes every error of the app come out by `answer`."""

    async def problem(request: Request, error: Exception) -> Response:
        response = answer(request, _engine_error(request, error))
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    async def mistake(request: Request, error: Exception) -> Response:
        # The framework sends this one past our middleware, so it gets its headers here.
        response = answer(request, InternalError())
        secure(response.headers, request.url.path)
        return response

    for kind in (EngineError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, problem)
    app.add_exception_handler(Exception, mistake)


def _engine_error(request: Request, error: Exception) -> EngineError:
    path = request.url.path
    if isinstance(error, EngineError):
        return error
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return BadRequest(".".join(map(str, first["loc"])), first["msg"])
    if isinstance(error, HTTPException) and error.status_code == 404:
        return NoSuchPage(path)
    if isinstance(error, HTTPException) and error.status_code == 405:
        return MethodNotAllowed(path, request.method)
    return BadRequest(path, getattr(error, "detail", ""))
