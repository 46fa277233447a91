"""Two runs of one lesson side by side: read from the page, aligned."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from engine.messages import LANGS, Lang, render
from tests.browser.comparing import OpenCompared, settings
from tests.browser.conftest import Stage

Open = Callable[..., Stage]


def test_one_recv_and_two_stand_side_by_side(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {"PAUSE": 0}, {"PAUSE": 0.8}))
    sticky.run_both()
    assert sticky.ranges("left", "send") == sticky.ranges("right", "send") == [(0, 12), (12, 15)]
    assert sticky.ranges("left", "receive") == [(0, 15)]
    assert sticky.ranges("right", "receive") == [(0, 12), (12, 15)]
    assert [sticky.text(side, ".differs") for side in ("left", "right")] == ["PAUSE = 0", "PAUSE = 0.8"]
    assert [sticky.total(side, "receives") for side in ("left", "right")] == ["1", "2"]
    assert [sticky.total(side, "sent") for side in ("left", "right")] == ["15 B", "15 B"]
    differing = sticky.page.eval_on_selector_all(
        '#totals [data-side="right"] [data-differs]', "all => all.map(it => it.dataset.total)"
    )
    assert {"receives", "findings"} <= set(differing)
    assert "sends" not in differing
    assert "2 messages stuck together" in sticky.page.inner_text("#left-sentence")
    assert "Receives: 2" in sticky.page.inner_text("#right-sentence")


def test_the_same_byte_stands_at_the_same_place(compared: OpenCompared, free_port: int) -> None:
    short, long = {"MESSAGES": "good morning"}, {"MESSAGES": "good morning, sir"}
    sticky = compared("sticky", settings(free_port, short, long))
    sticky.run_both()
    [left, right] = [
        sticky.page.eval_on_selector(
            f'.half[data-side="{side}"]',
            """half => {
                const axis = half.querySelector("svg.axis").getBoundingClientRect();
                const range = half.querySelector('[data-row="receive"] [data-end]');
                const box = range.getBoundingClientRect();
                return { from: box.left - axis.left, perByte: box.width / Number(range.dataset.end) };
            }""",
        )
        for side in ("left", "right")
    ]
    assert left["from"] == pytest.approx(right["from"], abs=2)
    assert left["perByte"] == pytest.approx(right["perByte"], rel=0.05)


def test_one_transport_moves_both_by_time_and_by_event(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {}, {"PAUSE": 0.3}))
    sticky.run_both()
    events = [int(sticky.page.get_attribute(f"#{side}-timeline", "aria-valuemax") or 0) for side in ("left", "right")]
    position = sticky.page.locator("#position")
    at = [sticky.page.locator(f"#{side}-timeline") for side in ("left", "right")]
    sticky.page.select_option("#mode", "event")
    expect(position).to_have_attribute("data-events", str(max(events)))
    sticky.page.locator("#mode").blur()
    sticky.page.keyboard.press("Home")
    for _ in range(4):
        sticky.page.keyboard.press("ArrowRight")
    for timeline in at:
        expect(timeline).to_have_attribute("aria-valuenow", "5")
    sticky.page.select_option("#mode", "time")
    sticky.page.locator("#mode").blur()
    expect(position).not_to_have_attribute("data-events", str(max(events)))
    seen = []
    sticky.page.keyboard.press("Home")
    for _ in range(int(position.get_attribute("data-events") or 0)):
        sticky.page.evaluate("new Promise(requestAnimationFrame)")
        seen.append(tuple(int(timeline.get_attribute("aria-valuenow") or 0) for timeline in at))
        sticky.page.keyboard.press("ArrowRight")
    assert seen[-1] == tuple(events)
    steps = [(after - before) for one, other in pairwise(seen) for before, after in zip(one, other, strict=True)]
    assert set(steps) == {0, 1}


def test_the_address_brings_both_runs_back(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {}, {"PAUSE": 0.3}))
    sticky.run_both()
    sticky.page.keyboard.press("Home")
    for _ in range(6):
        sticky.page.keyboard.press("ArrowRight")
    expect(sticky.page.locator("#position")).to_have_attribute("data-event", "7")
    sticky.page.wait_for_url(re.compile("event=7"))
    query = sticky.query
    assert query["left"][0].endswith(tuple("0123456789abcdef"))
    said = [sticky.page.inner_text(f"#{side}-sentence") for side in ("left", "right")]
    sticky.page.reload()
    expect(sticky.page.locator("#position")).to_have_attribute("data-event", "7")
    expect(sticky.page.locator("#left-sentence")).to_have_text(said[0])
    expect(sticky.page.locator("#right-sentence")).to_have_text(said[1])
    assert sticky.query == query


def test_a_kept_recording_is_chosen_and_the_stage_leads_here(
    compared: OpenCompared, stage: Open, dashboard: str, free_port: int
) -> None:
    opened = stage(dashboard, "sticky", urlencode({"lang": "en", "p.PORT": free_port, "p.RECV_SIZE": 4}))
    opened.run()
    opened.to_end()
    opened.page.click("#compare")
    sticky = compared("sticky", urlsplit(opened.page.url).query)
    sticky.at_end()
    assert sticky.ranges("left", "receive") == [(0, 4), (4, 8), (8, 12), (12, 15)]
    run = sticky.query["left"][0]
    kept = sticky.page.locator('.half[data-side="right"] .kept')
    expect(kept.locator(f'option[value="{run}"]')).to_contain_text("RECV_SIZE = 4")
    kept.select_option(run)
    expect(sticky.page.locator('.half[data-side="right"] [data-row="receive"] [data-start]').first).to_be_attached()
    assert sticky.ranges("right", "receive") == sticky.ranges("left", "receive")
    assert sticky.text("right", ".differs") == render("en", "ui.compare_same", {})


def test_one_side_is_changed_and_run_alone(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {}, {}))
    expect(sticky.page.locator('.half[data-side="left"] .no-connection')).to_have_text(
        render("en", "ui.side_not_run", {})
    )
    right = sticky.page.locator('.half[data-side="right"]')
    right.locator(".change").click()
    right.locator("#right-parameter-RECV_SIZE").fill("0")
    right.locator('button[type="submit"]').click()
    expect(right.locator("#right-problem-RECV_SIZE")).to_contain_text("1")
    right.locator("#right-parameter-RECV_SIZE").fill("5")
    right.locator('button[type="submit"]').click()
    expect(right.locator('[data-row="receive"] [data-start]')).to_have_count(3, timeout=15_000)
    sticky.at_end()
    assert sticky.ranges("right", "receive") == [(0, 5), (5, 10), (10, 15)]
    assert sticky.text("right", ".differs") == "RECV_SIZE = 5"
    assert sticky.total("left", "receives") == ""


@pytest.mark.parametrize("lang", LANGS)
def test_a_run_that_is_gone_is_said_and_can_be_run_again(compared: OpenCompared, free_port: int, lang: Lang) -> None:
    gone = "20250101-000000-sticky-0a1b2c"
    sticky = compared("sticky", settings(free_port, {"PAUSE": 0.1}, {}, lang).replace("left=", f"left={gone}"))
    assert sticky.text("left", ".side-problem") == render(lang, "error.unknown_run", {"run": gone})
    assert sticky.text("left", ".differs") == "PAUSE = 0.1"
    sticky.page.locator('.half[data-side="left"] .change').click()
    expect(sticky.page.locator("#left-parameter-PAUSE")).to_have_value("0.1")


def test_two_variants_whose_servers_run_for_ever_are_run_in_turn(compared: OpenCompared, free_port: int) -> None:
    login = compared("login", urlencode({"lang": "en", "left": "", "left.p.PORT": free_port}))
    login.run_both()
    assert login.query["left.variant"] != login.query["right.variant"]
    assert login.text("left", ".differs") == "Broken"
    assert login.text("left", ".chip") == login.text("right", ".chip") == render("en", "ui.run_stopped", {})
    assert login.total("left", "conclusion") != login.total("right", "conclusion")


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768), (800, 900), (3840, 2160)])
def test_nothing_is_cut_off(compared: OpenCompared, free_port: int, size: tuple[int, int]) -> None:
    sticky = compared("sticky", settings(free_port, {}, {"PAUSE": 0.3}, "zh"))
    sticky.page.set_viewport_size({"width": size[0], "height": size[1]})
    sticky.run_both()
    assert sticky.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = sticky.page.evaluate(
        """() => [...document.querySelectorAll("header, .half, .said, .playing, .timelines")]
            .filter(it => it.scrollWidth > it.clientWidth + 1).map(it => it.className || it.tagName)"""
    )
    assert wide == []


def test_both_timelines_are_above_the_sentences_of_a_low_window(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {}, {"PAUSE": 0.3}))
    sticky.page.set_viewport_size({"width": 1024, "height": 768})
    expect(sticky.page.locator(".transport")).to_contain_text("Press Run both")
    expect(sticky.page.locator("#scale")).to_have_value("folded")
    sticky.run_both()
    footer = sticky.page.locator(".transport").bounding_box()
    below = sticky.page.locator("#right-timeline").bounding_box()
    assert footer is not None
    assert below is not None
    assert below["y"] + below["height"] <= footer["y"]
    assert sticky.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_every_control_has_a_name(compared: OpenCompared, free_port: int) -> None:
    sticky = compared("sticky", settings(free_port, {}, {}))
    for side in ("left", "right"):
        sticky.page.locator(f'.half[data-side="{side}"] .change').click()
    nameless = sticky.page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, textarea, canvas, a")].filter(it =>
            it.checkVisibility() && !(it.getAttribute("aria-label") || it.textContent.trim() || it.labels?.length))
            .map(it => it.outerHTML)"""
    )
    assert nameless == []
    ids = sticky.page.evaluate("[...document.querySelectorAll('[id]')].map(it => it.id)")
    assert len(ids) == len(set(ids))
