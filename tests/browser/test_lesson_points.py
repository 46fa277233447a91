"""The point of each lesson, read from its page at the end of a run, in both languages; and the page is in each wholly."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.lesson import SCENARIOS, load_lessons
from tests.browser.conftest import Stage
from tests.browser.lesson_points import POINTS, Point
from tests.browser.page_texts import left

Open = Callable[..., Stage]


def play(page: Stage, point: Point) -> None:
    """The run, to its end and at its last event."""
    page.run()
    page.page.click("#last")
    for process, line, whose, answer in point.typed:
        field = page.page.locator(f'[data-process="{process}"] input.typed')
        field.fill(line)
        field.press("Enter")
        expect(terminal(page.page, whose)).to_contain_text(re.compile(answer))
    if point.until is not None:
        process, text = point.until
        where = page.page.locator("#sentence") if process == "sentence" else terminal(page.page, process)
        page.page.click("#last")
        expect(where).to_contain_text(re.compile(text), timeout=15_000)
        page.page.click("#stop")
    expect(page.page.locator("#position")).to_have_attribute("data-closed", "true", timeout=20_000)
    page.page.locator("body").press("End")
    at_end(page.page)


def at_end(page: Page) -> None:
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#position")).to_have_attribute("data-closed", "true")


def terminal(page: Page, process: str) -> Locator:
    return page.locator(f'[data-process="{process}"] .terminal')


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_the_point_of_a_lesson(point: Point, dashboard: str, stage: Open, free_port: int) -> None:
    values = {f"p.{name}": value for name, value in point.values.items()}
    query = {"lang": "zh", "variant": point.variant, "p.PORT": str(free_port), **values}
    page = stage(dashboard, point.lesson, urlencode(query))
    play(page, point)
    for (stream, row), ranges in point.rows.items():
        assert page.ranges(stream, row) == list(ranges), (stream, row)
    for process, pattern in point.says.items():
        assert re.search(pattern, page.terminal(process)), (process, page.terminal(process))
    for selector in point.there:
        assert page.page.locator(selector).count() > 0, selector
    assert re.search(point.zh, page.sentence), page.sentence
    assert left(page.page, "zh") == {}
    page.page.click("#language")
    at_end(page.page)
    expect(page.page.locator("#sentence")).to_contain_text(re.compile(point.en))
    assert left(page.page, "en") == {}


def test_every_lesson_and_variant_has_a_point() -> None:
    lessons = load_lessons([SCENARIOS]).lessons.values()
    all_of_them = {(lesson.id, it.name) for lesson in lessons for it in lesson.variants}
    all_of_them |= {(lesson.id, "") for lesson in lessons if not lesson.variants}
    assert all_of_them - {("dialogue", "broken"), ("dialogue", "fixed")} <= {(it.lesson, it.variant) for it in POINTS}
    assert "dialogue" in {it.lesson for it in POINTS}
