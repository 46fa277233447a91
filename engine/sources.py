"""The programs of a lesson as their author wrote them, and the parameters whose defaults they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import BadParameter
from engine.messages import render
from engine.parameters import Constant, Parameter, find_constants, same
from engine.scenario import (
    COUNT_LIMIT,
    SCENARIO,
    LessonError,
    ParameterEntry,
    ProgramEntry,
    Role,
    Scenario,
    line_of,
    read_text,
)

MOMENTS = ("listen", "bind", "connect")
"""The calls for which another program may wait: from then on a server can be reached, a client has reached one."""


@dataclass(frozen=True)
class LessonProgram:
    """A program of a lesson.

    `file` is the one it runs, unless a variant names another. `after` is `NAME:listen`, `NAME:bind` or
    `NAME:connect`: start when that program has made that call. `count` processes of it are started, or as many as
    the parameter of that name says; `more` may be added while the run lives. `input`: it reads its standard input, and
    `lines` are what to type first when nothing else comes to mind.
    """

    name: str
    role: Role
    file: str
    after: str | None
    count: int | str
    more: bool
    input: bool
    lines: Sequence[str]


def read_sources(folder: Path, scenario: Scenario, toml: str) -> dict[str, str]:
    """The text of every file that some variant runs, by name. Raises LessonError."""
    _check_programs(scenario.programs, toml)
    sources: dict[str, str] = {}
    for path, file in _files(scenario):
        if file not in sources:
            sources[file] = _read_program(folder, file, line_of(toml, path))
    for number, variant in enumerate(scenario.variants):
        files = [variant.files.get(entry.name, entry.file) for entry in scenario.programs]
        if len(set(files)) < len(files):
            line = line_of(toml, f"$.variants[{number}]")
            raise LessonError(SCENARIO, line, "two programs have the same file")
    return sources


def _files(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(scenario.programs):
        yield f"$.programs[{number}].file", entry.file
    for number, variant in enumerate(scenario.variants):
        for file in variant.files.values():
            yield f"$.variants[{number}].files", file


def _read_program(folder: Path, file: str, line: int | None) -> str:
    if not re.fullmatch(r"\w+\.py", file):
        raise LessonError(SCENARIO, line, f"{file!r} is not the plain name of a Python file")
    if not (folder / file).is_file():
        raise LessonError(SCENARIO, line, f"there is no file {file}")
    text = read_text(folder, file)
    try:
        find_constants(text)
    except SyntaxError as error:
        raise LessonError(file, error.lineno, error.msg) from error
    except ValueError as error:  # null bytes
        raise LessonError(file, None, str(error)) from error
    except (RecursionError, MemoryError) as error:  # which of the two depends on Python's version
        raise LessonError(file, None, "nested too deeply") from error
    return text


def _check_programs(programs: Sequence[ProgramEntry], toml: str) -> None:
    """Names and files are each used once; `after` names a program that was started before."""
    names: list[str] = []
    files: list[str] = []
    for number, program in enumerate(programs):
        line = line_of(toml, f"$.programs[{number}]")
        if not re.fullmatch(r"\w+", program.name) or program.name in names:
            raise LessonError(SCENARIO, line, f"{program.name!r} is not a name, or is taken")
        if program.file in files:
            raise LessonError(SCENARIO, line, f"{program.file} is another program's file")
        if program.lines and not program.input:
            raise LessonError(SCENARIO, line, f"{program.name} has lines to type, but does not read its input")
        if program.after is not None and program.after not in {f"{it}:{call}" for it in names for call in MOMENTS}:
            problem = f"after = {program.after!r} is not NAME:listen, NAME:bind or NAME:connect of an earlier program"
            raise LessonError(SCENARIO, line, problem)
        names.append(program.name)
        files.append(program.file)
    if not programs:
        raise LessonError(SCENARIO, None, "a lesson needs at least one program")


def read_parameters(scenario: Scenario, sources: Mapping[str, str], toml: str) -> list[Parameter]:
    """The parameters, with the defaults on which all files that have them agree. Raises LessonError."""
    constants = [(file, constant) for file, text in sources.items() for constant in find_constants(text)]
    counts = {entry.count for entry in scenario.programs}
    _check_counts(scenario.programs, scenario.parameters, toml)
    return [
        _parameter(entry, constants, entry.name in counts, line_of(toml, f"$.parameters[{number}]"))
        for number, entry in enumerate(scenario.parameters)
    ]


def _check_counts(programs: Sequence[ProgramEntry], parameters: Sequence[ParameterEntry], toml: str) -> None:
    limits = {it.name: (it.minimum, it.maximum) for it in parameters if it.kind == "int"}
    for number, program in enumerate(programs):
        if isinstance(program.count, int):
            continue
        line = line_of(toml, f"$.programs[{number}].count")
        minimum, maximum = limits.get(program.count, (None, None))
        if minimum is None or maximum is None:
            raise LessonError(SCENARIO, line, f"count = {program.count!r} is not the name of an int parameter")
        if minimum < 0 or maximum > COUNT_LIMIT:
            raise LessonError(SCENARIO, line, f"{program.count} must stay between 0 and {COUNT_LIMIT}")


def _parameter(
    entry: ParameterEntry, constants: Sequence[tuple[str, Constant]], counts: bool, line: int | None
) -> Parameter:
    """The entry with its default, which must keep the entry's own limits."""
    if entry.kind != "bool" and (entry.minimum is None or entry.maximum is None):
        raise LessonError(SCENARIO, line, f"{entry.name} needs a minimum and a maximum")
    file, at, default = _default(entry, constants, counts, line)
    if not isinstance(default, int | float | str | list):
        raise LessonError(file, at, f"the value of {entry.name} is not a plain literal")
    defaults = {} if entry.defaults is None else entry.defaults.both()
    if defaults and (entry.kind != "text" or default not in defaults.values()):
        raise LessonError(SCENARIO, line, f"defaults are of a text, and one of them is what {file} says")
    words = (entry.label.both(), entry.help.both())
    parameter = Parameter(
        entry.name, entry.kind, default, entry.minimum, entry.maximum, *words, defaults, entry.compared
    )
    try:
        value = parameter.check(default)
        for text in defaults.values():
            parameter.check(text)
    except BadParameter as error:
        raise LessonError(file, at, render("en", error.key, error.arguments)) from error
    if not same(value, default):
        raise LessonError(file, at, f"write {entry.name} = {value!r}")
    _check_compared(parameter, line)
    return parameter


