"""Screenshots of real runs, to be looked at.

    python -m tests.browser.screenshots OUT [lesson …]

For each lesson: its end at 1920×1080 and 1024×768, light and dark, zh and en. And the home page.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import BROWSER_OPTIONS, Stage, serve
from tests.plays import LESSONS

SIZES = ((1920, 1080), (1024, 768))
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("zh", "en")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shoot(browser: Browser, url: str, out: Path, lesson: str) -> None:
    """All variants of one page; `home` is the lesson list."""
    for (width, height), theme, lang in product(SIZES, THEMES, LANGUAGES):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        page = context.new_page()
        if lesson == "home":
            page.goto(url)
            page.goto(f"{url.split('/?')[0]}/?lang={lang}")
        else:
            stage = Stage(page, url, lesson, f"lang={lang}&p.PORT={free_port()}")
            stage.run()
            page.wait_for_timeout(2500)  # a lesson that goes on for ever is stopped
            if page.get_attribute("#position", "data-closed") is None:
                page.click("#stop")
            stage.to_end()
            page.wait_for_timeout(300)
        page.screenshot(path=out / f"{lesson}-{lang}-{theme}-{width}.png")
        context.close()


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        with serve(Path(data)) as url:
            for lesson in sys.argv[2:] or ["home", *LESSONS]:
                shoot(browser, url, out, lesson)
        browser.close()


if __name__ == "__main__":
    main()
