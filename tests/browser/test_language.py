"""Every page in its language: no Chinese is left on an English page, no English on a Chinese one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from engine.lesson import SCENARIOS, load_lessons
from engine.messages import LANGS, Lang
from tests.browser.page_texts import left, texts

LESSONS = sorted(load_lessons([SCENARIOS]).lessons)


@pytest.mark.parametrize("lang", LANGS)
def test_the_pages_are_in_their_language(lang: Lang, dashboard: str, page: Page) -> None:
    root = dashboard.split("/?")[0]
    page.goto(dashboard)
    page.goto(f"{root}/?lang={lang}")
    assert len(texts(page)) > 2 * len(LESSONS)
    assert left(page, lang) == {}
    for lesson in LESSONS:
        page.goto(f"{root}/lessons/{lesson}?lang={lang}")
        expect(page.locator("#run")).not_to_have_attribute("aria-disabled", "true")
        assert len(texts(page)) > 50
        assert left(page, lang) == {}, lesson
        assert page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[lang]


@pytest.mark.parametrize("lang", LANGS)
def test_a_mistake_is_told_in_the_language_of_the_page(lang: Lang, dashboard: str, page: Page) -> None:
    root = dashboard.split("/?")[0]
    page.goto(dashboard)
    page.goto(f"{root}/lessons/no-such-lesson?lang={lang}")
    assert left(page, lang) == {}
