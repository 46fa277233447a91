"""How fluent is the page with many connections? One process with N of them, a few active, played as they come.

    python -m benchmarks.frames [--connections 100 1000 10000] [--floor]

Frame times are the distances of requestAnimationFrame while events stream in and the page follows them; a jump is the
time from a press of End or Home to the second frame after it. `--floor` exits with 1 when a 95th percentile is above
its floor.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import BROWSER_OPTIONS, Stage, serve
from tests.browser.screenshots import free_port

FLOOR_MS, JUMP_MS = 33.5, 300
"""Two frames of a screen of 60 Hz take 33.3 ms."""
LESSONS = Path(__file__).with_name("lessons")

MEASURE = """
window.frames = []; window.long = [];
let before = 0;
const tick = (now) => { if (before) window.frames.push(now - before); before = now; requestAnimationFrame(tick); };
requestAnimationFrame(tick);
new PerformanceObserver((list) => { for (const it of list.getEntries()) window.long.push(it.duration); })
  .observe({ type: "longtask", buffered: true });
"""

CLOSED = """() => new Promise((done) => {
  const position = document.getElementById("position");
  const look = () => { if (position.dataset.closed) done(); };
  new MutationObserver(look).observe(position, { attributeFilter: ["data-closed"] });
  look();
})"""
"""To ask the page again and again whether the run is over would take the time of frames."""

JUMP = """(key) => new Promise((done) => {
  const began = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--floor", action="store_true")
    options = parser.parse_args()
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    good = True
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_OPTIONS)
        print("connections   frame p50     p95  longest   long tasks      jump   engine CPU      RSS   events")
        for count in options.connections:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.add_init_script(MEASURE)
            with tempfile.TemporaryDirectory() as data:
                good &= measure(page, Path(data), count)
            page.close()
        browser.close()
    if options.floor and not good:
        sys.exit(1)


def measure(page: Page, data: Path, count: int) -> bool:
    """Run the lesson with so many connections, print what it cost; whether it is within the floors."""
    with serve(data, "--scenarios", str(LESSONS)) as url:
        engine = listener_of(urlsplit(url).port or 0)
        stage = Stage(page, url, "idle-crowd", f"lang=en&p.CONNECTIONS={count}&p.PORT={free_port()}")
        page.select_option("#mode", "event")
        stage.run()
        began = engine_seconds(engine)
        page.click("#last")  # follow the live edge
        page.evaluate("window.frames.length = 0; window.long.length = 0")
        page.evaluate(CLOSED)
        cpu, memory = engine_seconds(engine) - began, engine_memory(engine)
        frames, long = page.evaluate("[window.frames, window.long]")
        jumps = [float(page.evaluate(JUMP, key)) for key in ("Home", "End", "Home", "End")]
        events = page.get_attribute("#position", "data-events")
    times = sorted(float(time) for time in frames)
    p50, p95 = (times[int(len(times) * share)] for share in (0.5, 0.95))
    print(
        f"{count:>11} {p50:>8.1f} ms {p95:>5.1f} ms {times[-1]:>5.0f} ms {len(long):>12} {max(jumps):>6.0f} ms"
        f" {cpu:>10.1f} s {memory:>5.0f} MB {events:>8}",
        flush=True,
    )
    return p95 <= FLOOR_MS and max(jumps) <= JUMP_MS


def listener_of(port: int) -> int:
    """The process that serves the dashboard at this port: the one with the listening socket."""
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    inodes = {line.split()[9] for line in lines if line.split()[1].endswith(wanted) and line.split()[3] == "0A"}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link).removeprefix("socket:[").rstrip("]") in inodes:
                return int(link.parts[2])
        except OSError:
            continue
    sys.exit(f"nothing listens on port {port}")


def engine_seconds(pid: int) -> float:
    """Processor time of a process, its own and not its children's, in seconds (proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def engine_memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s")
