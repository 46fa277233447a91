"""The stage as it is drawn: each lesson's point is read from the page."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from engine.events import ProcessStarted, decoder
from engine.recording import Recording
from tests.browser.conftest import Stage, serve
from tests.truth import strace

Open = Callable[..., Stage]


def query(port: int, **parameters: object) -> str:
    pairs: list[tuple[str, object]] = [("lang", "en"), ("p.PORT", port)]
    for name, value in parameters.items():
        pairs += [(f"p.{name}", item) for item in (value if isinstance(value, list) else [value])]
    return urlencode(pairs)


def test_sticky_ends_on_one_recv_that_holds_both_messages(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    assert sticky.sentence == "Sends: 2, receives: 1. One recv got 15 bytes: 2 messages stuck together."
    assert sticky.ranges("1>", "send") == [(0, 12), (12, 15)]
    assert sticky.ranges("1>", "receive") == [(0, 15)]
    assert "good morningsir" in sticky.terminal("server")


def test_before_the_first_connection_the_sockets_there_are_stand_apart(
    dashboard: str, stage: Open, free_port: int
) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    page = sticky.page
    expect(page.locator("#no-connection")).to_be_hidden()
    listening = page.locator('#no-connection [data-end="server"] [data-state="listening"]')
    next(event for event in sticky.steps() if listening.count())
    expect(listening).to_be_visible()
    expect(listening).to_contain_text(f"127.0.0.1:{free_port}")
    page.keyboard.press("f")
    expect(listening).to_be_in_viewport(ratio=1)


def test_hello_is_a_question_and_an_answer(dashboard: str, stage: Open, free_port: int) -> None:
    hello = stage(dashboard, "hello", query(free_port))
    hello.run()
    hello.page.keyboard.press("End")
    expect(hello.page.locator('[data-process="client"] .terminal')).to_contain_text("you said")
    hello.page.click("#stop")
    hello.to_end()
    assert hello.ranges("1>", "send") == hello.ranges("1>", "receive") != []
    assert hello.ranges("1<", "send") == hello.ranges("1<", "receive") != []


words = st.text(st.characters(categories=("L", "N", "P"), max_codepoint=0x9FFF), min_size=1, max_size=20)


@settings(max_examples=3, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(messages=st.lists(words, min_size=1, max_size=6), recv_size=st.integers(1, 40))
def test_the_page_shows_what_strace_saw_in_the_same_run(
    tmp_path: Path,
    stage: Open,
    free_port: int,
    require_tool: Callable[[str], str],
    messages: list[str],
    recv_size: int,
) -> None:
    require_tool("strace")
    folder = tmp_path / f"trace-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    with serve(folder / "data", around=lambda command: strace.strace(folder, command)) as url:
        parameters: dict[str, object] = {"MESSAGES": messages, "RECV_SIZE": recv_size, "READ_DELAY": 0.5}
        sticky = stage(url, "sticky", query(free_port, **parameters))
        sticky.run()
        sticky.to_end()
        sent, received = sticky.ranges("1>", "send"), sticky.ranges("1>", "receive")
        terminal, sentence = sticky.terminal("server"), sticky.sentence
        pids = started(folder / "data", sticky)
        sticky.page.goto("about:blank")
    sends = [it.result for it in strace.read(folder, pids["client"]) if it.name == "sendto" and it.result > 0]
    receives = [it for it in strace.read(folder, pids["server"]) if it.name == "recvfrom"]
    assert sent == partition(sends)
    assert received == partition([it.result for it in receives if it.result])
    assert [f"recv: {it.data!r}" for it in receives] == [
        line for line in terminal.splitlines() if line.startswith("recv")
    ]
    figures = [int(number) for number in re.findall(r"\d+", sentence)]
    counts = [len(sends), len([it for it in receives if it.result])]
    # When they match, the sentence has something else to say: how long the longest wait was.
    assert counts[0] == counts[1] or figures[:2] == counts


def partition(sizes: list[int]) -> list[tuple[int, int]]:
    ends = [sum(sizes[: count + 1]) for count in range(len(sizes))]
    return list(zip([0, *ends], ends, strict=False))


def started(data: Path, stage: Stage) -> dict[str, int]:
    """The pids of the run's processes, from its recording."""
    run = parse_qs(urlsplit(stage.page.url).query)["run"][0]
    events = map(decoder.decode, Recording.open(data / "runs" / run).lines())
    return {event.process: event.pid for event in events if isinstance(event, ProcessStarted)}


