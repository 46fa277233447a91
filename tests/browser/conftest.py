"""A real dashboard and a real browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.comparing import Compared, OpenCompared

BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Dashboard = Callable[..., str]


@contextmanager
def serve(data: Path, *options: str, around: Callable[[Sequence[str]], list[str]] = list) -> Iterator[str]:
    """A dashboard as a user starts it; gives its address with the token. `around` may wrap the command line."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "web.cli", "--no-browser", "--port", port, "--data", str(data), *options]
    with subprocess.Popen(around(command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(match[0] for line in process.stdout if (match := re.search(r"http://\S+", line)))
        try:
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """For one file of tests: while it lives, its event loop is in the way of every asyncio.run elsewhere."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


def is_fault(text: str, kind: str) -> bool:
    """Chromium writes every refused request to the console as an error; a refusal may be what is tested."""
    return kind == "error" and "the server responded with a status of 4" not in text


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when a script of ours does."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-US")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if is_fault(message.text, message.type) else None)
    yield page
    context.close()
    assert not errors


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One dashboard for the tests that do not need their own."""
    with serve(tmp_path_factory.mktemp("data")) as url:
        yield url


class Stage:
    """The page of a lesson, read as a user (or a screen reader) would."""

    def __init__(self, page: Page, url: str, lesson: str, query: str = "lang=en") -> None:
        self.page = page
        self.root = url.split("/?")[0]
        token = url.rpartition("token=")[2]
        if token not in [cookie.get("value") for cookie in page.context.cookies(self.root)]:  # whatever the port
            page.goto(url)
        page.goto(f"{self.root}/lessons/{lesson}?{query}")

    def run(self) -> None:
        self.page.click("#run")
        self.wait_for_event()

    def to_end(self) -> None:
        """Wait for the end of the run's log, then jump to its last event."""
        expect(self.page.locator("#position")).to_have_attribute("data-closed", "true", timeout=15_000)
        self.page.keyboard.press("End")
        expect(self.page.locator("#next")).to_have_attribute("aria-disabled", "true")

    def steps(self) -> Iterator[int]:
        """Step through the events, counted from 1, from the first on: each when it is all on the page."""
        position = self.page.locator("#position")
        self.page.keyboard.press("Home")
        expect(position).to_have_attribute("data-event", "1")
        yield 1
        for event in range(2, int(position.get_attribute("data-events") or 0) + 1):
            self.page.keyboard.press("ArrowRight")
            expect(position).to_have_attribute("data-event", str(event))
            yield event

    def wait_for_event(self) -> None:
        """Wait until the page shows some event."""
        expect(self.page.locator("#position")).not_to_have_attribute("data-event", re.compile("^0?$"))

    @property
    def sentence(self) -> str:
        return self.page.inner_text("#sentence")

    def ranges(self, stream: str, row: str) -> list[tuple[int, int]]:
        """The ranges drawn in a row of a stream, without the empty ones."""
        found = self.page.eval_on_selector_all(
            f'[data-stream="{stream}"] [data-row="{row}"] [data-start][data-end]',
            "elements => elements.map(it => [Number(it.dataset.start), Number(it.dataset.end)])",
        )
        return [(start, end) for start, end in found if end > start]

    def terminal(self, process: str) -> str:
        return self.page.inner_text(f'[data-process="{process}"] .terminal')


@pytest.fixture
def stage(page: Page) -> Callable[..., Stage]:
    """`stage(url, lesson, query)` opens the page of a lesson."""

    def open_stage(url: str, lesson: str, query: str = "lang=en") -> Stage:
        return Stage(page, url, lesson, query)

    return open_stage


@pytest.fixture
def compared(page: Page, dashboard: str) -> OpenCompared:
    """`compared(lesson, query)` opens the page with two runs of a lesson."""

    def open_compared(lesson: str, query: str) -> Compared:
        return Compared(page, dashboard, lesson, query)

    return open_compared
