"""Projector mode: what it shows, that the back row can read it, and how a presenter's remote drives it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import legibility
from tests.browser.conftest import Stage

Open = Callable[..., Stage]

# One for each view of the middle, one with several streams, and one with a framing.
LESSONS = ["sticky", "tcp-and-udp", "length-struct", "select-server", "select-poll-epoll"]
FEW = {"p.CONNECTIONS": 100, "p.REPEATS": 3}


def query(port: int, lang: str = "en", lesson: str = "") -> str:
    return urlencode({"lang": lang, "p.PORT": port} | (FEW if lesson == "select-poll-epoll" else {}))


def ended(stage: Stage, lesson: str = "sticky") -> Stage:
    """The lesson after its run; a server that goes on for ever is stopped when its clients have come."""
    stage.run()
    if lesson == "select-server":
        stage.page.keyboard.press("End")
        expect(stage.page.locator("#watches tbody tr")).to_have_count(4)
        stage.page.click("#stop")
    stage.to_end()
    return stage


def project(stage: Stage) -> Page:
    stage.page.keyboard.press("f")
    expect(stage.page.locator("html")).to_have_attribute("data-projector", "")
    return stage.page


# A page that is slow to draw rests between its parts: then some frames go by in which nothing changes.
STILL = """() => new Promise((done) => {
  const main = document.querySelector("main");
  let [before, frames] = ["", 0];
  const look = () => {
    const now = main.innerHTML;
    frames = now === before ? frames + 1 : 0;
    before = now;
    if (frames < 12) requestAnimationFrame(look);
    else done();
  };
  look();
})"""


def settled(page: Page) -> Page:
    """Wait until what was measured of the new layout is drawn."""
    page.evaluate(STILL)
    return page


def test_it_leaves_the_axis_the_sentence_and_the_position(dashboard: str, stage: Open, free_port: int) -> None:
    page = project(ended(stage(dashboard, "sticky", query(free_port))))
    for shown in ("#sentence", "#position", '[data-stream="1>"] [data-row="send"]', "#run", "#project"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".terminal", "#timeline", "#play", '[data-process="client"]', '[data-stream="1<"]'):
        expect(page.locator(hidden).first).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_attribute("data-projector", "")
    expect(page.locator("#timeline")).to_be_visible()


# Who acts, and the lit line; null when there is none or it is not all in view.
LIT = """() => {
  const [line, code] = ["#strip .is-current", "#strip .code"].map((it) => document.querySelector(it));
  if (!line) return null;
  const [inner, outer] = [line.getBoundingClientRect(), code.getBoundingClientRect()];
  const seen = inner.top >= outer.top && inner.bottom <= outer.bottom;
  const {acting} = document.querySelector("#strip").dataset;
  return seen ? [acting, line.querySelector(".code-text").textContent.trim()] : null;
}"""


# How far what was painted is stretched over the place it has.
STRETCHED = """() => {
  const line = document.querySelector("#timeline");
  return [line.clientWidth, line.clientHeight].map(
    (of, i) => of * devicePixelRatio / [line.width, line.height][i]
  );
}"""


def test_bytes_move_from_row_to_row_and_not_when_the_page_is_laid_out_anew(
    dashboard: str, browser: Browser, free_port: int
) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="no-preference")
    sticky = Stage(page := context.new_page(), dashboard, "sticky", f"lang=en&p.PORT={free_port}")
    page.evaluate(
        """() => {
            window.moves = 0;
            document.addEventListener("transitionrun", ({ target }) => {
                if (target.matches(".cell")) window.moves += 1;
            });
        }"""
    )
    sticky.run()
    sticky.to_end()
    page.keyboard.press("Home")
    next(event for event in sticky.steps() if page.locator(".cell.in-receive").count())
    page.wait_for_function("window.moves === 15")
    page.keyboard.press("f")
    expect(page.locator("html")).to_have_attribute("data-projector", "")
    page.keyboard.press("f")
    expect(page.locator("html")).not_to_have_attribute("data-projector", "")
    page.wait_for_function("!document.querySelector('.cell').getAnimations().length")
    assert page.evaluate("window.moves") == 15
    context.close()


def test_a_lesson_about_time_keeps_its_timeline(dashboard: str, stage: Open, free_port: int) -> None:
    short = "p.CONNECT_AFTER=0.2&p.SEND_AFTER=0.2"
    page = project(ended(stage(dashboard, "blocking", f"{query(free_port)}&{short}")))
    expect(page.locator("#timeline")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.locator("#timeline")).to_have_attribute("aria-valuenow", "1")
    assert page.evaluate(STRETCHED) == pytest.approx([1, 1], abs=0.02)
    expect(page.locator("#sentence")).to_be_in_viewport(ratio=1)


def test_the_strip_shows_the_lit_line_of_the_program_that_acts(dashboard: str, stage: Open, free_port: int) -> None:
    page = project(ended(stage(dashboard, "sticky", query(free_port))))
    page.keyboard.press("Home")
    seen: set[tuple[str, str]] = set()
    for _ in range(int(page.get_attribute("#position", "data-events") or 0)):
        lit = settled(page).evaluate(LIT)
        if lit:
            seen.add((lit[0], lit[1]))
        page.keyboard.press("PageDown")
    expect(page.locator("#next")).to_have_attribute("aria-disabled", "true")
    assert {who for who, line in seen if "connect(" in line} == {"client"}
    assert {who for who, line in seen if "recv(" in line} == {"server"}
    assert {who for who, line in seen if "sendall(" in line} == {"client"}


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_back_row_can_read_it(lesson: str, lang: str, dashboard: str, browser: Browser, free_port: int) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    legibility.note_painted(context)
    stage = ended(Stage(context.new_page(), dashboard, lesson, query(free_port, lang, lesson)), lesson)
    page = stage.page
    page.keyboard.press("f")
    settled(page)
    page.evaluate("window.painted = []")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        settled(page)
        seen = legibility.texts(page)
        assert len(seen) > 10
        assert [(text, size) for text, size, _ in seen if size < 19.99] == []
        assert [(text, ratio, theme) for text, _, ratio in seen if ratio < 7] == []
        assert [(name, width) for name, width in legibility.lines(page) if width < 1.99] == []
    assert [(text, size) for text, size in legibility.painted(page) if size < 20] == []
    context.close()


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("lesson", LESSONS)
def test_it_fills_every_screen_and_nothing_is_cut_off(
    lesson: str, size: tuple[int, int], dashboard: str, browser: Browser, free_port: int
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    stage = ended(Stage(context.new_page(), dashboard, lesson, query(free_port, "en", lesson)), lesson)
    page = stage.page
    page.keyboard.press("f")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate(
        "(([kernel]) => kernel.scrollWidth <= kernel.clientWidth)(document.querySelectorAll('.kernel'))"
    )
    middle = page.locator(".kernel").bounding_box()
    assert middle is not None
    assert middle["width"] == size[0]
    assert middle["height"] > size[1] * 0.6
    for drawing in page.locator(":is(.stream .axis, #cost-chart, #watches, #sentence, #position):visible").all():
        box = drawing.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size[0] + 1
        assert box["y"] + box["height"] <= size[1] + 1
    context.close()


def test_the_address_keeps_it(dashboard: str, stage: Open, free_port: int) -> None:
    page = project(ended(stage(dashboard, "sticky", query(free_port))))
    page.wait_for_url(re.compile("projector=1"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-projector", "")
    expect(page.locator('[data-stream="1>"]')).to_be_visible()
    page.click("#project")
    expect(page.locator("html")).not_to_have_attribute("data-projector", "")
    page.wait_for_url(lambda url: "projector" not in url)


def test_it_does_without_full_screen_where_the_browser_refuses(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    refusal = "() => Promise.reject(new TypeError('no'))"
    sticky.page.evaluate(f"() => {{ document.documentElement.requestFullscreen = {refusal}; }}")
    project(sticky)
    sticky.page.keyboard.press("Escape")
    expect(sticky.page.locator("html")).not_to_have_attribute("data-projector", "")


def test_leaving_full_screen_leaves_it(dashboard: str, stage: Open, free_port: int) -> None:
    page = project(stage(dashboard, "sticky", query(free_port)))
    page.wait_for_function("document.fullscreenElement !== null")
    page.evaluate("document.exitFullscreen()")
    expect(page.locator("html")).not_to_have_attribute("data-projector", "")


@pytest.mark.parametrize(("key", "colour"), [("b", "rgb(0, 0, 0)"), (".", "rgb(0, 0, 0)"), ("w", "rgb(255, 255, 255)")])
def test_a_remote_blanks_the_screen_and_any_key_returns(
    key: str, colour: str, dashboard: str, stage: Open, free_port: int
) -> None:
    page = project(ended(stage(dashboard, "sticky", query(free_port))))
    last = page.get_attribute("#position", "data-event")
    page.keyboard.press("PageUp")
    expect(page.locator("#position")).not_to_have_attribute("data-event", last or "")
    before = page.get_attribute("#position", "data-event")
    page.keyboard.press(key)
    blank = page.locator("#blank")
    expect(blank).to_be_visible()
    expect(blank).to_have_css("background-color", colour)
    assert blank.bounding_box() == {"x": 0, "y": 0, "width": 1920, "height": 1080}
    page.keyboard.press("PageDown")
    expect(blank).to_be_hidden()
    assert page.get_attribute("#position", "data-event") == before
    page.keyboard.press("PageDown")
    expect(page.locator("#position")).not_to_have_attribute("data-event", before or "")


def test_the_list_of_keys_names_its_keys(dashboard: str, stage: Open, free_port: int) -> None:
    page = project(stage(dashboard, "sticky", query(free_port)))
    page.keyboard.press("?")
    keys = page.locator("#keys kbd").all_inner_texts()
    assert {"f", "b", ".", "PageUp", "PageDown"} <= set(keys)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_who_wants_no_motion_gets_none(dashboard: str, browser: Browser, free_port: int) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    page = project(ended(Stage(context.new_page(), dashboard, "sticky", query(free_port))))
    moving = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((it) => {
          const {animationName, transitionDuration} = getComputedStyle(it);
          return animationName !== "none" || transitionDuration !== "0s";
        }).length"""
    )
    assert moving == 0
    context.close()