def test_a_bad_value_is_said_at_its_field(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.page.get_by_role("button", name="Parameters").click()
    field = sticky.page.get_by_label("Bytes asked of recv")
    field.fill("0")
    sticky.page.click("#run")
    expect(field).to_have_attribute("aria-invalid", "true")


def test_a_taken_port_is_said_and_the_free_one_can_be_used(dashboard: str, stage: Open, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        sticky = stage(dashboard, "sticky", query(free_port))
        sticky.page.click("#run")
        offer = sticky.page.get_by_role("button", name=re.compile(r"Use \d+"))
        offer.click()
        expect(sticky.page.locator("#position")).not_to_have_attribute("data-events", "0")
    sticky.to_end()
    assert sticky.ranges("1>", "receive") == [(0, 15)]


def test_reloading_keeps_the_run_and_the_event(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    for _ in range(5):
        sticky.page.keyboard.press("ArrowLeft")
    event = int(sticky.page.get_attribute("#position", "data-events") or 0) - 5
    expect(sticky.page.locator("#position")).to_have_attribute("data-event", str(event))
    sentence = sticky.sentence
    sticky.page.wait_for_url(re.compile(rf"event={event}\b"))
    sticky.page.reload()
    sticky.wait_for_event()
    expect(sticky.page.locator("#sentence")).to_have_text(sentence)


def test_the_address_names_the_run_as_soon_as_the_page_shows_it(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    assert "run=" in sticky.page.evaluate("location.search")


def test_who_comes_back_to_a_lesson_sees_the_run_that_is_going_on(
    dashboard: str, stage: Open, free_port: int, page: Page
) -> None:
    hello = stage(dashboard, "hello", query(free_port))
    hello.run()
    other = page.context.new_page()
    other.goto(f"{hello.root}/lessons/hello?lang=en")
    expect(other.locator("#position")).to_have_attribute("data-edge", "live")
    run, port = (parse_qs(urlsplit(other.url).query)[name] for name in ("run", "p.PORT"))
    assert (run, port) == (parse_qs(urlsplit(page.url).query)["run"], [str(free_port)])
    other.click("#stop")
    expect(page.locator("#stop")).to_have_attribute("aria-disabled", "true")
    other.close()


def test_what_an_address_cannot_ask_for_is_said_at_its_field(stage: Open, dashboard: str, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port) + "&p.RECV_SIZE=abc")
    field = sticky.page.get_by_label("Bytes asked of recv")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


def test_a_run_whose_engine_was_killed_is_said_to_have_no_end(stage: Open, free_port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "web.cli", "run", "sticky", "--data", str(tmp_path / "whole")]
    subprocess.run([*command, "--set", f"PORT={free_port}"], check=True, capture_output=True, timeout=30)
    (folder,) = (tmp_path / "whole" / "runs").iterdir()
    whole = Recording.open(folder)
    cut = Recording.create(tmp_path / "cut" / "runs" / folder.name, whole.header)
    for line in list(whole.lines())[:-1]:
        cut.append(decoder.decode(line))
    cut.close()
    with serve(tmp_path / "cut") as url:
        sticky = stage(url, "sticky", f"lang=en&run={folder.name}")
        expect(sticky.page.locator("#connection")).to_contain_text("The end of this run is not on record")
        sticky.page.goto("about:blank")


def test_two_tabs_on_one_run_each_have_their_own_playhead(
    dashboard: str, stage: Open, free_port: int, page: Page
) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#position")).to_have_attribute("data-closed", "true")
    other.keyboard.press("Home")
    expect(other.locator("#position")).to_have_attribute("data-event", "1")
    assert page.get_attribute("#position", "data-event") == page.get_attribute("#position", "data-events")


def test_a_lost_connection_is_resumed_without_a_gap(dashboard: str, stage: Open, free_port: int) -> None:
    hello = stage(dashboard, "hello", query(free_port))
    hello.run()
    hello.page.context.set_offline(True)
    hello.page.context.set_offline(False)
    hello.page.keyboard.press("End")
    expect(hello.page.locator('[data-process="client"] .terminal')).to_contain_text("you said")
    hello.page.click("#stop")
    hello.to_end()
    assert hello.ranges("1>", "send") == hello.ranges("1>", "receive") != []


def test_while_the_dashboard_is_out_of_reach_nothing_is_shown_as_live(
    dashboard: str, browser: Browser, free_port: int
) -> None:
    sockets: list[WebSocketRoute] = []

    def reach(socket: WebSocketRoute) -> None:
        if sockets:
            socket.close()
        else:
            socket.connect_to_server()
        sockets.append(socket)

    context = browser.new_context()
    context.route("**/hold", lambda route: route.abort())
    context.route_web_socket("**/live?*", reach)
    hello = Stage(page := context.new_page(), dashboard, "hello", query(free_port))
    hello.run()
    page.keyboard.press("End")
    expect(page.locator("#position")).to_have_attribute("data-edge", "live")
    sockets[0].close()
    expect(page.locator("#position")).to_contain_text("Connection lost")
    page.locator('[data-process="server"] .hold').click()
    problem = page.locator('[data-process="server"] .wheel .problem')
    expect(problem).to_contain_text("does not answer")
    sockets.clear()
    page.click("#run")
    expect(problem).to_be_empty()
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768), (3840, 2160)])
def test_nothing_is_cut_off(lang: str, size: tuple[int, int], dashboard: str, browser: Browser, free_port: int) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = context.new_page()
    sticky = Stage(page, dashboard, "sticky", query(free_port).replace("lang=en", f"lang={lang}"))
    sticky.run()
    sticky.to_end()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for selector in ("#sentence", "#run", "#position", '[data-stream="1>"]', '[data-process="server"] .terminal'):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0] + 1, selector
        assert box["y"] + box["height"] <= size[1] + 1, selector
    context.close()


def test_what_to_remember_is_offered_at_the_end_and_covers_nothing_before(
    dashboard: str, stage: Open, free_port: int
) -> None:
    page = (opened := stage(dashboard, "length-text", f"lang=en&p.PORT={free_port}")).page
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.locator("#remember-toggle")).to_be_hidden()
    opened.run()
    opened.to_end()
    expect(page.locator("#remember")).to_be_hidden()
    page.click("#remember-toggle")
    expect(page.locator("#remember li").last).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator("#remember")).to_be_hidden()
