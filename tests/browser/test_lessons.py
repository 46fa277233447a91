"""Each lesson's point, read from the page at the end of its run."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Stage

Open = Callable[..., Stage]


def played(stage: Open, url: str, port: int, lesson: str, **parameters: str) -> Stage:
    """The page of a lesson after its run, at the last event."""
    names = {"lang": "en", "p.PORT": str(port)} | {f"p.{name}": value for name, value in parameters.items()}
    opened = stage(url, lesson, urlencode(names))
    opened.run()
    opened.to_end()
    return opened


def lost(stage: Stage, stream: str) -> list[tuple[str, int, int]]:
    """What the page says no receive will return: (finding, start, end)."""
    return stage.page.eval_on_selector_all(  # type: ignore[no-any-return]
        f'[data-stream="{stream}"] [data-row="lost"] [data-kind]',
        "elements => elements.map(it => [it.dataset.kind, Number(it.dataset.start), Number(it.dataset.end)])",
    )


def test_tcp_is_one_stream_and_udp_is_datagrams(dashboard: str, stage: Open, free_port: int) -> None:
    page = played(stage, dashboard, free_port, "tcp-and-udp")
    messages = [(0, 12), (12, 15), (15, 18)]
    assert page.ranges("1>", "send") == page.ranges("2>", "send") == messages
    assert page.ranges("1>", "receive") == [(0, 18)]
    assert page.ranges("2>", "receive") == page.ranges("2<", "receive") == messages
    assert page.sentence == (
        "TCP: sends 3, receives 1, one stream of bytes. UDP: datagrams sent 6, received 6, each by itself."
    )


def test_udp_cuts_off_drops_and_reaches_nobody(dashboard: str, stage: Open, free_port: int) -> None:
    page = played(stage, dashboard, free_port, "udp-limits")
    received = page.ranges("1>", "receive")
    assert received == [(start, start + 4) for start in range(0, 5 * len(received), 5)]
    dropped = 8 - len(received)
    assert dropped > 0
    assert sorted(map(tuple, lost(page, "1>"))) == sorted(
        [
            *(("truncated", end, end + 1) for _, end in received),
            ("dropped", 5 * len(received), 40),
            ("unreachable", 40, 47),
        ]
    )
    figures = [int(number) for number in re.findall(r"\d+", page.sentence)]
    assert figures == [10, len(received) + 1, len(received), dropped, 1]


def test_a_recv_cuts_a_character_in_two(dashboard: str, stage: Open, free_port: int) -> None:
    page = played(stage, dashboard, free_port, "split")
    assert page.ranges("1>", "receive") == [(0, 4), (4, 8)]
    expect(page.page.locator('[data-stream="1>"] .cut.character')).to_have_attribute("data-cut", "8")
    assert "UnicodeDecodeError" in page.terminal("server")


def test_an_incremental_decoder_reads_the_split_message(dashboard: str, stage: Open, free_port: int) -> None:
    page = played(stage, dashboard, free_port, "split", FIXED="true")
    assert page.ranges("1>", "send") == [(0, 19)]
    assert page.ranges("1>", "receive") == [(0, 4), (4, 8), (8, 12), (12, 16), (16, 19)]
    assert "UnicodeDecodeError" not in page.terminal("server")


def test_a_send_takes_a_part_and_then_nothing(dashboard: str, stage: Open, free_port: int) -> None:
    page = played(stage, dashboard, free_port, "partial-send")
    sends = page.ranges("1>", "send")
    assert len(sends) > 1
    assert sends[0][0] == 0
    assert sends[-1][1] == page.ranges("1>", "receive")[-1][1] == 200000
    partial, without_room, received = (int(number) for number in re.findall(r"\d+", page.sentence))
    assert partial == len(sends) - 1
    assert without_room == page.terminal("client").count("no room")
    assert received == 200000


@pytest.mark.parametrize(
    ("switches", "kinds", "sentence"),
    [
        ({}, [("reset", 0, 14)], "server closed with 14 bytes unread, so its kernel sent RST instead of FIN"),
        ({"UNREAD": "false", "LINGER": "true"}, [], "server closed with SO_LINGER at 0 seconds"),
        (
            {"UNREAD": "false", "KILL": "true"},
            [("reset", 14, 20)],
            "client sent to a connection that server had closed",
        ),
    ],
    ids=["unread", "linger", "killed"],
)
def test_how_a_connection_ended(
    switches: dict[str, str],
    kinds: list[tuple[str, int, int]],
    sentence: str,
    dashboard: str,
    stage: Open,
    free_port: int,
) -> None:
    page = played(stage, dashboard, free_port, "reset", **switches)
    assert page.sentence.startswith(sentence)
    assert [tuple(item) for item in lost(page, "1>")] == kinds
    assert "ConnectionRefusedError" in page.terminal("client")
