"""Lessons: folders with a `scenario.toml` and a few programs, read and checked.

A broken folder never hides the others: it is on the shelf's list of broken ones, with the file
and the line to look at. `docs/lessons.md` is for whoever writes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import events
from engine.errors import CannotReadLessons, NotAFolderOfLessons, UnknownParameter, UnknownVariant
from engine.parameters import Parameter, rewrite
from engine.parameters import Value as Value
from engine.scenario import (
    SCENARIO,
    Framing,
    LessonError,
    PredictionEntry,
    Tool,
    VariantEntry,
    View,
    read_scenario,
    read_text,
)
from engine.sources import LessonProgram, read_parameters, read_sources
from engine.understand.measures import Measurement

SCENARIOS = Path(__file__).with_name("scenarios")
"""The lessons that come with us."""


@dataclass(frozen=True)
class Variant:
    """One way to write the programs of a lesson: `files` by program, of those that differ. Words are by language."""

    name: str
    label: Mapping[str, str]
    note: Mapping[str, str]
    files: Mapping[str, str]
    framing: Framing | None


@dataclass(frozen=True)
class Prediction:
    """The question of a lesson, and the measure that answers it (`engine/understand/measures.py`).

    `process` is the one whose calls are meant, None for everybody's; `nth` counts from 1. `choices` are pairs of a
    value and its words; without them the answer is a number. The question is true while the parameters that it
    `supposes` have their defaults.
    """

    question: Mapping[str, str]
    measure: str
    process: str | None
    nth: int
    choices: Sequence[tuple[str, Mapping[str, str]]]
    supposes: Sequence[str]

    def measurement(self) -> Measurement:
        """What follows a run to the answer."""
        return Measurement(self.measure, self.process, self.nth, [value for value, _ in self.choices])


@dataclass(frozen=True)
class Lesson:
    """A lesson. Words are by language, `zh` and `en`."""

    id: str
    chapter: int
    order: int
    title: Mapping[str, str]
    summary: Mapping[str, str]
    intro: Mapping[str, str]
    remember: Mapping[str, list[str]]
    notes: Mapping[str, str]
    programs: Sequence[LessonProgram]
    sources: Mapping[str, str]
    """The text of each file, of all variants."""
    parameters: Sequence[Parameter]
    variants: Sequence[Variant]
    prediction: Prediction | None
    framing: Framing | None
    view: View
    timeline: bool
    """Whether projector mode shows it too: the lesson is about how long something takes."""
    tools: Sequence[Tool]
    """What its page offers besides: `struct`, the table of struct formats."""
    open_files: int | None
    """RLIMIT_NOFILE of its processes; None for the usual one."""

    def check(self, values: Mapping[str, object]) -> dict[str, Value]:
        """The value of every parameter, defaults filled in. Raises BadParameter, UnknownParameter."""
        names = {parameter.name for parameter in self.parameters}
        for name in values:
            if name not in names:
                raise UnknownParameter(name, self.id)
        return {
            parameter.name: parameter.check(values.get(parameter.name, parameter.default))
            for parameter in self.parameters
        }

    def defaults_in(self, lang: str) -> dict[str, Value]:
        """The default of every parameter for who reads this language."""
        return {parameter.name: parameter.default_in(lang) for parameter in self.parameters}

    def variant(self, name: str = "") -> Variant | None:
        """The variant of this name, the first one when it is empty; None of a lesson that has none.

        Raises UnknownVariant.
        """
        for variant in self.variants:
            if name in ("", variant.name):
                return variant
        if name:
            raise UnknownVariant(name, self.id)
        return None

    def render(self, values: Mapping[str, object], variant: str = "") -> list[events.Program]:
        """The programs as they will run, with the constants rewritten. Raises as `check` and `variant` do."""
        checked = self.check(values)
        chosen = self.variant(variant)
        files = {} if chosen is None else chosen.files
        return [
            events.Program(name=it.name, role=it.role, file=file, text=rewrite(self.sources[file], checked))
            for it in self.programs
            for file in [files.get(it.name, it.file)]
        ]

    def counts(self, values: Mapping[str, object]) -> dict[str, int]:
        """How many processes of each program are started. Raises as `check` does."""
        checked = self.check(values)
        return {it.name: _whole(checked[it.count]) if isinstance(it.count, str) else it.count for it in self.programs}

    def framing_of(self, variant: str = "") -> Framing | None:
        """How its messages are delimited. Raises UnknownVariant."""
        chosen = self.variant(variant)
        return self.framing if chosen is None or chosen.framing is None else chosen.framing


def process_name(program: str, number: int) -> str:
    """`client`, `client-2`, `client-3`, …: the processes of a program, counted from 1."""
    return program if number == 1 else f"{program}-{number}"


@dataclass(frozen=True)
class BrokenLesson:
    """A folder that could not be read. `message` is for whoever writes lessons: `FILE:LINE: what is wrong`."""

    folder: Path
    message: str


@dataclass(frozen=True)
class LessonShelf:
    """Lessons by id, in the order of their chapters."""

    lessons: Mapping[str, Lesson]
    broken: Sequence[BrokenLesson]


def load_lessons(folders: Sequence[Path]) -> LessonShelf:
    """Read every lesson in these folders of lessons. Names that begin with `.` or `_` are passed over.

    Raises CannotReadLessons, NotAFolderOfLessons.
    """
    lessons: dict[str, Lesson] = {}
    broken = []
    for folder in folders:
        for entry in _entries(folder):
            if not entry.is_dir() or entry.name.startswith((".", "_")):
                continue
            try:
                lesson = read_lesson(entry)
                if lesson.id in lessons:
                    raise LessonError(SCENARIO, None, f"there is a lesson called {lesson.id} already")
            except LessonError as error:
                broken.append(BrokenLesson(entry, str(error)))
            else:
                lessons[lesson.id] = lesson
    ordered = sorted(lessons.values(), key=lambda lesson: (lesson.chapter, lesson.order, lesson.id))
    return LessonShelf({lesson.id: lesson for lesson in ordered}, broken)


def _entries(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise CannotReadLessons(str(folder), error.strerror or str(error)) from error
    if folder / SCENARIO in entries:
        raise NotAFolderOfLessons(str(folder))
    return entries


def read_lesson(folder: Path) -> Lesson:
    """Read one lesson folder; its name is the id. Raises LessonError."""
    if not re.fullmatch(r"[\w-]+", folder.name):
        raise LessonError(SCENARIO, None, "the folder's name may hold letters, digits, - and _ only")
    toml = read_text(folder, SCENARIO)
    scenario = read_scenario(toml)
    sources = read_sources(folder, scenario, toml)
    return Lesson(
        id=folder.name,
        chapter=scenario.chapter,
        order=scenario.order,
        title=scenario.title.both(),
        summary=scenario.summary.both(),
        intro=scenario.intro.both(),
        remember={"zh": scenario.remember.zh, "en": scenario.remember.en},
        notes=scenario.notes.both(),
        programs=[
            LessonProgram(it.name, it.role, it.file, it.after, it.count, it.more, it.input, it.lines)
            for it in scenario.programs
        ],
        sources=sources,
        parameters=read_parameters(scenario, sources, toml),
        variants=[_variant(entry) for entry in scenario.variants],
        prediction=_prediction(scenario.prediction),
        framing=scenario.framing,
        view=scenario.view,
        timeline=scenario.timeline,
        tools=scenario.tools,
        open_files=scenario.open_files,
    )


def _whole(value: Value) -> int:
    assert isinstance(value, int)  # a count is the name of an int parameter
    return value


def _variant(entry: VariantEntry) -> Variant:
    return Variant(entry.name, entry.label.both(), entry.note.both(), entry.files, entry.framing)


def _prediction(entry: PredictionEntry | None) -> Prediction | None:
    if entry is None:
        return None
    choices = [(choice.value, {"zh": choice.zh, "en": choice.en}) for choice in entry.choices]
    return Prediction(entry.question.both(), entry.measure, entry.process, entry.nth, choices, entry.supposes)
