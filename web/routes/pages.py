"""The pages: the lesson list and the stage."""

from __future__ import annotations

from itertools import groupby
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from engine.errors import EngineError, UnknownRun
from engine.lesson import Lesson, Prediction, Variant
from engine.messages import Lang, messages, render
from engine.parameters import Parameter
from engine.playground import Playground
from web.language import language
from web.listing import listing
from web.lookup import PREFIX, RunParts, planned, run_parts
from web.problems import error_body
from web.rendering import Pages, script_json


def pages_router(playground: Playground, pages: Pages) -> APIRouter:
    """`/` and `/lessons/{lesson}`."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    async def home(request: Request) -> HTMLResponse:
        lang = language(request)
        context = {"chapters": _chapters(playground, lang), "other_lang_url": other_lang_url(request, lang)}
        return pages.page("home.html", lang, context)

    @router.get("/lessons/{lesson}")
    async def stage(request: Request, lesson: str, run: str | None = None) -> HTMLResponse:
        lang = language(request)
        known = playground.lesson(lesson)
        asked, problem = _asked(known, request.query_params, lang)
        kept = _kept_run(playground, run, known) if run else _live_run(playground, request.query_params, asked)
        shown = kept or asked
        words = lesson_words(known, lang)
        repeat = playground.repeat_of(known.id)
        data = {
            **_page_data(words, lang, shown),
            "repeat": repeat and repeat.id,
            "problem": problem and error_body(problem).model_dump(),
        }
        context = {
            "lesson": words,
            "gone": bool(run) and kept is None,
            **_neighbours(playground, known, lang),
            "page_data_json": script_json(data),
            "messages_json": script_json(messages(lang)),
            "other_lang_url": other_lang_url(request, lang),
        }
        return pages.page("stage.html", lang, context, problem.status if problem else 200)

    return router


def _chapters(playground: Playground, lang: Lang) -> list[dict[str, object]]:
    times = playground.times_run()
    # The shelf is in the order of the chapters.
    return [
        {"title": _chapter_title(chapter, lang), "lessons": [_card(lesson, lang, times[lesson.id]) for lesson in group]}
        for chapter, group in groupby(playground.shelf.lessons.values(), key=lambda lesson: lesson.chapter)
    ]


def _chapter_title(chapter: int, lang: Lang) -> str:
    """The chapter's number and name; its number alone when a teacher's own lessons are in one we do not know."""
    key = f"ui.chapter_{chapter}"
    return render(lang, key) if key in messages(lang) else str(chapter)


def _summary(lesson: Lesson, lang: Lang) -> dict[str, str]:
    return {"id": lesson.id, "title": lesson.title[lang], "summary": lesson.summary[lang]}


def _card(lesson: Lesson, lang: Lang, times: int) -> dict[str, str]:
    return {**_summary(lesson, lang), "run": render(lang, "ui.times_run", {"n": times}) if times else ""}


def _neighbours(playground: Playground, lesson: Lesson, lang: Lang) -> dict[str, dict[str, str] | None]:
    """The lessons before and after this one, in the order of the shelf; None at its ends."""
    shelf = list(playground.shelf.lessons.values())
    at = shelf.index(lesson)
    before, after = shelf[at - 1] if at else None, shelf[at + 1] if at + 1 < len(shelf) else None
    return {
        "before": _summary(before, lang) if before else None,
        "after": _summary(after, lang) if after else None,
    }


def lesson_words(lesson: Lesson, lang: Lang) -> dict[str, object]:
    """What a page says of a lesson, in one language."""
    return {
        **_summary(lesson, lang),
        "chapter": _chapter_title(lesson.chapter, lang),
        "intro": lesson.intro[lang],
        "remember": lesson.remember[lang],
        "notes": lesson.notes[lang],
        "parameters": [_parameter(parameter, lang) for parameter in lesson.parameters],
        "programs": [
            {"name": it.name, "input": it.input, "lines": it.lines, "more": it.more} for it in lesson.programs
        ],
        "variants": [_variant(variant, lesson, lang) for variant in lesson.variants],
        "prediction": None if lesson.prediction is None else _prediction(lesson.prediction, lang),
        "framing": lesson.framing,
        "view": lesson.view,
        "timeline": lesson.timeline,
        "tools": lesson.tools,
    }


def _variant(variant: Variant, lesson: Lesson, lang: Lang) -> dict[str, object]:
    framing = lesson.framing_of(variant.name)
    return {"name": variant.name, "label": variant.label[lang], "note": variant.note[lang], "framing": framing}


def _prediction(prediction: Prediction, lang: Lang) -> dict[str, object]:
    """Without choices, a number is asked for."""
    choices = [{"value": value, "text": words[lang]} for value, words in prediction.choices]
    return {
        "question": prediction.question[lang],
        "measure": prediction.measure,
        "choices": choices,
        "supposes": prediction.supposes,
    }


def _parameter(parameter: Parameter, lang: Lang) -> dict[str, object]:
    return {
        "name": parameter.name,
        "kind": parameter.kind,
        "default": parameter.default_in(lang),
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "label": parameter.label[lang],
        "help": parameter.help[lang],
    }


def _asked(lesson: Lesson, query: QueryParams, lang: Lang) -> tuple[RunParts, EngineError | None]:
    """What would run with an address; when a part of it cannot be, what would without that part, and why."""
    try:
        return planned(lesson, query, lang), None
    except EngineError as error:
        wrong = "variant" if error.field is None else PREFIX + error.field
        rest = [(name, value) for name, value in query.multi_items() if name != wrong]
        if len(rest) == len(query.multi_items()):
            raise
        return _asked(lesson, QueryParams(rest), lang)[0], error


def _live_run(playground: Playground, query: QueryParams, asked: RunParts) -> RunParts | None:
    """The run of the lesson that is going on, unless the address asks for something else."""
    run = playground.live_run(asked.lesson)
    if run is None:
        return None
    parts = run_parts(playground, run.id)
    asks = any(name == "variant" or name.startswith(PREFIX) for name in query)
    same = (asked.parameters, asked.variant) == (parts.parameters, parts.variant)
    return parts if same or not asks else None


def _kept_run(playground: Playground, run: str, lesson: Lesson) -> RunParts | None:
    """The run the address names; None when it is of another lesson or its recording is no longer kept."""
    try:
        parts = run_parts(playground, run)
    except UnknownRun:
        return None
    return parts if parts.lesson == lesson.id else None


def _page_data(words: dict[str, object], lang: Lang, shown: RunParts) -> dict[str, object]:
    return {
        "lesson": words,
        "lang": lang,
        "programs": [listing(program) for program in shown.programs],
        "parameters": shown.parameters,
        "variant": shown.variant,
        "run": shown.run,
    }


def other_lang_url(request: Request, lang: Lang) -> str:
    """This address in the other language, without the host."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode([('lang', 'en' if lang == 'zh' else 'zh'), *rest])}"
