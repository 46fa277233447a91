"""Constants: found, checked, read from text, and rewritten without touching anything else."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadParameter
from engine.parameters import Kind, Parameter, Value, find_constants, literal, parse_value, rewrite, same

WORDS = {"zh": "", "en": ""}

texts = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["", "早上好", "'", '"', "\\", '\\"', "\\'\"", "line\nline", "\r\n", "\x00", "\u2028", "\u202e", "#", '"""', "😀"]
)
values = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts, st.booleans(), st.lists(texts, max_size=5)
)
spellings = st.sampled_from(
    [
        "8001",
        "-1",
        "'a'  # 注释",
        '["good morning", "sir"]; x = "是"',
        '[\n    "good morning",\n    "sir",\n]  # two',
        '"""one\ntwo"""',
        '(\n    "one"\n    "two"\n)',
        "0.5 if False else 1",
    ]
)


@given(spellings, values, st.sampled_from(["\n", "\r\n"]))
def test_only_the_constant_changes(spelling: str, value: Value, newline: str) -> None:
    before = '"""程序"""; import os\n\f\nA = "你好"; '
    after = '\n\ndef f():  # 粘包\n    X = 1\n    return "X = 2"\n'
    source = f"{before}X: object = {spelling}{after}".replace("\n", newline)
    result = rewrite(source, {"X": value})

    assert ast.literal_eval(constant_node(result)) == value
    assert without_constant(result) == without_constant(source)
    first = source.splitlines(keepends=True)[:2]
    assert result.splitlines(keepends=True)[:2] == first
    assert result.startswith(before.replace("\n", newline))
    assert result.endswith(after.replace("\n", newline))


def constant_node(source: str) -> ast.expr:
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.AnnAssign)]
    assert len(nodes) == 1
    assert nodes[0].value is not None
    return nodes[0].value


def without_constant(source: str) -> str:
    """The syntax tree of everything else, with the line of each statement."""
    tree = ast.parse(source)
    parts = []
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            node.value = None
        parts.append(f"{node.lineno}: {ast.dump(node)}")
    return "\n".join(parts)


@given(values)
def test_a_literal_is_read_back_as_what_it_was(value: Value) -> None:
    assert same(ast.literal_eval(literal(value)), value)


@given(st.lists(texts, max_size=5))
def test_literals_stay_on_one_line(value: list[str]) -> None:
    assert len(literal(value).splitlines()) == 1


def test_a_constant_that_has_its_value_keeps_its_spelling() -> None:
    source = "SIZE = 0x400\nPAUSE = .5\nNAME = 'a'\n"
    assert rewrite(source, {"SIZE": 1024, "PAUSE": 0.5, "NAME": "a"}) == source


def test_one_is_not_true() -> None:
    assert rewrite("NODELAY = 1\n", {"NODELAY": True}) == "NODELAY = True\n"


def test_several_constants_are_set_at_once() -> None:
    source = 'A = 1; B = "二"; C = 3  # three\n'
    assert rewrite(source, {"C": 30000, "A": 10, "B": "2"}) == 'A = 10; B = "2"; C = 30000  # three\n'


def test_only_module_level_names_are_constants() -> None:
    source = "A = 1\na.b = 2\nc, d = 3, 4\nif A:\n    E = 5\ndef f():\n    G = 6\nH: int = 7\nI: int\n"
    assert [(it.name, it.line, it.value) for it in find_constants(source)] == [("A", 1, 1), ("H", 8, 7)]


def parameter(kind: Kind, minimum: float | None = None, maximum: float | None = None) -> Parameter:
    return Parameter("X", kind, "", minimum, maximum, WORDS, WORDS)


@pytest.mark.parametrize(
    ("kind", "limits", "raw", "value"),
    [
        ("int", (1, 10), 1, 1),
        ("int", (1, 10), 10, 10),
        ("number", (0, 10), 3, 3.0),
        ("number", (0, 10), 0.25, 0.25),
        ("text", (0, 3), "你好!", "你好!"),
        ("bool", (), False, False),
        ("texts", (1, 2), ["a", ""], ["a", ""]),
    ],
)
def test_a_good_value_is_taken(kind: Kind, limits: tuple[float, ...], raw: object, value: Value) -> None:
    assert same(parameter(kind, *limits).check(raw), value)


@pytest.mark.parametrize(
    ("kind", "limits", "raw", "key"),
    [
        ("int", (1, 10), 0, "error.out_of_range"),
        ("int", (1, 10), 11, "error.out_of_range"),
        ("int", (1, 10), True, "error.not_int"),
        ("int", (1, 10), 1.0, "error.not_int"),
        ("int", (1, 10), "1", "error.not_int"),
        ("int", (1, 10), None, "error.not_int"),
        ("number", (0, 10), -0.1, "error.out_of_range"),
        ("number", (0, 10), math.nan, "error.out_of_range"),
        ("number", (0, 10), math.inf, "error.out_of_range"),
        ("number", (0, 10), True, "error.not_number"),
        ("text", (1, 3), "", "error.text_length"),
        ("text", (1, 3), "four", "error.text_length"),
        ("text", (1, 3), "\ud800", "error.not_text"),
        ("text", (1, 3), b"a", "error.not_text"),
        ("bool", (), 1, "error.not_bool"),
        ("texts", (1, 2), [], "error.texts_length"),
        ("texts", (1, 2), ["a"] * 3, "error.texts_length"),
        ("texts", (1, 2), ["a" * 1001], "error.item_too_long"),
        ("texts", (1, 2), ["a", 1], "error.not_texts"),
        ("texts", (1, 2), parse_value("texts", "[1]"), "error.not_texts"),
        ("texts", (1, 2), "a", "error.not_texts"),
    ],
)
def test_a_bad_value_is_refused_with_a_reason(kind: Kind, limits: tuple[Any, ...], raw: object, key: str) -> None:
    with pytest.raises(BadParameter) as refused:
        parameter(kind, *limits).check(raw)
    assert (refused.value.key, refused.value.field) == (key, "X")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", " 12 ", 12),
        ("int", "1.5", "1.5"),
        ("number", "1", 1.0),
        ("number", "half", "half"),
        ("text", " as it is ", " as it is "),
        ("bool", "True", True),
        ("bool", "0", False),
        ("bool", "perhaps", "perhaps"),
        ("texts", "one\ntwo", ["one", "two"]),
        ("texts", '["a\\nb", "是"]', ["a\nb", "是"]),
        ("texts", '["a", "b"', '["a", "b"'),
        ("texts", "[1]", [1]),
    ],
)
def test_values_are_read_from_text(kind: Kind, text: str, value: object) -> None:
    assert same(parse_value(kind, text), value)
