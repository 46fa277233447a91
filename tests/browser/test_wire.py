"""What the wire and the kernel say, read from the stage. Where capturing is not allowed, the page must say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from engine.observers import may_capture
from tests.browser.conftest import Stage, serve

Open = Callable[..., Stage]

captures = pytest.mark.skipif(not may_capture(), reason="capturing on lo needs CAP_NET_RAW")


def query(port: int, **parameters: object) -> str:
    pairs: list[tuple[str, object]] = [("lang", "en"), ("p.PORT", port)]
    for name, value in parameters.items():
        pairs += [(f"p.{name}", item) for item in (value if isinstance(value, list) else [value])]
    return urlencode(pairs)


def segments(page: Page, stream: str) -> list[tuple[int, int, int, str]]:
    """Start, end, sequence number and flags of each segment drawn, the retransmissions left out."""
    found: list[list[str]] = page.eval_on_selector_all(
        f'[data-stream="{stream}"] [data-row="segment"] [data-start]:not([data-order="retransmission"])',
        "all => all.map(it => [it.dataset.start, it.dataset.end, it.dataset.seq, it.dataset.flags])",
    )
    return [(int(start), int(end), int(seq), flags) for start, end, seq, flags in found]


def go_to(stage: Stage, sentence: str) -> None:
    """Step from the first event to the first one whose sentence says this."""
    if not any(re.search(sentence, stage.sentence) for _ in stage.steps()):
        pytest.fail(f"no event says {sentence!r}")


@captures
def test_twenty_sends_their_segments_and_one_recv_stand_on_one_axis(
    dashboard: str, stage: Open, free_port: int
) -> None:
    sticky = stage(dashboard, "sticky", query(free_port, MESSAGES=["hello "] * 20))
    sticky.run()
    sticky.to_end()
    assert len(sticky.ranges("1>", "send")) == 20
    assert sticky.ranges("1>", "receive") == [(0, 120)]
    wire = segments(sticky.page, "1>")
    assert [start for start, *_ in wire] == [0, *(end for _, end, *_ in wire[:-1])]
    assert wire[-1][1] == 120
    assert all(seq == start + 1 and "ACK" in flags for start, _, seq, flags in wire)


@captures
def test_the_kernel_holds_what_is_delivered_and_not_read(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    go_to(sticky, "carries 12 bytes")
    assert sticky.ranges("1>", "send-queue") == [(0, 12)]
    assert sticky.ranges("1>", "receive-queue") == [(0, 12)]
    go_to(sticky, "ACK: 12 bytes")
    assert sticky.ranges("1>", "send-queue") == []
    gauge = sticky.page.locator('[data-process="server"] [data-kind="receive"]')
    go_to(sticky, "got 15 bytes")
    assert sticky.ranges("1>", "receive-queue") == []
    expect(gauge).to_have_attribute("data-bytes", "0")


@captures
def test_a_sample_turns_the_queue_from_derived_to_measured(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port, READ_DELAY=1))
    sticky.run()
    sticky.to_end()
    queue = sticky.page.locator('[data-stream="1>"] [data-row="receive-queue"] [data-start]')
    go_to(sticky, "carries 12 bytes")
    expect(queue).to_have_attribute("data-evidence", "derived")
    go_to(sticky, "recv.*returned 15")
    sticky.page.keyboard.press("ArrowLeft")
    expect(queue).to_have_attribute("data-evidence", "measured")
    expect(queue).to_have_attribute("data-end", "15")


@captures
def test_the_states_of_both_ends_are_walked_on_the_map(dashboard: str, stage: Open, free_port: int) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    sticky.page.click("#states-toggle")
    place = sticky.page.locator
    expect(place('[data-tcp-state="SYN-SENT"]')).to_have_attribute("data-client", "2")
    expect(place('[data-tcp-state="ESTABLISHED"]')).to_have_attribute("data-server", "3")
    expect(place('[data-tcp-state="TIME-WAIT"]')).to_have_attribute("data-client", "6")
    expect(place('[data-tcp-state="CLOSED"]')).to_have_attribute("data-server", "6")
    assert place('[data-tcp-state="CLOSING"]').get_attribute("data-client") is None
    expect(place('[data-process="client"] [data-tcp]')).to_have_text("TIME-WAIT")
    sticky.page.keyboard.press("Escape")
    expect(place("#states")).to_be_hidden()


@captures
def test_the_segments_can_be_had_for_wireshark_when_the_run_is_over(
    dashboard: str, stage: Open, free_port: int
) -> None:
    sticky = stage(dashboard, "sticky", query(free_port))
    sticky.run()
    sticky.to_end()
    with sticky.page.expect_download() as download:
        sticky.page.click("#pcapng")
    assert download.value.path().read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"  # a section header block, in either order


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_where_segments_are_not_measured_the_page_says_why(
    tmp_path: Path, stage: Open, free_port: int, lang: str
) -> None:
    with serve(tmp_path, "--portable") as url:
        sticky = stage(url, "sticky", query(free_port).replace("lang=en", f"lang={lang}"))
        sticky.run()
        sticky.to_end()
        says = sticky.page.locator("#wire-says")
        expect(says).to_contain_text("--portable")
        expect(says).to_contain_text("socket-playground doctor")
        assert segments(sticky.page, "1>") == []
        expect(sticky.page.locator('[data-row="send-queue"]')).to_have_count(0)
        expect(sticky.page.locator('[data-row="waiting"]').first).to_be_attached()
        expect(sticky.page.locator("#pcapng")).to_be_hidden()
        sticky.page.goto("about:blank")
