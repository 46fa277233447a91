"""The words: every key there is in both languages and used, and filled in by rules both sides share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from engine.events import Caption
from engine.messages import LANGS, LOCALE, Lang, Message, duration, fill, messages, render, spans
from tests.computed_keys import COMPUTED
from tests.fixtures.write_messages import CASES, FIXTURE, content

ROOT = Path(__file__).parents[1]
KINDS = ("engine/**/*.py", "web/**/*.py", "templates/**/*.html", "static/**/*.js", "engine/scenarios/**/*.toml")
SOURCES = [path for kind in KINDS for path in ROOT.glob(kind)]
KEY = re.compile(r"""["'`]((?:ui|caption|error|cli)\.[\w.]*)(?:(["'`])|(\$?\{))""")
"""A key as it stands in the source: whole, or (before a brace) the beginning of some."""
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def used() -> Iterator[tuple[str, bool, Path]]:
    """(key, whole?, file) for every key in the sources; of a key that is put together, what it begins with."""
    for path in SOURCES:
        for key, quote, _ in KEY.findall(path.read_text("utf-8")):
            yield key, bool(quote) and not key.endswith((".", "_")), path


def forms(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else message


def test_every_key_that_is_used_is_in_the_catalogs() -> None:
    known = messages("en")
    missing = {f"{key} in {path.relative_to(ROOT)}" for key, whole, path in used() if whole and key not in known}
    assert missing == set()
    assert [key for made in COMPUTED.values() for key in made if key not in known] == []


def test_every_key_that_is_put_together_is_in_the_table() -> None:
    assert {key for key, is_whole, _ in used() if not is_whole} == COMPUTED.keys()


def test_every_key_in_the_catalogs_is_used() -> None:
    of_use = {key for key, is_whole, _ in used() if is_whole}.union(*COMPUTED.values())
    assert [key for key in messages("en") if key not in of_use] == []


def test_both_languages_have_the_same_keys() -> None:
    assert sorted(messages("zh")) == sorted(messages("en"))


@pytest.mark.parametrize("lang", LANGS)
def test_every_message_has_words_and_closed_emphasis(lang: Lang) -> None:
    for key, message in messages(lang).items():
        for form in forms(message):
            assert form.strip(), key
            assert form.count("*") % 2 == 0, key


@pytest.mark.parametrize("lang", LANGS)
def test_no_key_is_defined_twice(lang: Lang) -> None:
    texts = [path.read_text("utf-8") for path in (LOCALE / lang).glob("*.po")]
    keys = [key for text in texts for key in re.findall(r'^msgid "(.+)"', text, re.MULTILINE)]
    assert len(keys) == len(set(keys))


def test_a_catalog_has_the_plural_forms_of_its_language() -> None:
    for path in LOCALE.glob("*/*.po"):
        with path.open("rb") as file:
            assert read_po(file).num_plurals == {"zh": 1, "en": 2}[path.parent.name], path


def test_the_english_catalogs_hold_no_chinese() -> None:
    assert [key for key, message in messages("en").items() if CHINESE.search("".join(forms(message)))] == []


def test_the_fixture_of_the_javascript_tests_is_fresh() -> None:
    assert FIXTURE.read_text("utf-8") == content(), "run python tests/fixtures/write_messages.py"


def test_the_fixture_says_what_it_should() -> None:
    texts = [(one["text"], one["emphasised"]) for one in json.loads(FIXTURE.read_text("utf-8"))]
    assert len(texts) == len(CASES) * len(LANGS)
    assert ("client sends 12 bytes.", ["12 bytes"]) in texts
    assert ("1 byte", ["1"]) in texts
    assert ("a*b*c {n} <i>", []) in texts


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (850, "850 ns"),
        (61_234, "61 µs"),
        (12_345_678, "12.3 ms"),
        (2_345_678_901, "2.3 s"),
        (-1500, "−1.5 µs"),
    ],
)
def test_a_duration_is_written_for_the_reader(ns: int, text: str) -> None:
    assert duration(ns) == text


def test_data_is_never_read_as_a_message() -> None:
    assert fill("{data} *{n}*", {"data": "*{n}*", "n": 1}) == [("*{n}* ", False), ("1", True)]


def test_the_parts_of_a_sentence_stand_in_its_place_for_them() -> None:
    parts = [Caption("caption.ready.pipe", {"fd": 3}), Caption("caption.ready.more", {"n": 2})]
    pieces = spans(
        "en", "caption.wait.ready", {"who": "p", "call": "poll()", "waited_ns": 5, "ready": 3, "n": 4}, parts
    )
    assert "".join(text for text, _ in pieces) == (
        "p's poll() waited 5 ns and reports 3 of 4 descriptors: fd 3, a pipe, can be read; and 2 more."
    )


def test_a_key_without_a_message_is_seen() -> None:
    assert render("zh", "no.such_key") == "no.such_key"


def test_a_sentence_comes_in_pieces_for_the_terminal() -> None:
    assert spans("en", "error.no_free_port", {"first": 1, "last": 2}) == [("None of the ports 1 to 2 is free.", False)]
