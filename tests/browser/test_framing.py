"""Messages on the byte axis: by the lesson's framing or one picked by hand; lies, progress, and the struct table."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage

Open = Callable[..., Stage]
Ranges = tuple[int, int, int, int]

MESSAGES = ["good morning", "先生"]


def query(port: int, lang: str = "en", **more: object) -> str:
    own = {name if name.islower() else f"p.{name}": value for name, value in more.items()}
    return urlencode({"lang": lang, "p.PORT": port, **own})


def frames(page: Page) -> list[tuple[Ranges, str]]:
    """Start, body, tail and end of each frame drawn on the first stream, and its state."""
    found: list[list[str]] = page.eval_on_selector_all(
        '[data-stream="1>"] [data-row="frame"] [data-start]',
        "all => all.map(({ dataset: it }) => [it.start, it.body, it.tail, it.end, it.state])",
    )
    return [((int(start), int(body), int(tail), int(end)), state) for start, body, tail, end, state in found]


def whole(messages: list[bytes], header: int, tail: int = 0) -> list[tuple[Ranges, str]]:
    """Where these messages stand on the axis."""
    found: list[tuple[Ranges, str]] = []
    at = 0
    for message in messages:
        body = at + header
        end = body + len(message) + tail
        found.append(((at, body, end - tail, end), "whole"))
        at = end
    return found


def held(page: Page) -> tuple[str | None, str | None]:
    """What the reader of the first stream holds of its message, and what it wants."""
    found: list[str | None] = page.evaluate(
        """() => {
          const said = document.querySelector('[data-stream="1>"] .reading > p:last-child');
          return [said?.dataset.holds ?? null, said?.dataset.wants ?? null];
        }"""
    )
    return found[0], found[1]


def says(stage: Stage) -> str:
    return stage.page.inner_text('[data-stream="1>"] .reading')


def ended(stage: Stage) -> Page:
    stage.run()
    stage.to_end()
    return stage.page


def test_header_and_body_stand_where_the_programs_have_sent_them(dashboard: str, stage: Open, free_port: int) -> None:
    lesson = stage(dashboard, "length-struct", query(free_port, variant="fixed"))
    page = ended(lesson)
    expect(page.locator("#framing")).to_have_value("length-4-big")
    assert frames(page) == whole([text.encode() for text in MESSAGES], header=4)
    header = page.locator('[data-row="frame"] [data-start="0"]')
    expect(header).to_have_attribute("data-declared", str(len(MESSAGES[0].encode())))
    assert "server has read 2 messages" in says(lesson)


def test_the_reader_is_followed_through_a_header_in_two_pieces(dashboard: str, stage: Open, free_port: int) -> None:
    lesson = stage(dashboard, "length-struct", query(free_port, variant="fixed"))
    page = ended(lesson)
    seen = [held(page) for _ in lesson.steps()]
    steps = [pair for i, pair in enumerate(seen) if i == 0 or pair != seen[i - 1]]
    # Two bytes of a header, the header, the body: between two messages nothing is held.
    assert steps == [(None, None), ("2", "2"), ("4", "12"), (None, None), ("2", "2"), ("4", "6"), (None, None)]


def test_a_header_that_lies_is_shown_as_such(dashboard: str, stage: Open, free_port: int) -> None:
    lie = 2_000_000_000
    lesson = stage(dashboard, "length-struct", query(free_port, variant="fixed", LIE=lie, HEADER_IN_TWO="false"))
    page = ended(lesson)
    first = len(MESSAGES[0].encode())
    [(ranges, state)] = [it for it in frames(page) if it[1] != "whole"]
    assert (ranges, state) == ((0, 4, 4 + first + lie, 4 + first + lie), "short")
    expect(page.locator('[data-row="frame"] .bad')).to_have_count(1)
    assert re.search(rf"The header says {first + lie} B; \d+ came", says(lesson))


def test_a_header_that_is_no_number_is_shown_as_such(dashboard: str, stage: Open, free_port: int) -> None:
    lesson = stage(dashboard, "length-text", query(free_port, "zh"))
    page = ended(lesson)
    assert [state for _, state in frames(page)] == ["malformed"]
    assert "不是十进制数" in says(lesson)


def test_a_framing_is_picked_by_hand_and_stays_in_the_address(dashboard: str, stage: Open, free_port: int) -> None:
    lesson = stage(dashboard, "sticky", query(free_port))
    page = ended(lesson)
    expect(page.locator("#framing")).to_have_value("none")
    assert frames(page) == []
    page.select_option("#framing", "fixed")
    page.fill("#framing-size", "5")
    expect(page.locator('[data-row="frame"] [data-state="whole"]')).to_have_count(3)
    assert frames(page) == whole([b"good ", b"morni", b"ngsir"], header=0)
    page.wait_for_url("**framing=fixed-5**")
    page.select_option("#framing", "delimiter")
    page.fill("#framing-delimiter", "g")
    expect(page.locator('[data-row="frame"] [data-state="whole"]')).to_have_count(2)
    assert frames(page) == [*whole([b"", b"ood mornin"], header=0, tail=1), ((12, 12, 15, 15), "short")]
    page.wait_for_url("**framing=delimiter-g**")
    page.reload()
    expect(page.locator('[data-row="frame"] [data-start]')).to_have_count(3)
    page.select_option("#framing", "none")
    expect(page.locator('[data-row="frame"] [data-start]')).to_have_count(0)


def test_what_is_typed_and_is_no_framing_changes_nothing(dashboard: str, stage: Open, free_port: int) -> None:
    page = ended(stage(dashboard, "sticky", query(free_port, framing="fixed-5")))
    expect(page.locator('[data-row="frame"] [data-start]')).to_have_count(3)
    page.fill("#framing-size", "0")
    expect(page.locator("#framing-size")).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[data-row="frame"] [data-start]')).to_have_count(3)


def test_each_variant_has_its_own_framing(dashboard: str, stage: Open, free_port: int) -> None:
    lesson = stage(dashboard, "framing-compared", query(free_port, variant="delimiter"))
    page = ended(lesson)
    expect(page.locator("#framing")).to_have_value("delimiter")
    expect(page.locator("#framing-delimiter")).to_have_value("|")
    page.locator("#variant-short").get_by_text("Length prefix").click()
    expect(page.locator("#framing")).to_have_value("length-4-big")
    page.locator("#variant-short").get_by_text("Fixed size").click()
    expect(page.locator("#framing-size")).to_have_value("20")


def test_a_long_transfer_has_a_bar_with_numbers(dashboard: str, stage: Open, free_port: int) -> None:
    repeat = 10_000
    lesson = stage(dashboard, "length-struct", query(free_port, variant="fixed", REPEAT=repeat, HEADER_IN_TWO="false"))
    page = ended(lesson)
    total = sum(4 + len(text.encode()) * repeat for text in MESSAGES)
    bar = page.locator('[data-stream="1>"] header [role="progressbar"]')
    expect(bar).to_have_attribute("aria-valuemax", str(total))
    expect(bar).to_have_attribute("aria-valuenow", str(total))
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    expect(bar).not_to_have_attribute("aria-valuenow", str(total))
    body = page.locator('[data-stream="1>"] .reading [role="progressbar"]')
    expect(body).to_have_attribute("aria-valuemax", str(len(MESSAGES[1].encode()) * repeat))
    expect(page.locator('[data-stream="1<"] header [role="progressbar"]')).to_be_hidden()


def test_a_number_is_packed_by_python_and_refused_by_python(dashboard: str, stage: Open) -> None:
    page = stage(dashboard, "length-struct").page
    page.click("#struct-toggle")
    row = page.locator("#struct-packed tr[data-asked]")
    expect(row).to_have_attribute("data-bytes", struct.pack("!I", 300).hex())
    page.fill("#struct-format", "<i")
    page.fill("#struct-value", "-2")
    expect(row).to_have_attribute("data-bytes", struct.pack("<i", -2).hex())
    expect(page.locator('#struct-readings [data-format="<I"]')).to_contain_text(str(2**32 - 2))
    expect(page.locator('#struct-packed tr[data-format="!I"]')).to_contain_text("struct.error: ")
    sizes = page.locator("#struct-formats tr[data-char='q']")
    expect(sizes).to_have_attribute("data-standard", str(struct.calcsize("=q")))
    page.keyboard.press("Escape")
    expect(page.locator("#struct")).to_be_hidden()


def test_the_struct_table_is_offered_where_the_lesson_says_so(dashboard: str, stage: Open) -> None:
    page = stage(dashboard, "sticky").page
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#struct-toggle")).to_have_count(0)
