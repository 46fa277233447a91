"""The point of each lesson, read from its page after a run, in both languages; and the page is wholly in each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.lesson import SCENARIOS, load_lessons
from tests.browser.conftest import Stage
from tests.browser.lesson_points import POINTS, Point, terminal
from tests.browser.page_texts import left


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One for all of them: that it keeps the scripts makes them quicker."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-US", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def play(stage: Stage, point: Point) -> None:
    """The run, to its end and at its last event."""
    stage.run()
    stage.page.click("#last")
    for process, line, whose, answer in point.typed:
        field = stage.page.locator(f'[data-process="{process}"] input.typed')
        field.fill(line)
        field.press("Enter")
        expect(stage.page.locator(terminal(whose))).to_contain_text(re.compile(answer))
    if point.until is not None:
        selector, text = point.until
        stage.page.click("#last")
        expect(stage.page.locator(selector)).to_contain_text(re.compile(text), timeout=15_000)
        stage.page.click("#stop")
    expect(stage.page.locator("#position")).to_have_attribute("data-closed", "true", timeout=20_000)
    stage.page.locator("body").press("End")
    at_end(stage.page)


def at_end(page: Page) -> None:
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#position")).to_have_attribute("data-closed", "true")


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_point_of_a_lesson(point: Point, dashboard: str, page: Page, free_port: int) -> None:
    values = {f"p.{name}": value for name, value in point.values.items()}
    query = {"lang": "zh", "variant": point.variant, "p.PORT": str(free_port), **values}
    stage = Stage(page, dashboard, point.lesson, urlencode(query))
    play(stage, point)
    for (stream, row), ranges in point.rows.items():
        assert stage.ranges(stream, row) == list(ranges), (stream, row)
    for process, pattern in point.says.items():
        assert re.search(pattern, stage.terminal(process)), (process, stage.terminal(process))
    for selector in point.there:
        assert page.locator(selector).count() > 0, selector
    assert re.search(point.zh, stage.sentence), stage.sentence
    assert left(page, "zh") == {}
    page.click("#language")
    at_end(page)
    expect(page.locator("#sentence")).to_contain_text(re.compile(point.en))
    assert left(page, "en") == {}


def test_every_lesson_and_variant_has_a_point() -> None:
    lessons = load_lessons([SCENARIOS]).lessons.values()
    all_of_them = {(lesson.id, it.name) for lesson in lessons for it in lesson.variants}
    all_of_them |= {(lesson.id, "") for lesson in lessons if not lesson.variants}
    assert all_of_them - {("dialogue", "broken"), ("dialogue", "fixed")} <= {(it.lesson, it.variant) for it in POINTS}
    assert "dialogue" in {it.lesson for it in POINTS}
