"""Taking the wheel from the page: hold and one call, the terminal, crashes, many processes, variants, repeat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Stage, serve
from tests.browser.own_lessons import write_lessons

Open = Callable[..., Stage]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with lessons of our own."""
    lessons = tmp_path_factory.mktemp("lessons")
    write_lessons(lessons)
    with serve(tmp_path_factory.mktemp("data"), "--scenarios", str(lessons)) as url:
        yield url


def query(port: int, **more: object) -> str:
    return urlencode({"lang": "en", "p.PORT": port, **more})


def panel(page: Page, process: str) -> Locator:
    return page.locator(f'section[data-process="{process}"]')


def stands(page: Page, process: str, text: str) -> None:
    expect(panel(page, process).locator(".standings")).to_contain_text(text)


def one_call(page: Page, process: str) -> None:
    panel(page, process).get_by_role("button", name="Let one call").click()


def typed(page: Page, process: str) -> Locator:
    return panel(page, process).get_by_role("textbox")


def test_the_interleaving_is_chosen_and_the_messages_stick(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port, held=1))
    page = sticky.page
    sticky.run()
    for call in ("socket()", "setsockopt(", "bind(", "listen("):
        stands(page, "server", f"about to {call}")
        one_call(page, "server")
    stands(page, "client", "about to socket()")
    stands(page, "server", "about to accept()")
    one_call(page, "server")
    stands(page, "server", "will stop after this accept")
    panel(page, "client").locator(".hold").click()
    expect(panel(page, "client").locator(".chip")).to_have_text("exited 0")
    stands(page, "server", "about to recv(1024)")
    expect(panel(page, "server").locator(".code-line.is-held")).to_contain_text("recv")
    assert sticky.ranges("1>", "receive") == []
    page.keyboard.press("n")
    stands(page, "server", "about to recv(1024)")
    expect(page.locator('[data-stream="1>"] [data-row="receive"] [data-end="15"]')).to_have_count(1)
    page.keyboard.press("h")
    sticky.to_end()
    assert sticky.ranges("1>", "receive") == [(0, 15)]


def test_the_interleaving_is_chosen_and_the_messages_do_not_stick(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port, held=1))
    page = sticky.page
    sticky.run()
    stands(page, "server", "about to socket()")
    panel(page, "server").locator(".hold").click()
    for call in ("socket()", "connect("):
        stands(page, "client", f"about to {call}")
        one_call(page, "client")
    for message, end in (("12 B", 12), ("3 B", 15)):
        stands(page, "client", f"about to sendall({message})")
        one_call(page, "client")
        expect(page.locator(f'[data-stream="1>"] [data-row="receive"] [data-end="{end}"]')).to_have_count(1)
    page.click("#release-all")
    sticky.to_end()
    assert sticky.ranges("1>", "receive") == [(0, 12), (12, 15)]


def test_what_is_held_belongs_to_the_run_and_not_to_the_page(dashboard: str, stage: Open, free_port: int) -> None:
    hello = stage(dashboard, "hello", query(free_port, held=1))
    page = hello.page
    hello.run()
    stands(page, "server", "about to socket()")
    page.wait_for_url("**run=**")
    page.reload()
    stands(page, "server", "about to socket()")
    expect(page.locator("#start-held")).to_be_checked()
    page.keyboard.press("Home")
    expect(panel(page, "server").locator(".live-now")).to_be_visible()
    one_call(page, "server")
    expect(page.locator("#position")).to_have_attribute("data-edge", "live")
    page.click("#stop")
    expect(panel(page, "server").locator(".wheel")).to_be_hidden()


def test_each_thread_of_a_held_process_is_let_through_by_itself(own: str, stage: Open, free_port: int) -> None:
    several = stage(own, "several", query(free_port))
    page = several.page
    several.run()
    for process in ("client", "client-2"):
        page.locator(f'.card[data-process="{process}"] .face').click() if process != "client" else None
        typed(page, process).fill("x")
        typed(page, process).press("Enter")
        expect(panel(page, process).locator(".terminal")).to_contain_text("heard X")
    panel(page, "server").locator(".hold").click()
    threads = panel(page, "server").locator(".standings li[data-thread]")
    expect(threads.filter(has_text="will stop after this recv")).to_have_count(3)
    typed(page, "client-2").fill("y")
    typed(page, "client-2").press("Enter")
    expect(threads.filter(has_text="about to poll")).to_have_count(1)
    threads.filter(has_text="about to sendall(1 B)").get_by_role("button").click()
    expect(panel(page, "client-2").locator(".terminal")).to_contain_text("heard Y")
    page.click("#stop")


