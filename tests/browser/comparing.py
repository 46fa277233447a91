"""The page with two runs of one lesson, read as a user would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect


class Compared:
    """The page that compares, read as a user would."""

    def __init__(self, page: Page, url: str, lesson: str, query: str) -> None:
        self.page = page
        self.root = url.split("/?")[0]
        self.lesson = lesson
        page.goto(url)
        self.go(query)

    def go(self, query: str) -> None:
        self.page.goto(f"{self.root}/lessons/{self.lesson}/compare?{query}")

    def run_both(self) -> None:
        """Both have run, and their ends are on the page."""
        self.page.click("#run")
        self.ended()

    def ended(self) -> None:
        expect(self.page.locator('#totals [data-side="right"] [data-total="conclusion"]')).not_to_have_text(
            re.compile("^–?$"), timeout=30_000
        )
        self.at_end()

    def at_end(self) -> None:
        expect(self.page.locator("#position")).to_have_attribute("data-closed", "true", timeout=30_000)
        expect(self.page.locator("#next")).to_have_attribute("aria-disabled", "true")

    def ranges(self, side: str, row: str) -> list[tuple[int, int]]:
        found = self.page.eval_on_selector_all(
            f'.half[data-side="{side}"] [data-stream="1>"] [data-row="{row}"] [data-start][data-end]',
            "elements => elements.map(it => [Number(it.dataset.start), Number(it.dataset.end)])",
        )
        return [(start, end) for start, end in found if end > start]

    def total(self, side: str, name: str) -> str:
        return self.page.inner_text(f'#totals [data-side="{side}"] [data-total="{name}"]')

    def text(self, side: str, part: str) -> str:
        return self.page.inner_text(f'.half[data-side="{side}"] {part}')

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)


OpenCompared = Callable[..., Compared]


def settings(port: int, left: Mapping[str, object], right: Mapping[str, object], lang: str = "en") -> str:
    pairs = {"lang": lang, "left": "", "right": ""}
    for side, values in (("left", left), ("right", right)):
        pairs |= {f"{side}.p.{name}": str(value) for name, value in {"PORT": port, **values}.items()}
    return urlencode(pairs)
