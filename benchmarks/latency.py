"""How long until it is seen? From the click on Run, and from a call in a program, to the drawing in Chromium.

    python -m benchmarks.latency [--rounds 7] [--floor]

A drawing counts when the frame after the one that changed the page begins. `--floor` exits with 1 when
the 99th percentile from call to drawing is above its floor.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect, sync_playwright

from engine.events import CallReturned, RunStarted, decoder
from engine.recording import Recording
from tests.browser.conftest import BROWSER_OPTIONS, Stage, serve

LESSONS = Path(__file__).with_name("lessons")
FLOOR_MS, AIM_MS = 250, 100

WATCH = """
window.seen = {}; window.first = null;
new MutationObserver(() => {
  const calls = [...document.querySelectorAll('[data-row="send"] [data-call]')]
    .map((it) => it.dataset.call).filter((call) => !(call in window.seen));
  const event = Number(document.querySelector("#position")?.dataset.event ?? 0);
  if (!calls.length && !(event > 0 && window.first === null)) return;
  requestAnimationFrame(() => {
    const now = performance.timeOrigin + performance.now();
    for (const call of calls) window.seen[call] ??= now;
    if (event > 0) window.first ??= now;
  });
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--floor", action="store_true")
    options = parser.parse_args()
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder)
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_OPTIONS)
        with serve(data, "--scenarios", str(LESSONS)) as url:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.add_init_script(WATCH)
            clicks = [click_to_event(page, url) for _ in range(options.rounds)]
            delays = calls_to_drawing(page, url, data)
        browser.close()
    print(f"Run click → first event drawn: median {statistics.median(clicks):.0f} ms, most {max(clicks):.0f} ms")
    ranks = statistics.quantiles(delays, n=100)
    print(
        f"call → drawn ({len(delays)} calls): p50 {ranks[49]:.0f} ms, p99 {ranks[98]:.0f} ms;"
        f" floor {FLOOR_MS}, aim {AIM_MS}"
    )
    if options.floor and ranks[98] > FLOOR_MS:
        sys.exit("it takes longer than the floor")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def click_to_event(page: Page, url: str) -> float:
    """ms from the click to the first event on the page."""
    stage = Stage(page, url, "sticky", f"lang=en&p.PORT={free_port()}")
    page.evaluate(
        "document.querySelector('#run').addEventListener('click',"
        " () => { window.clicked = performance.timeOrigin + performance.now() }, { capture: true, once: true })"
    )
    stage.run()
    first, clicked = page.evaluate(
        "new Promise((done) => { const look = () => window.first"
        " ? done([window.first, window.clicked]) : requestAnimationFrame(look); look(); })"
    )
    expect(page.locator("#position")).to_have_attribute("data-closed", "true")
    return float(first - clicked)


def calls_to_drawing(page: Page, url: str, data: Path) -> list[float]:
    """ms from the start of each send to its range on the page, at the live edge."""
    stage = Stage(page, url, "ticks", f"lang=en&p.PORT={free_port()}")
    stage.run()
    page.keyboard.press("End")
    expect(page.locator("#position")).to_have_attribute("data-closed", "true", timeout=30_000)
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true", timeout=30_000)
    seen = json.loads(page.evaluate("JSON.stringify(window.seen)"))
    run = parse_qs(urlsplit(page.url).query)["run"][0]
    events = [decoder.decode(line) for line in Recording.open(data / "runs" / run).lines()]
    began = next(datetime.fromisoformat(it.started_at).timestamp() * 1e3 for it in events if isinstance(it, RunStarted))
    sends = {str(it.call): it.began for it in events if isinstance(it, CallReturned) and it.moved == "sent"}
    assert len(seen) == len(sends) == 100, (len(seen), len(sends))
    return [seen[call] - (began + t / 1e6) for call, t in sends.items()]


if __name__ == "__main__":
    main()
