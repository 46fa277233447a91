"""Characters cut in two, and connections that were reset: what the events say of them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Event, FindingMade
from engine.records import CallRecord
from engine.understand.resets import LINGER, linger_seconds
from tests.test_explain import CLIENT, SERVER, call, connected, explain


def sendall(began: int, data: bytes) -> CallRecord:
    return call("client", "sendall", CLIENT, began, began + 1, asked=len(data), count=len(data), content=data)


def recv(began: int, data: bytes) -> CallRecord:
    return call("server", "recv", SERVER, began, began + 1, asked=1024, count=len(data), content=data)


def failed(op: str, began: int, errno: int, error: str) -> CallRecord:
    return call("client", op, CLIENT, began, began + 1, asked=6, failed=True, errno=errno, texts=(error, "…"))


def accepted(op: str, began: int, **more: object) -> CallRecord:
    """A call of the server on the socket that accept returned."""
    record = call("server", op, SERVER, began, began + 1, **more)
    record.fd = 4
    return record


def close(began: int) -> CallRecord:
    return accepted("close", began, closed=True)


def made(events: list[Event], kind: str) -> list[FindingMade]:
    return [event for event in events if isinstance(event, FindingMade) and event.kind == kind]


def keys(findings: list[FindingMade]) -> list[str]:
    return [finding.caption.key for finding in findings if finding.caption]


def cuts(text: str, sizes: list[int]) -> list[tuple[int, int, list[int]]]:
    """The characters that receives of these sizes have cut, out of one send of `text`."""
    data = text.encode()
    records = [*connected(), sendall(100, data)]
    at = 0
    for number, size in enumerate(sizes):
        records.append(recv(200 + 10 * number, data[at : at + size]))
        at += size
    return [(it.start, it.end, it.cuts) for it in made(explain(records), "character")]


def test_a_receive_that_ends_inside_a_character_has_cut_it() -> None:
    assert cuts("hi, 你好", [4, 4, 2]) == [(7, 10, [8])]


def test_a_character_cut_twice_is_told_once() -> None:
    assert cuts("你", [1, 1, 1]) == [(0, 3, [1])]


def test_bytes_that_are_no_text_have_no_characters() -> None:
    data = b"\xff\xe4"
    events = explain([*connected(), sendall(100, data + b"\xbd\xa0"), recv(200, data), recv(210, b"\xbd\xa0")])
    assert made(events, "character") == []


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), st.data())
def test_just_the_cuts_that_cannot_be_decoded_are_told(text: str, data: st.DataObject) -> None:
    whole = len(text.encode())
    size = data.draw(st.integers(1, whole))
    sizes = [min(size, whole - at) for at in range(0, whole, size)]
    ends = {0}
    for character in text:
        ends.add(max(ends) + len(character.encode()))
    inside = {at for at in range(size, whole, size) if at not in ends}
    told = cuts(text, sizes)
    assert {cut for _, _, (cut,) in told} <= inside
    assert all(any(start < at < end for start, end, _ in told) for at in inside)


def test_closing_with_unread_bytes_is_named_as_the_cause() -> None:
    broken = failed("recv", 300, 104, "ConnectionResetError")
    (reset,) = made(explain([*connected(), sendall(100, b"hello"), close(200), broken]), "reset")
    assert (reset.stream, reset.start, reset.end, len(reset.proof)) == ("1>", 0, 5, 2)
    assert keys([reset]) == ["caption.finding.reset_unread"]


def test_sending_to_an_end_that_was_closed_is_named_as_the_cause() -> None:
    records = [*connected(), close(200), sendall(300, b"hello"), failed("sendall", 400, 32, "BrokenPipeError")]
    (reset,) = made(explain(records), "reset")
    assert (reset.start, reset.end) == (0, 5)
    assert keys([reset]) == ["caption.finding.reset_late"]


def test_lingering_for_no_time_is_named_as_the_cause() -> None:
    args = LINGER + repr(struct.pack("ii", 1, 0))
    option = accepted("setsockopt", 150, texts=(args,))
    broken = failed("recv", 300, 104, "ConnectionResetError")
    assert keys(made(explain([*connected(), option, close(200), broken]), "reset")) == ["caption.finding.reset_linger"]


def test_a_reset_connection_is_told_once() -> None:
    broken = [failed("recv", 300, 104, "ConnectionResetError"), failed("sendall", 400, 32, "BrokenPipeError")]
    assert len(made(explain([*connected(), sendall(100, b"hello"), close(200), *broken]), "reset")) == 1


@pytest.mark.parametrize(("value", "seconds"), [((1, 0), 0), ((1, 5), 5), ((0, 0), None), ((0, 5), None)])
def test_the_linger_option_is_read(value: tuple[int, int], seconds: int | None) -> None:
    assert linger_seconds(LINGER + repr(struct.pack("ii", *value))) == seconds


def test_a_linger_option_whose_text_is_no_literal_says_nothing() -> None:
    assert linger_seconds(LINGER + "bytearray(b'\\x01')") is None
    assert linger_seconds(LINGER + "b'cut off") is None


def test_what_a_partial_send_leaves_is_no_boundary_between_messages() -> None:
    part = call("client", "send", CLIENT, 100, 101, asked=5, count=3, content=b"abc")
    rest = call("client", "send", CLIENT, 110, 111, asked=2, count=2, content=b"de")
    events = explain([*connected(), part, rest, recv(200, b"abcde")])
    assert made(events, "sticky") == []
