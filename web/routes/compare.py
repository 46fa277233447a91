"""Two runs of one lesson, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from engine.errors import EngineError, NotARecording, RunOfOtherLesson, UnknownRun
from engine.lesson import Lesson
from engine.messages import Lang, messages, render
from engine.playground import Playground
from web.language import language
from web.lookup import RunParts, planned, run_parts
from web.rendering import Pages, script_json
from web.routes.pages import lesson_words, other_lang_url

Side = Literal["left", "right"]


def compare_router(playground: Playground, pages: Pages) -> APIRouter:
    """`/lessons/{lesson}/compare`.

    Each side is a run (`left=RUN`), or what is to run (`left.variant`, `left.p.NAME`).
    """
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/lessons/{lesson}/compare")
    async def compare(request: Request, lesson: str) -> HTMLResponse:
        lang = language(request)
        known = playground.lesson(lesson)
        left, left_problem = _side(playground, known, request.query_params, lang, "left")
        right, right_problem = _side(playground, known, request.query_params, lang, "right")
        if not _named(request.query_params, "right"):
            right = _another(known, left)
        words = lesson_words(known, lang)
        data = {
            "lesson": words,
            "lang": lang,
            "left": _side_data(left, left_problem, lang),
            "right": _side_data(right, right_problem, lang),
        }
        context = {
            "lesson": words,
            "page_data_json": script_json(data),
            "messages_json": script_json(messages(lang)),
            "other_lang_url": other_lang_url(request, lang),
        }
        return pages.page("compare.html", lang, context)

    return router


def _named(query: QueryParams, side: Side) -> bool:
    return any(name == side or name.startswith(f"{side}.") for name in query)


def _side(
    playground: Playground, lesson: Lesson, query: QueryParams, lang: Lang, side: Side
) -> tuple[RunParts, EngineError | None]:
    """What is on one side; when the run it names cannot be shown, what would run there, and why not."""
    run = query.get(side)
    if not run:
        return planned(lesson, query, lang, f"{side}."), None
    try:
        parts = run_parts(playground, run)
        if parts.lesson == lesson.id:
            return parts, None
        problem: EngineError = RunOfOtherLesson(run, parts.lesson)
    except (UnknownRun, NotARecording):
        problem = UnknownRun(run)
    return planned(lesson, query, lang, f"{side}."), problem


def _another(lesson: Lesson, left: RunParts) -> RunParts:
    """What there is to compare with when nothing is named: another variant, or what the lesson says of parameters."""
    other = next((it.name for it in lesson.variants if it.name != left.variant), None)
    if other is not None:
        return replace(left, run=None, live=False, variant=other)
    changed = {
        it.name: it.default if left.parameters[it.name] == it.compared else it.compared
        for it in lesson.parameters
        if it.compared is not None
    }
    return replace(left, run=None, live=False, parameters={**left.parameters, **changed})


def _side_data(parts: RunParts, problem: EngineError | None, lang: Lang) -> dict[str, object]:
    return {
        "run": parts.run,
        "parameters": parts.parameters,
        "variant": parts.variant,
        "problem": None if problem is None else render(lang, problem.key, problem.arguments),
    }
