"""`scenario.toml`: what a lesson folder says about itself, read and checked as far as it goes without the programs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engine.parameters import Kind, Value
from engine.understand.measures import MEASURES, NEED_CHOICES

SCENARIO = "scenario.toml"

COUNT_LIMIT = 100
"""Processes that a lesson may start of one program."""

View = Literal["axis", "readiness", "cost"]
Tool = Literal["struct"]
Role = Literal["client", "server"]
Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_LIMIT)]
OpenFiles = Annotated[int, msgspec.Meta(ge=64, le=1_000_000)]


class LessonError(Exception):
    """What is wrong with a lesson folder, for whoever writes it: `FILE:LINE: what is wrong`."""

    def __init__(self, file: str, line: int | None, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str

    def both(self) -> dict[str, str]:
        return {"zh": self.zh.strip(), "en": self.en.strip()}


NO_WORDS = Words("", "")


class Sentences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of sentences in both languages."""

    zh: list[str]
    en: list[str]


class ProgramEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[programs]]`: in the order in which they are started."""

    name: str
    file: str
    role: Role
    after: str | None = None
    count: Count | str = 1
    more: bool = False
    input: bool = False
    lines: list[str] = []


class ParameterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[parameters]]`: the default is what the programs say; here it stands only of one that no program has.

    `defaults` is of a text that differs by language; what the programs say is one of the two.
    """

    name: str
    kind: Kind
    label: Words
    help: Words
    minimum: int | float | None = None
    maximum: int | float | None = None
    default: int | None = None
    defaults: Words | None = None
    compared: Value | None = None
    """With what the second of two runs is compared, in a lesson without variants."""


class Framing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the messages on a stream are delimited.

    `size` is in bytes: of the prefix (length), of the decimal digits (text), of the whole frame (fixed).
    """

    kind: Literal["length", "text", "delimiter", "fixed"]
    size: Annotated[int, msgspec.Meta(ge=1, le=65536)] | None = None
    order: Literal["big", "little"] = "big"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None

    def problem(self) -> str | None:
        """What does not fit together; None when it is whole."""
        if (self.kind == "delimiter") != (self.delimiter is not None):
            return "a framing has a delimiter if, and only if, its kind is delimiter"
        if (self.kind == "delimiter") == (self.size is not None):
            return f"a framing of kind {self.kind} needs " + ("no size" if self.size is not None else "a size")
        if self.kind == "length" and self.size not in (1, 2, 4, 8):
            return "the size of a length prefix is 1, 2, 4 or 8 bytes"
        if self.kind == "text" and not 1 <= (self.size or 0) <= 20:
            return "the size of a length in digits is 1 to 20 bytes"
        return None


class VariantEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[variants]]`: the first is the default."""

    name: str
    label: Words
    note: Words = NO_WORDS
    files: dict[str, str] = {}
    framing: Framing | None = None


class ChoiceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[prediction].choices`: the value as the measure gives it, and its words."""

    value: str
    zh: str
    en: str


class PredictionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[prediction]`: what is asked before the run, and which fact answers it."""

    question: Words
    measure: str
    process: str | None = None
    nth: Annotated[int, msgspec.Meta(ge=1)] = 1
    choices: list[ChoiceEntry] = []
    supposes: list[str] = []


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
    variants: list[VariantEntry] = []
    prediction: PredictionEntry | None = None
    framing: Framing | None = None
    notes: Words = NO_WORDS
    view: View = "axis"
    timeline: bool = False
    tools: list[Tool] = []
    open_files: OpenFiles | None = None


