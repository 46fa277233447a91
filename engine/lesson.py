"""Lessons: folders with a `scenario.toml` and a few programs, read and checked.

A broken folder never hides the others: it is on the shelf's list of broken ones, with the file
and the line to look at.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from engine import events
from engine.errors import BadParameter, UnknownParameter
from engine.messages import render
from engine.parameters import Constant, Kind, Parameter, find_constants, rewrite, same
from engine.parameters import Value as Value

SCENARIOS = Path(__file__).with_name("scenarios")
"""The lessons that come with us."""

SCENARIO = "scenario.toml"

MOMENTS = ("listen", "bind", "connect")
"""The calls for which another program may wait: from then on a server can be reached, a client has reached one."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str

    def both(self) -> dict[str, str]:
        return {"zh": self.zh.strip(), "en": self.en.strip()}


class Sentences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of sentences in both languages."""

    zh: list[str]
    en: list[str]


class ProgramEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[programs]]`: in the order in which they are started."""

    name: str
    file: str
    role: Literal["client", "server"]
    after: str | None = None


class ParameterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[parameters]]`: the default is not here, it is what the program says."""

    name: str
    kind: Kind
    label: Words
    help: Words
    minimum: int | float | None = None
    maximum: int | float | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of a `scenario.toml`."""

    chapter: int
    order: int
    title: Words
    summary: Words
    intro: Words
    remember: Sentences
    programs: list[ProgramEntry]
    parameters: list[ParameterEntry] = []


@dataclass(frozen=True)
class LessonProgram:
    """A program as its author wrote it.

    `after` is `NAME:listen`, `NAME:bind` or `NAME:connect`: start when that program has made that call.
    """

    name: str
    role: Literal["client", "server"]
    file: str
    after: str | None
    text: str


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
    programs: Sequence[LessonProgram]
    parameters: Sequence[Parameter]

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

    def render(self, values: Mapping[str, object]) -> list[events.Program]:
        """The programs as they will run, with the constants rewritten. Raises as `check` does."""
        checked = self.check(values)
        return [
            events.Program(name=it.name, role=it.role, file=it.file, text=rewrite(it.text, checked))
            for it in self.programs
        ]


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


class LessonError(Exception):
    """What is wrong with a lesson folder."""

    def __init__(self, file: str, line: int | None, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")


def load_lessons(folders: Sequence[Path]) -> LessonShelf:
    """Read every lesson in these folders of lessons. Names that begin with `.` or `_` are passed over."""
    lessons: dict[str, Lesson] = {}
    broken = []
    for folder in folders:
        if not folder.is_dir():
            broken.append(BrokenLesson(folder, f"{folder}: no such folder"))
            continue
        if (folder / SCENARIO).is_file():
            broken.append(BrokenLesson(folder, f"{SCENARIO}: this is a lesson; name the folder it is in"))
            continue
        for entry in sorted(folder.iterdir()):
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


def read_lesson(folder: Path) -> Lesson:
    """Read one lesson folder; its name is the id. Raises LessonError."""
    if not re.fullmatch(r"[\w-]+", folder.name):
        raise LessonError(SCENARIO, None, "the folder's name may hold letters, digits, - and _ only")
    toml = _read_text(folder, SCENARIO)
    scenario = _read_scenario(toml)
    programs = [
        LessonProgram(entry.name, entry.role, entry.file, entry.after, _read_program(folder, entry, toml, number))
        for number, entry in enumerate(scenario.programs)
    ]
    _check_programs(programs, toml)
    constants = [(program, constant) for program in programs for constant in find_constants(program.text)]
    return Lesson(
        id=folder.name,
        chapter=scenario.chapter,
        order=scenario.order,
        title=scenario.title.both(),
        summary=scenario.summary.both(),
        intro=scenario.intro.both(),
        remember={"zh": scenario.remember.zh, "en": scenario.remember.en},
        programs=programs,
        parameters=[
            _parameter(entry, constants, line_of(toml, f"$.parameters[{number}]"))
            for number, entry in enumerate(scenario.parameters)
        ],
    )


def _read_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode()
    except OSError as error:
        raise LessonError(name, None, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LessonError(name, line, "not UTF-8") from error


def _read_scenario(toml: str) -> Scenario:
    try:
        return msgspec.convert(tomllib.loads(toml), Scenario)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        problem, line = found.groups() if found else (str(error), None)
        raise LessonError(SCENARIO, int(line or toml.count("\n") + 1), problem) from error
    except RecursionError as error:
        raise LessonError(SCENARIO, None, "nested too deeply") from error
    except msgspec.ValidationError as error:
        path = str(error).rpartition(" - at `")[2].rstrip("`")
        raise LessonError(SCENARIO, line_of(toml, path), str(error)) from error


def line_of(toml: str, path: str) -> int | None:
    """The line a path such as `$.programs[1].role` points to, or that of the nearest thing around it."""
    steps = re.findall(r"(\w+)(?:\[(\d+)\])?", path)
    lines = toml.splitlines()
    found = None
    at = 0
    for name, index in steps:
        pattern = rf"\s*\[+\s*{name}\s*\]|\s*{name}\s*="
        matches = [number for number in range(at, len(lines)) if re.match(pattern, lines[number])]
        if int(index or 0) < len(matches):
            at = matches[int(index or 0)]
            found = at + 1
    return found


def _read_program(folder: Path, entry: ProgramEntry, toml: str, number: int) -> str:
    line = line_of(toml, f"$.programs[{number}].file")
    if not re.fullmatch(r"\w+\.py", entry.file):
        raise LessonError(SCENARIO, line, f"{entry.file!r} is not the plain name of a Python file")
    if not (folder / entry.file).is_file():
        raise LessonError(SCENARIO, line, f"there is no file {entry.file}")
    text = _read_text(folder, entry.file)
    try:
        find_constants(text)
    except SyntaxError as error:
        raise LessonError(entry.file, error.lineno, error.msg) from error
    except ValueError as error:  # null bytes
        raise LessonError(entry.file, None, str(error)) from error
    except (RecursionError, MemoryError) as error:  # which of the two depends on Python's version
        raise LessonError(entry.file, None, "nested too deeply") from error
    return text


def _check_programs(programs: Sequence[LessonProgram], toml: str) -> None:
    """Names and files are each used once; `after` names a program that was started before."""
    names: list[str] = []
    files: list[str] = []
    for number, program in enumerate(programs):
        line = line_of(toml, f"$.programs[{number}]")
        if not re.fullmatch(r"\w+", program.name) or program.name in names:
            raise LessonError(SCENARIO, line, f"{program.name!r} is not a name, or is taken")
        if program.file in files:
            raise LessonError(SCENARIO, line, f"{program.file} is another program's file")
        if program.after is not None and program.after not in {f"{it}:{call}" for it in names for call in MOMENTS}:
            problem = f"after = {program.after!r} is not NAME:listen, NAME:bind or NAME:connect of an earlier program"
            raise LessonError(SCENARIO, line, problem)
        names.append(program.name)
        files.append(program.file)
    if not programs:
        raise LessonError(SCENARIO, None, "a lesson needs at least one program")


def _parameter(
    entry: ParameterEntry, constants: Sequence[tuple[LessonProgram, Constant]], line: int | None
) -> Parameter:
    """The entry with the default its programs agree on, which must keep the entry's own limits."""
    if entry.kind != "bool" and (entry.minimum is None or entry.maximum is None):
        raise LessonError(SCENARIO, line, f"{entry.name} needs a minimum and a maximum")
    file, constant = _constant(entry.name, constants, line)
    if not isinstance(constant.value, int | float | str | list):
        raise LessonError(file, constant.line, f"the value of {entry.name} is not a plain literal")
    words = (entry.label.both(), entry.help.both())
    parameter = Parameter(entry.name, entry.kind, constant.value, entry.minimum, entry.maximum, *words)
    try:
        value = parameter.check(constant.value)
    except BadParameter as error:
        raise LessonError(file, constant.line, render("en", error.key, error.arguments)) from error
    if not same(value, constant.value):
        raise LessonError(file, constant.line, f"write {entry.name} = {value!r}")
    return parameter


def _constant(name: str, constants: Sequence[tuple[LessonProgram, Constant]], line: int | None) -> tuple[str, Constant]:
    """The file and the constant of this name; each file has it at most once, and all have the same value."""
    places = [(program.file, constant) for program, constant in constants if constant.name == name]
    if not places:
        raise LessonError(SCENARIO, line, f"no program has a constant {name}")
    files: list[str] = []
    for file, constant in places:
        if file in files:
            raise LessonError(file, constant.line, f"{name} is assigned twice")
        if not same(constant.value, places[0][1].value):
            raise LessonError(file, constant.line, f"{name} differs from that in {files[0]}")
        files.append(file)
    return places[0]
