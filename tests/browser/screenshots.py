"""Screenshots of real runs, to be looked at.

    python -m tests.browser.screenshots OUT [lesson …]

Each lesson is run once, and its end is taken as the stage and in projector mode, at 1920×1080 and 1024×768, light and
dark, in Chinese and English: `OUT/stage`, `OUT/projector`. `OUT/back-row` has the latter scaled to a tenth, as somebody
far from the screen sees them: is the point still there? And the lesson list, as `home`.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import BROWSER_OPTIONS, Stage, serve
from tests.plays import LESSONS, LINES, SHELF, TYPED

Theme = Literal["light", "dark"]

SIZES = ((1920, 1080), (1024, 768))
THEMES: tuple[Theme, ...] = ("light", "dark")
LANGUAGES = ("zh", "en")
# A lesson that goes on for ever is stopped.
LONGEST_MS = 4000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def opened(browser: Browser, size: tuple[int, int], theme: Theme) -> Iterator[Page]:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def recorded(browser: Browser, url: str, lesson: str) -> str:
    """Run a lesson; gives the query that shows the end of this run, without a language."""
    with opened(browser, SIZES[0], "light") as page:
        stage = Stage(page, url, lesson, f"lang=en&p.PORT={free_port()}")
        stage.run()
        if any(program.input for program in SHELF.lessons[lesson].programs):
            talk(page, TYPED.get(lesson, LINES))
        page.wait_for_timeout(LONGEST_MS)
        if page.get_attribute("#position", "data-closed") is None:
            page.click("#stop")
        stage.to_end()
        page.wait_for_url(lambda address: "run=" in address)
        run = parse_qs(urlsplit(page.url).query)["run"][0]
        return urlencode({"run": run, "event": page.get_attribute("#position", "data-event") or ""})


def talk(page: Page, text: str) -> None:
    """Types into the first program that reads its input."""
    field = page.locator(".typing input").first
    try:
        for line in text.splitlines():
            field.fill(line, timeout=LONGEST_MS)
            field.press("Enter", timeout=LONGEST_MS)
            page.wait_for_timeout(300)
    except PlaywrightTimeout:
        pass  # with these values it does not stay to listen


def shoot(browser: Browser, url: str, out: Path, lesson: str) -> None:
    query = recorded(browser, url, lesson)
    for size, theme, lang in product(SIZES, THEMES, LANGUAGES):
        name = f"{lesson}-{lang}-{theme}-{size[0]}.png"
        with opened(browser, size, theme) as page:
            Stage(page, url, lesson, f"lang={lang}&{query}")
            expect(page.locator("#position")).to_have_attribute("data-closed", "true")
            expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
            picture(page, out / "stage" / name)
            page.keyboard.press("f")
            expect(page.locator("html")).to_have_attribute("data-projector", "")
            picture(page, out / "projector" / name)
        shrink(browser, out / "projector" / name, out / "back-row" / name, size)


def picture(page: Page, path: Path) -> None:
    """Taken when the page has come to rest: it is drawn in parts, and some of it once more when its place is known."""
    taken, before = page.screenshot(), b""
    while taken != before:
        page.wait_for_timeout(200)
        taken, before = page.screenshot(), taken
    path.write_bytes(taken)


def shrink(browser: Browser, picture: Path, to: Path, size: tuple[int, int]) -> None:
    """A tenth of the size, by the browser's own scaling."""
    with opened(browser, (size[0] // 10, size[1] // 10), "light") as page:
        data = base64.b64encode(picture.read_bytes()).decode()
        page.set_content(f'<body style="margin: 0"><img style="width: 100vw" src="data:image/png;base64,{data}">')
        page.locator("img").evaluate("image => image.decode()")
        page.screenshot(path=to)


def shoot_home(browser: Browser, url: str, out: Path) -> None:
    for size, theme, lang in product(SIZES, THEMES, LANGUAGES):
        with opened(browser, size, theme) as page:
            page.goto(url)
            page.goto(f"{url.split('/?')[0]}/?lang={lang}")
            page.screenshot(path=out / f"home-{lang}-{theme}-{size[0]}.png")


def main() -> None:
    out = Path(sys.argv[1])
    for folder in ("stage", "projector", "back-row"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        with serve(Path(data)) as url:
            for lesson in sys.argv[2:] or ["home", *LESSONS]:
                if lesson == "home":
                    shoot_home(browser, url, out)
                else:
                    shoot(browser, url, out, lesson)
        browser.close()


if __name__ == "__main__":
    main()
