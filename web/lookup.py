"""Lessons and runs by what a request names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from engine.errors import UnknownParameter
from engine.events import Program
from engine.lesson import Lesson
from engine.parameters import parse_value
from engine.playground import Playground

PREFIX = "p."
"""Of a parameter's name in a query."""


@dataclass(frozen=True)
class RunParts:
    """What is run, or would be (`run` is None): the parameters in effect and the programs they make."""

    run: str | None
    lesson: str
    live: bool
    parameters: Mapping[str, Any]
    programs: list[Program]


def run_parts(playground: Playground, run: str) -> RunParts:
    """What a run of now or of before runs, as its recording says. Raises UnknownRun."""
    recording = playground.recording(run)
    first = recording.run_started()
    live = run in playground.runs and playground.runs[run].live
    if first is None:
        return RunParts(run, recording.header.lesson, live, {}, [])
    return RunParts(run, first.lesson, live, first.parameters, first.programs)


def query_values(lesson: Lesson, query: QueryParams) -> dict[str, object]:
    """The `p.NAME=value` of a query. Raises BadParameter."""
    named = [(name, text) for name, text in query.multi_items() if name.startswith(PREFIX)]
    return text_values(lesson, [(name.removeprefix(PREFIX), text) for name, text in named])


def text_values(lesson: Lesson, settings: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Values written as text, read; of one name the last holds. Raises UnknownParameter."""
    kinds = {parameter.name: parameter.kind for parameter in lesson.parameters}
    values: dict[str, object] = {}
    for name, text in settings:
        if name not in kinds:
            raise UnknownParameter(name, lesson.id)
        values[name] = parse_value(kinds[name], text)
    return values