def test_a_chinese_line_composed_by_an_input_method_is_sent_once_it_is_whole(
    own: str, stage: Open, free_port: int
) -> None:
    talk = stage(own, "talk", query(free_port))
    page = talk.page
    talk.run()
    line = typed(page, "client")
    line.click()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    page.keyboard.press("Enter")
    expect(line).to_have_value("ni hao")
    keyboard.send("Input.insertText", {"text": "你好，世界"})
    expect(line).to_have_value("你好，世界")
    line.press("Enter")
    expect(line).to_have_value("")
    expect(panel(page, "client").locator(".terminal")).to_contain_text(
        "say: 你好，世界\nheard 你好，世界", use_inner_text=True
    )
    expect(panel(page, "client").locator(".terminal .input")).to_have_text(["你好，世界"])
    line.press("ArrowUp")
    expect(line).to_have_value("你好，世界")
    page.click("#stop")


def test_the_line_to_type_into_stays_in_view_in_a_small_window(own: str, stage: Open, free_port: int) -> None:
    talk = stage(own, "talk", query(free_port))
    page = talk.page
    page.set_viewport_size({"width": 1024, "height": 768})
    talk.run()
    line, terminal = typed(page, "client"), panel(page, "client").locator(".terminal")
    for word in ("one", "two", "three", "four", "five", "six", "seven"):
        line.fill(word)
        line.press("Enter")
        expect(terminal).to_contain_text(f"heard {word.upper()}")
        expect(line).to_be_in_viewport()
    page.set_viewport_size({"width": 1024, "height": 740})
    expect(line).to_be_in_viewport()
    terminal.evaluate("node => node.scrollTop = 0")
    line.evaluate("(node) => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))")
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(terminal.locator(".line").first).to_be_in_viewport()
    page.click("#stop")


def test_ctrl_c_interrupts_and_ctrl_d_ends_the_input(own: str, stage: Open, free_port: int) -> None:
    talk = stage(own, "talk", query(free_port))
    page = talk.page
    talk.run()
    expect(panel(page, "client").locator(".open-line")).to_have_text("say: ")
    typed(page, "client").press("Control+c")
    expect(panel(page, "client").locator(".chip")).to_have_text("ended by SIGINT")
    assert "^C" in talk.terminal("client")
    assert "KeyboardInterrupt" in talk.terminal("client")
    panel(page, "server").locator(".interrupt").click()
    talk.to_end()
    talk.run()
    expect(panel(page, "client").locator(".open-line")).to_have_text("say: ")
    typed(page, "client").press("Control+d")
    expect(panel(page, "client").locator(".why-ended")).to_contain_text("EOFError")
    page.click("#stop")


def test_a_crash_is_told_and_its_line_is_lit(own: str, stage: Open, free_port: int) -> None:
    crash = stage(own, "crash", query(free_port))
    page = crash.page
    crash.run()
    page.keyboard.press("End")
    client = panel(page, "client")
    expect(client.locator(".chip")).to_have_text("exited 1")
    expect(client.locator(".why-ended")).to_have_text(re.compile("^line 6: UnicodeEncodeError: "))
    expect(client.locator(".code-line.is-crashed")).to_have_attribute("data-line", "6")
    assert "Traceback (most recent call last)" in crash.terminal("client")
    page.click("#stop")
    crash.to_end()
    expect(page.locator("#remember-toggle")).to_be_hidden()  # this lesson has nothing to remember


def test_a_flood_of_output_stays_bounded_on_the_page(own: str, stage: Open, free_port: int) -> None:
    flood = stage(own, "flood", query(free_port))
    page = flood.page
    flood.run()
    page.keyboard.press("End")
    expect(panel(page, "client").locator(".chip")).to_have_text("exited 0", timeout=30_000)
    expect(panel(page, "client").locator(".left-out")).to_contain_text("earlier lines are not shown")
    assert panel(page, "client").locator(".line").count() < 500
    page.click("#stop")


