"""What two runs side by side show besides their streams, and what is typed in both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from engine.lesson import SCENARIOS, load_lessons
from engine.observers import may_capture
from tests.browser.comparing import OpenCompared, settings

SIDES = ("left", "right")
READING = [it for it in load_lessons([SCENARIOS]).lessons.values() if any(program.input for program in it.programs)]


def both(port: int, left: Mapping[str, object], right: Mapping[str, object], lang: str = "en") -> str:
    """The settings of both sides; `variant` among them is the variant."""
    sides = {"left": left, "right": right}
    variants = {f"{side}.variant": values["variant"] for side, values in sides.items() if "variant" in values}
    rest = [{name: value for name, value in values.items() if name != "variant"} for values in sides.values()]
    return f"{settings(port, rest[0], rest[1], lang)}&{urlencode(variants)}"


def half(side: str, part: str) -> str:
    return f'.half[data-side="{side}"] {part}'


def test_what_is_typed_reaches_the_clients_of_both_runs(compared: OpenCompared, free_port: int) -> None:
    query = both(free_port, {"variant": "broken"}, {"variant": "fixed"})
    dialogue = compared("dialogue", query)
    dialogue.page.fill("#typed", "hello\nhi\nq")
    dialogue.run_both()
    assert dialogue.ranges("left", "send") == dialogue.ranges("right", "send") == [(0, 5), (5, 7)]
    assert dialogue.query["typed"] == ["hello\nhi\nq"]
    dialogue.page.reload()
    expect(dialogue.page.locator("#typed")).to_have_value("hello\nhi\nq")


def test_the_suggested_lines_show_the_broken_and_the_fixed_program(compared: OpenCompared, free_port: int) -> None:
    dialogue = compared("dialogue", both(free_port, {"variant": "broken"}, {"variant": "fixed"}))
    expect(dialogue.page.locator("#typed")).to_have_value("你好\n\nq")
    dialogue.run_both()
    assert "typed" not in dialogue.query
    assert "blocked in a receive" in dialogue.total("left", "conclusion")
    assert "blocked in a receive" not in dialogue.total("right", "conclusion")


def test_every_client_is_typed_into_and_what_is_typed_stays_while_they_run(
    compared: OpenCompared, free_port: int
) -> None:
    query = both(free_port, {"variant": "select", "CLIENTS": 2}, {"variant": "poll", "CLIENTS": 2})
    server = compared("select-server", query)
    server.page.fill("#typed", "one\ntwo")
    server.page.click("#run")
    expect(server.page.locator("#typed")).to_have_attribute("readonly", "")
    server.ended()
    expect(server.page.locator("#typed")).not_to_have_attribute("readonly", "")
    server.page.click('#view [data-view="axis"]')
    for side in SIDES:
        expect(server.page.locator(half(side, '[data-stream="2>"] [data-row="send"] [data-end="11"]'))).to_have_count(1)
        assert server.ranges(side, "send")[1:] == [(5, 8), (8, 11)]  # what it sends by itself, "one", "two"


@pytest.mark.parametrize("lesson", [it.id for it in READING])
def test_lines_to_type_are_suggested(compared: OpenCompared, lesson: str) -> None:
    opened = compared(lesson, "lang=zh")
    expect(opened.page.locator("#typing")).to_be_visible()
    expect(opened.page.locator("#typed")).not_to_have_value("")
    expect(opened.page.locator("#run")).not_to_have_attribute("aria-disabled", "true")


def test_a_lesson_that_reads_nothing_has_no_field_for_it(compared: OpenCompared) -> None:
    expect(compared("sticky", "lang=en").page.locator("#typing")).to_be_hidden()


def test_each_side_has_its_table_and_its_raster(compared: OpenCompared, free_port: int) -> None:
    levels = compared("level-and-edge", both(free_port, {"variant": "level"}, {"variant": "edge"}))
    for side in SIDES:
        expect(levels.page.locator(half(side, ".no-connection"))).to_be_visible()
    levels.run_both()
    waits = []
    for side, trigger in (("left", "level-triggered"), ("right", "edge-triggered")):
        expect(levels.page.locator(half(side, ".watches [data-watch]"))).to_contain_text(trigger)
        raster = levels.page.locator(half(side, ".raster"))
        expect(raster).to_be_visible()
        waits.append(int(raster.get_attribute("data-waits") or 0))
        expect(raster).to_have_attribute("data-current", str(waits[-1]))
    assert waits[0] > waits[1]  # what is edge-triggered is reported once
    levels.page.locator(half("right", ".raster")).click(position={"x": 90, "y": 20})
    expect(levels.page.locator(half("right", ".raster"))).to_have_attribute("data-current", "1")


def test_the_view_of_both_is_chosen_at_once_and_in_the_address(compared: OpenCompared, free_port: int) -> None:
    levels = compared("level-and-edge", both(free_port, {"variant": "level"}, {"variant": "edge"}))
    levels.run_both()
    levels.page.click('#view [data-view="axis"]')
    expect(levels.page).to_have_url(re.compile("view=axis"))
    levels.page.reload()
    levels.at_end()
    for side in SIDES:
        expect(levels.page.locator(half(side, ".streams"))).to_be_visible()
        expect(levels.page.locator(half(side, ".raster"))).to_be_hidden()


def test_both_charts_have_the_same_axes(compared: OpenCompared, free_port: int) -> None:
    few, many = {"CONNECTIONS": 10, "REPEATS": 2}, {"CONNECTIONS": 200, "REPEATS": 2}
    cost = compared("select-poll-epoll", both(free_port, few, many))
    cost.run_both()
    grids = [cost.page.locator(half(side, ".cost-grid text")).all_inner_texts() for side in SIDES]
    assert grids[0] == grids[1]
    boxes = [
        cost.page.locator(half(side, '.cost-chart [data-cost="poll"][data-watched="10"]')).bounding_box()
        for side in SIDES
    ]
    lefts = [
        cost.page.eval_on_selector(half(side, ".cost-chart"), "it => it.getBoundingClientRect().x") for side in SIDES
    ]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] - lefts[0] == pytest.approx(boxes[1]["x"] - lefts[1], abs=1)


def test_datagrams_have_their_rows_on_both_sides(compared: OpenCompared, free_port: int) -> None:
    if not may_capture():
        pytest.skip("needs the right to capture")
    limits = compared("udp-limits", both(free_port, {}, {}))
    limits.run_both()
    for side in SIDES:
        assert limits.page.locator(half(side, '[data-row="segment"] [data-start]')).count() > 0
        expect(limits.page.locator(half(side, '[data-row="lost"] [data-start]')).first).to_be_attached()


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768)])
def test_the_halves_keep_room_to_be_read(compared: OpenCompared, free_port: int, size: tuple[int, int]) -> None:
    levels = compared("level-and-edge", both(free_port, {"variant": "level"}, {"variant": "edge"}, "zh"))
    levels.page.set_viewport_size({"width": size[0], "height": size[1]})
    levels.run_both()
    inside = levels.page.evaluate(
        """() => [...document.querySelectorAll(".half .kernel")].every(kernel =>
            kernel.querySelector(".raster").getBoundingClientRect().bottom <= kernel.getBoundingClientRect().bottom + 1
            && kernel.scrollWidth <= kernel.clientWidth + 1)"""
    )
    assert inside
    assert levels.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
