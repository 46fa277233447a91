"""Parameters are constants at the top of a program: found, checked and rewritten here.

A rewritten program differs from its source in the text of the constants and nowhere else, and
every line keeps its number, so that what is shown is what runs.
"""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import BadParameter

Kind = Literal["int", "number", "text", "bool", "texts"]
Value = int | float | str | bool | list[str]

TEXT_LIMIT = 1000
"""Characters in each item of a `texts` parameter."""

_WRONG_KIND: dict[Kind, str] = {
    "int": "error.not_int",
    "number": "error.not_number",
    "text": "error.not_text",
    "bool": "error.not_bool",
    "texts": "error.not_texts",
}
_OUT_OF_RANGE: dict[Kind, str] = {
    "int": "error.out_of_range",
    "number": "error.out_of_range",
    "text": "error.text_length",
    "texts": "error.texts_length",
}


@dataclass(frozen=True)
class Parameter:
    """One constant a user may change.

    `minimum` and `maximum` bound the value of an `int` or a `number`, the characters of a `text`,
    the number of items of a `texts`. Label and help are in `zh` and `en`, and so is the default of a text that
    differs by language.
    """

    name: str
    kind: Kind
    default: Value
    minimum: int | float | None
    maximum: int | float | None
    label: Mapping[str, str]
    help: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    compared: Value | None = None
    """What the second of two runs to compare is given, unless the first one has it; None for the same."""

    def default_in(self, lang: str) -> Value:
        """The default for who reads this language."""
        return self.defaults.get(lang, self.default)

    def check(self, value: object) -> Value:
        """The value as the program will have it; raises BadParameter."""
        match self.kind, value:
            case "bool", bool():
                return value
            case "int", int() if not isinstance(value, bool):
                self._check_range(value)
                return value
            case "number", int() | float() if not isinstance(value, bool):
                self._check_range(value)
                return float(value)
            case "text", str():
                self._check_range(len(value))
                self._check_text(value)
                return value
            case "texts", list() | tuple() if all(isinstance(text, str) for text in value):
                self._check_range(len(value))
                for text in value:
                    self._check_text(text)
                return list(value)
        raise BadParameter(self.name, _WRONG_KIND[self.kind])

    def _check_range(self, size: float) -> None:
        if self.minimum is None or self.maximum is None:
            return
        if not self.minimum <= size <= self.maximum:  # not a number is in no range
            raise BadParameter(self.name, _OUT_OF_RANGE[self.kind], minimum=self.minimum, maximum=self.maximum)

    def _check_text(self, text: str) -> None:
        if self.kind == "texts" and len(text) > TEXT_LIMIT:
            raise BadParameter(self.name, "error.item_too_long", maximum=TEXT_LIMIT)
        if any("\ud800" <= character <= "\udfff" for character in text):  # halves of UTF-16, which UTF-8 has not
            raise BadParameter(self.name, "error.not_text")


def parse_value(kind: Kind, text: str) -> object:
    """A value written as text, on a command line or in a URL, for `Parameter.check` to judge.

    Texts are a JSON array of strings, or one on each line; what begins as an array has to be one.
    What cannot be read stays text, which the check then refuses.
    """
    match kind:
        case "text":
            return text
        case "texts":
            return _parse_texts(text)
        case "bool":
            return {"true": True, "false": False, "1": True, "0": False}.get(text.strip().lower(), text)
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text


def _parse_texts(text: str) -> object:
    if not text.startswith("["):
        return text.split("\n")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


@dataclass(frozen=True)
class Constant:
    """Where a program's source has the value of a module-level constant: [start, end) in UTF-8 bytes."""

    name: str
    line: int
    start: int
    end: int
    value: object
    """None when it is not a literal."""


def find_constants(source: str) -> list[Constant]:
    """The module-level assignments to one name, in order. Raises SyntaxError."""
    with warnings.catch_warnings():  # such as an invalid escape sequence: the program's own affair
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    # ast counts lines as the tokenizer does, which bytes.splitlines also does, and columns in UTF-8 bytes.
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return [
        Constant(
            name.id,
            name.lineno,
            starts[value.lineno - 1] + value.col_offset,
            starts[(value.end_lineno or value.lineno) - 1] + (value.end_col_offset or 0),
            _literal(value),
        )
        for name, value in _assignments(tree)
    ]


def _assignments(tree: ast.Module) -> list[tuple[ast.Name, ast.expr]]:
    found = []
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name() as name], value=value):
                found.append((name, value))
            case ast.AnnAssign(target=ast.Name() as name, value=ast.expr() as value):
                found.append((name, value))
    return found


def _literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError):
        return None


def rewrite(source: str, values: Mapping[str, Value]) -> str:
    """The source with these constants set; one that has its value already keeps its spelling."""
    data = source.encode()
    for constant in reversed(find_constants(source)):
        if constant.name in values and not same(constant.value, values[constant.name]):
            old = data[constant.start : constant.end]
            new = _padded(literal(values[constant.name]), len(old.splitlines()) - 1).encode()
            data = data[: constant.start] + new + data[constant.end :]
    return data.decode()


def same(one: object, other: object) -> bool:
    """Equal and written alike: in Python True == 1 == 1.0, and 0.0 == -0.0."""
    return type(one) is type(other) and repr(one) == repr(other)


def literal(value: Value) -> str:
    """The value in Python's syntax, with the double quotes the lessons use."""
    if isinstance(value, str):
        # Character by character, since repr chooses its quotes by what the text holds.
        return '"' + "".join('\\"' if character == '"' else repr(character)[1:-1] for character in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return repr(value)


def _padded(text: str, newlines: int) -> str:
    """The literal stretched over some more lines, inside brackets, so that later lines keep their numbers."""
    if newlines == 0:
        return text
    if not text.startswith("["):
        text = f"({text})"
    return text[:-1] + "\n" * newlines + text[-1]
