"""Lessons and runs by what a request names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from engine.errors import UnknownParameter
from engine.events import Program
from engine.lesson import Lesson
from engine.messages import Lang
from engine.parameters import Kind, parse_value
from engine.playground import Playground

PREFIX = "p."
"""Of a parameter's name in a query."""


@dataclass(frozen=True)
class RunParts:
    """What is run, or would be (`run` is None): the parameters and the variant in effect and what they make."""

    run: str | None
    lesson: str
    live: bool
    parameters: Mapping[str, Any]
    variant: str
    """Its name; empty of a lesson that has none."""
    programs: list[Program]


def run_parts(playground: Playground, run: str) -> RunParts:
    """What a run of now or of before runs, as its recording says. Raises UnknownRun."""
    recording = playground.recording(run)
    first = recording.run_started()
    live = run in playground.runs and playground.runs[run].live
    if first is None:
        return RunParts(run, recording.header.lesson, live, {}, "", [])
    return RunParts(run, first.lesson, live, first.parameters, first.variant, first.programs)


def planned(lesson: Lesson, query: QueryParams, lang: Lang, prefix: str = "") -> RunParts:
    """What would run with the `p.NAME` and the `variant` of a query, whose names may begin with a prefix.

    What it does not name has its default in this language.

    Raises UnknownParameter, BadParameter, UnknownVariant.
    """
    values = lesson.check(lesson.defaults_in(lang) | query_values(lesson, query, prefix + PREFIX))
    chosen = lesson.variant(query.get(f"{prefix}variant", ""))
    variant = "" if chosen is None else chosen.name
    programs = lesson.render(values, variant)
    return RunParts(run=None, lesson=lesson.id, live=False, parameters=values, variant=variant, programs=programs)


def query_values(lesson: Lesson, query: QueryParams, prefix: str = PREFIX) -> dict[str, object]:
    """The `p.NAME=value` of a query; a list of texts repeats its name. Raises UnknownParameter."""
    values: dict[str, object] = {}
    for key in query:
        if key.startswith(prefix):
            name = key.removeprefix(prefix)
            kind = kind_of(lesson, name)
            values[name] = query.getlist(key) if kind == "texts" else parse_value(kind, query[key])
    return values


def kind_of(lesson: Lesson, name: str) -> Kind:
    """The kind of a parameter. Raises UnknownParameter."""
    for parameter in lesson.parameters:
        if parameter.name == name:
            return parameter.kind
    raise UnknownParameter(name, lesson.id)
