"""The words of the lessons and of the catalogs: there in both languages, and each in its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from engine.lesson import SCENARIOS, Lesson, load_lessons
from engine.messages import LANGS, Lang, messages
from tests.languages import LEFT, chinese_left, english_left
from tests.test_messages import forms

LESSONS = list(load_lessons([SCENARIOS]).lessons.values())
ARGUMENT = re.compile(r"\{(\w+)\}")


def words(lesson: Lesson, lang: Lang) -> Iterator[str]:
    """Everything that a lesson says in a language."""
    yield from (lesson.title[lang], lesson.summary[lang], lesson.intro[lang], lesson.notes[lang])
    yield from lesson.remember[lang]
    for variant in lesson.variants:
        yield from (variant.label[lang], variant.note[lang])
    for parameter in lesson.parameters:
        yield from (parameter.label[lang], parameter.help[lang])
    assert lesson.prediction is not None
    yield lesson.prediction.question[lang]
    for _, choice in lesson.prediction.choices:
        yield choice[lang]


def paragraphs(text: str) -> int:
    return len(re.split(r"\n\s*\n", text.strip()))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda it: it.id)
@pytest.mark.parametrize("lang", LANGS)
def test_a_lesson_has_all_its_words_in_each_language(lesson: Lesson, lang: Lang) -> None:
    assert [text for text in words(lesson, lang) if not text.strip()] == []
    assert {text: left for text in words(lesson, lang) if (left := LEFT[lang](text))} == {}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda it: it.id)
def test_both_languages_of_a_lesson_say_as_much(lesson: Lesson) -> None:
    for both in (lesson.intro, lesson.notes):
        assert paragraphs(both["zh"]) == paragraphs(both["en"])
    assert len(lesson.remember["zh"]) == len(lesson.remember["en"]) >= 4


@pytest.mark.parametrize("lang", LANGS)
def test_a_catalog_is_in_its_language(lang: Lang) -> None:
    texts = {key: ARGUMENT.sub("", " ".join(forms(message))) for key, message in messages(lang).items()}
    assert {key: left for key, text in texts.items() if (left := LEFT[lang](text))} == {}


def test_a_message_has_the_same_arguments_in_each_language() -> None:
    zh, en = messages("zh"), messages("en")
    arguments = {key: [set(ARGUMENT.findall(" ".join(forms(it[key])))) for it in (zh, en)] for key in zh}
    assert {key: both for key, both in arguments.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize("key", ["caption.accept.blocked", "caption.failed.none_waiting"])
def test_who_waits_in_accept_is_not_said_to_have_had_no_client(key: str) -> None:
    assert "no connection is waiting to be accepted" in str(messages("en")[key])
    assert "没有等待 accept 的连接" in str(messages("zh")[key])


def test_what_is_left_is_found() -> None:
    assert english_left("服务器 has received 一个 ACK，recv(4) 抛出 ValueError") == ["has", "received"]
    assert chinese_left("The server has 收到 “你好”") == ["收", "到"]
