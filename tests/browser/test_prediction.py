"""The question before the run, and what the page says to the answer; the teacher's notes."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage

Open = Callable[..., Stage]


def opened(stage: Open, url: str, port: int, lesson: str, **more: str) -> Stage:
    return stage(url, lesson, urlencode({"lang": "en", "p.PORT": str(port), **more}))


def to_the_answer(stage: Stage, verdict: str) -> str:
    stage.run()
    stage.to_end()
    answer = stage.page.locator("#answer")
    expect(answer).to_have_attribute("data-verdict", verdict)
    return answer.inner_text()


@pytest.mark.parametrize(("guess", "verdict", "mark"), [("12", "wrong", "✗"), ("15", "right", "✓")])
def test_a_number_is_guessed(dashboard: str, stage: Open, free_port: int, guess: str, verdict: str, mark: str) -> None:
    page = opened(stage, dashboard, free_port, "sticky")
    expect(page.page.locator("#answer")).to_be_hidden()
    page.page.fill("#prediction-number", guess)
    text = to_the_answer(page, verdict)
    assert mark in text  # not by colour alone
    assert f"You said {guess} bytes" in text
    if verdict == "wrong":
        assert text.endswith("It was 15 bytes.")


def test_of_other_parameters_than_it_supposes_the_question_is_not_asked(
    dashboard: str, stage: Open, free_port: int
) -> None:
    page = opened(stage, dashboard, free_port, "sticky", **{"p.MESSAGES": "one"})
    expect(page.page.locator("#intro")).to_be_visible()
    expect(page.page.locator("#prediction")).to_be_hidden()
    page.run()
    page.to_end()
    expect(page.page.locator("#answer")).to_be_hidden()


def test_a_choice_is_guessed_and_kept_in_the_tab(dashboard: str, stage: Open, free_port: int) -> None:
    page = opened(stage, dashboard, free_port, "split")
    page.page.get_by_label("UnicodeDecodeError").check()
    expect(page.page.locator("#prediction-noted")).to_contain_text("UnicodeDecodeError")
    page.page.reload()
    expect(page.page.get_by_label("UnicodeDecodeError")).to_be_checked()
    to_the_answer(page, "right")


def test_the_answer_is_not_there_before_what_decides_it(dashboard: str, stage: Open, free_port: int) -> None:
    page = opened(stage, dashboard, free_port, "sticky")
    assert to_the_answer(page, "unsaid").endswith("This time: 15 bytes.")
    page.page.keyboard.press("Home")
    expect(page.page.locator("#answer")).to_be_hidden()


def test_a_run_that_is_stopped_does_not_answer(dashboard: str, stage: Open, free_port: int) -> None:
    page = opened(stage, dashboard, free_port, "blocking", **{"p.CONNECT_AFTER": "30"})
    page.run()
    page.page.click("#stop")
    page.to_end()
    expect(page.page.locator("#answer")).to_have_attribute("data-verdict", "unknown")


def test_notes_for_the_teacher(dashboard: str, stage: Open, free_port: int) -> None:
    page = opened(stage, dashboard, free_port, "sticky")
    notes = page.page.locator("#notes")
    expect(notes).to_be_hidden()
    page.page.click("#notes-toggle")
    expect(notes).to_contain_text("Let the class guess")
    page.page.keyboard.press("Escape")
    expect(notes).to_be_hidden()