def test_clients_are_added_typed_into_and_closed_while_the_run_lives(own: str, stage: Open, free_port: int) -> None:
    several = stage(own, "several", query(free_port))
    page = several.page
    several.run()
    cards = page.locator("#clients .card")
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Add a client").click()
    expect(cards).to_have_count(3)
    typed(page, "client-4").fill("hello")
    typed(page, "client-4").press("Enter")
    expect(panel(page, "client-4").locator(".terminal")).to_contain_text("heard HELLO")
    page.get_by_role("button", name="End client-2").click()
    expect(page.locator('.card[data-process="client-2"]')).to_have_attribute("data-ended", "")
    expect(page.locator("#clients .card:not([data-ended])")).to_have_count(2)
    page.click("#stop")


def test_a_variant_is_chosen_shown_and_run(own: str, stage: Open, free_port: int) -> None:
    crash = stage(own, "crash", query(free_port))
    page = crash.page
    page.locator("#variant-short").get_by_text("Fixed").click()
    expect(panel(page, "client").locator(".code")).to_contain_text('encode("utf-8")')
    page.wait_for_url("**variant=fixed**")
    page.reload()
    expect(panel(page, "client").locator(".file")).to_have_text("client_fixed.py")
    crash.run()
    page.keyboard.press("End")
    expect(panel(page, "client").locator(".chip")).to_have_text("exited 0")
    page.click("#stop")


def test_a_lesson_is_repeated_and_each_bar_opens_a_run(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    page = sticky.page
    page.click("#repeat-toggle")
    page.fill("#repeat-times", "3")
    page.click("#repeat-start")
    expect(page.locator("#repeat-done")).to_have_text("3 of 3 done", timeout=30_000)
    bars = page.locator("#repeat-outcomes button")
    assert sum(int(bar.get_attribute("data-runs") or 0) for bar in bars.all()) == 3
    receives = [int(size) for size in (bars.first.get_attribute("data-receives") or "").split()]
    bars.first.focus()
    page.keyboard.press("Enter")
    sticky.to_end()
    assert [end - start for start, end in sticky.ranges("1>", "receive")] == [size for size in receives if size]
    page.wait_for_url("**run=**")
    assert parse_qs(urlsplit(page.url).query)["run"]


def test_a_repeat_goes_on_when_the_page_is_loaded_anew(dashboard: str, stage: Open, free_port: int) -> None:
    page = stage(dashboard, "sticky", query(free_port)).page
    page.click("#repeat-toggle")
    page.fill("#repeat-times", "200")
    page.click("#repeat-start")
    expect(page.locator("#repeat-done")).to_contain_text("of 200 done")
    page.reload()
    page.click("#repeat-toggle")
    expect(page.locator("#repeat-done")).to_contain_text("of 200 done")
    expect(page.locator("#repeat-start")).to_have_attribute("aria-disabled", "true")
    page.click("#repeat-stop")
    expect(page.locator("#repeat-start")).not_to_have_attribute("aria-disabled", "true")
    page.reload()
    page.click("#repeat-toggle")
    expect(page.locator("#repeat-done")).to_contain_text("of 200 done")
    expect(page.locator("#repeat-stop")).to_have_attribute("aria-disabled", "true")


def test_the_run_of_a_bar_is_shown_in_the_variant_it_ran_in(dashboard: str, stage: Open, free_port: int) -> None:
    page = stage(dashboard, "upload", query(free_port)).page
    page.click("#repeat-toggle")
    page.fill("#repeat-times", "1")
    page.click("#repeat-start")
    expect(page.locator("#repeat-done")).to_have_text("1 of 1 done", timeout=30_000)
    page.locator("#variant-short").locator("label").nth(1).click()
    expect(panel(page, "client").locator(".file")).to_have_text("client_fixed.py")
    page.locator("#repeat-outcomes button").first.click()
    expect(panel(page, "client").locator(".file")).to_have_text("client_broken.py")
    expect(page.locator("#variant-short input:checked")).to_have_attribute("value", "broken")
    page.wait_for_url(lambda url: "run=" in url and "variant=" not in url)