def _check_compared(parameter: Parameter, line: int | None) -> None:
    if parameter.compared is None:
        return
    try:
        parameter.check(parameter.compared)
    except BadParameter as error:
        raise LessonError(SCENARIO, line, f"compared: {render('en', error.key, error.arguments)}") from error


def _default(
    entry: ParameterEntry, constants: Sequence[tuple[str, Constant]], counts: bool, line: int | None
) -> tuple[str, int | None, object]:
    """File, line and value of the default. A number of processes need not be a constant of any program."""
    places = [(file, constant) for file, constant in constants if constant.name == entry.name]
    if not places and counts and entry.default is not None:
        return SCENARIO, line, entry.default
    if not places:
        missing = "it counts processes, so give it a default" if counts else f"no program has a constant {entry.name}"
        raise LessonError(SCENARIO, line, missing)
    if entry.default is not None:
        raise LessonError(SCENARIO, line, f"the default of {entry.name} is what {places[0][0]} says")
    files: list[str] = []
    for file, constant in places:
        if file in files:
            raise LessonError(file, constant.line, f"{entry.name} is assigned twice")
        if not same(constant.value, places[0][1].value):
            raise LessonError(file, constant.line, f"{entry.name} differs from that in {files[0]}")
        files.append(file)
    return places[0][0], places[0][1].line, places[0][1].value
