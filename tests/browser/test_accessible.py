"""What a screen reader is told: every control has a name, and one that does nothing says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Stage

Open = Callable[..., Stage]

CONTROL = "button|link|combobox|textbox|searchbox|spinbutton|slider|checkbox|radio|progressbar"
# With many processes of one program, a table of readiness, messages, and all the panels between them.
LESSONS = ["sticky", "dialogue", "select-server", "length-struct"]


def nameless(page: Page) -> list[str]:
    """The controls in the accessibility tree that have no name."""
    snapshot = page.locator("body").aria_snapshot()
    return re.findall(rf"^\s*- (?:{CONTROL})(?![^\n]*\").*$", snapshot, re.MULTILINE)


def unexplained(page: Page) -> list[str]:
    """The ids or texts of the controls in view that are disabled and do not say why."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => [...document.querySelectorAll("[aria-disabled='true'], :disabled")].filter((it) => {
          const said = document.getElementById(it.getAttribute("aria-describedby"))?.textContent;
          return it.checkVisibility() && !(said || it.title).trim();
        }).map((it) => it.id || it.textContent)"""
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_control_has_a_name_and_a_disabled_one_says_why(
    lesson: str, lang: str, dashboard: str, stage: Open, free_port: int
) -> None:
    opened = stage(dashboard, lesson, urlencode({"lang": lang, "p.PORT": free_port}))
    page = opened.page
    seen: list[tuple[str, list[str], list[str]]] = [("before", nameless(page), unexplained(page))]
    opened.run()
    page.keyboard.press("End")
    seen.append(("running", nameless(page), unexplained(page)))
    for toggle in page.locator(".bar button[aria-controls]:visible").all():
        toggle.click()
        seen.append((toggle.inner_text(), nameless(page), unexplained(page)))
        page.keyboard.press("Escape")
    page.keyboard.press("f")
    seen.append(("projector", nameless(page), unexplained(page)))
    assert [what for what in seen if what[1] or what[2]] == []