def read_text(folder: Path, name: str) -> str:
    """The text of a file of a lesson. Raises LessonError."""
    try:
        return (folder / name).read_bytes().decode("utf-8-sig")  # some editors begin a file with a BOM
    except OSError as error:
        raise LessonError(name, None, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LessonError(name, line, "not UTF-8") from error


def read_scenario(toml: str) -> Scenario:
    """The scenario in this text. Raises LessonError."""
    try:
        scenario = msgspec.convert(tomllib.loads(toml), Scenario)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        problem, line = found.groups() if found else (str(error), None)
        raise LessonError(SCENARIO, int(line or toml.count("\n") + 1), problem) from error
    except RecursionError as error:
        raise LessonError(SCENARIO, None, "nested too deeply") from error
    except msgspec.ValidationError as error:
        path = str(error).rpartition(" - at `")[2].rstrip("`")
        raise LessonError(SCENARIO, line_of(toml, path), str(error)) from error
    _check_framings(scenario, toml)
    _check_variants(scenario, toml)
    _check_prediction(scenario, toml)
    return scenario


def line_of(toml: str, path: str) -> int | None:
    """The line a path such as `$.programs[1].role` points to, or that of the nearest thing around it."""
    steps = re.findall(r"(\w+)(?:\[(\d+)\])?", path)
    lines = toml.splitlines()
    tables = [number for number, line in enumerate(lines) if line.startswith("[")]
    found = None
    at = 0
    for name, index in steps:
        table, key = re.compile(rf"\s*\[+\s*{name}\s*\]"), re.compile(rf"\s*{name}\s*=")
        keys = len(lines) if found else min(tables, default=len(lines))  # later ones belong to a table
        matches = [
            number
            for number in range(at, len(lines))
            if table.match(lines[number]) or (number < keys and key.match(lines[number]))
        ]
        if int(index or 0) < len(matches):
            at = matches[int(index or 0)]
            found = at + 1
    return found


def _check_framings(scenario: Scenario, toml: str) -> None:
    framings = [("$.framing", scenario.framing)]
    framings += [(f"$.variants[{number}].framing", it.framing) for number, it in enumerate(scenario.variants)]
    for path, framing in framings:
        if framing is not None and (problem := framing.problem()):
            raise LessonError(SCENARIO, line_of(toml, path), problem)


def _check_variants(scenario: Scenario, toml: str) -> None:
    """Names are each used once, and files belong to programs."""
    programs = {entry.name for entry in scenario.programs}
    names: set[str] = set()
    for number, variant in enumerate(scenario.variants):
        line = line_of(toml, f"$.variants[{number}]")
        if not re.fullmatch(r"[\w-]+", variant.name) or variant.name in names:
            raise LessonError(SCENARIO, line, f"{variant.name!r} is not a name, or is taken")
        names.add(variant.name)
        for program in variant.files.keys() - programs:
            raise LessonError(SCENARIO, line_of(toml, f"$.variants[{number}].files"), f"no program is called {program}")


def _check_prediction(scenario: Scenario, toml: str) -> None:
    prediction = scenario.prediction
    if prediction is None:
        return
    if prediction.measure not in MEASURES:
        line = line_of(toml, "$.prediction.measure")
        raise LessonError(SCENARIO, line, f"no measure is called {prediction.measure}")
    if prediction.process is not None:
        program = re.sub(r"-\d+$", "", prediction.process)  # the second client is `client-2`
        if program not in {entry.name for entry in scenario.programs}:
            line = line_of(toml, "$.prediction.process")
            raise LessonError(SCENARIO, line, f"no process is called {prediction.process}")
    for name in set(prediction.supposes) - {entry.name for entry in scenario.parameters}:
        raise LessonError(SCENARIO, line_of(toml, "$.prediction.supposes"), f"no parameter is called {name}")
    if problem := _choices_problem(prediction):
        raise LessonError(SCENARIO, line_of(toml, "$.prediction.choices") or line_of(toml, "$.prediction"), problem)


def _choices_problem(prediction: PredictionEntry) -> str | None:
    values = [choice.value for choice in prediction.choices]
    if len(set(values)) < len(values):
        return "two choices have the same value"
    if len(values) < 2 and prediction.measure in NEED_CHOICES:
        return f"{prediction.measure} is no plain number: give at least two choices"
    if not prediction.measure.endswith(".wait_ms"):
        return None
    if not all(value.isdecimal() for value in values) or values[0] != "0" or values != sorted(values, key=int):
        return f"the choices of {prediction.measure} are ms: where each begins, upwards from 0"
    return None
