"""The question of a lesson, answered from the events: once, as soon as it is known, and not when it cannot be."""

from __future__ import annotations

import pytest

from engine.events import (
    CallReturned,
    CallStarted,
    ConnectionChanged,
    Event,
    FindingMade,
    ProcessExited,
    RunEnded,
    RunStarted,
    SegmentCaptured,
)
from engine.understand.measures import COUNTS, HITS, MEASURES, NEED_CHOICES, Measurement

MS = 1_000_000


def answers(
    measure: str, events: list[Event], *, process: str | None = None, nth: int = 1, choices: tuple[str, ...] = ()
) -> list[str | int]:
    following = Measurement(measure, process, nth, choices)
    seen = [following.see(event) for event in events]
    return [answer.value for answer in seen if answer is not None]


def call(op: str, who: str = "server", number: int = 1, took: int = 0, **more: object) -> CallReturned:
    return CallReturned(t=took, began=0, process=who, call=number, op=op, **more)  # type: ignore[arg-type]


def receive(count: int, who: str = "server", number: int = 1, took: int = 0) -> CallReturned:
    return call("recv", who, number, took, moved="received", count=count, eof=count == 0)


def segment(length: int, who: str = "client", flags: str = "ACK") -> SegmentCaptured:
    ends = {"source": "a:1", "destination": "b:2", "sender": who}
    return SegmentCaptured(t=1, protocol="tcp", length=length, flags=flags, **ends)  # type: ignore[arg-type]


def begun(segments: str = "measured") -> RunStarted:
    return RunStarted(t=0, run="r", lesson="l", started_at="", segments=segments)  # type: ignore[arg-type]


def exited(who: str = "server", **more: object) -> ProcessExited:
    return ProcessExited(t=9, process=who, **more)  # type: ignore[arg-type]


def ended(why: str = "finished", **more: object) -> RunEnded:
    return RunEnded(t=10, why=why, **more)  # type: ignore[arg-type]


def test_the_nth_receive_of_a_process_answers_once() -> None:
    events = [receive(4, "client"), receive(12), receive(3), receive(0), ended()]
    assert answers("receive.bytes", events, process="server") == [12]
    assert answers("receive.bytes", events, process="server", nth=2) == [3]
    assert answers("receive.bytes", events, process="server", nth=3) == [0]
    assert answers("receive.bytes", events, process="server", nth=4) == []
    assert answers("receive.bytes", events) == [4]


def test_the_call_that_decided_is_named() -> None:
    answer = Measurement("receive.bytes", None, 1, ()).see(receive(4, number=7, took=3))
    assert answer is not None
    assert (answer.call, answer.t) == (7, 3)


@pytest.mark.parametrize(
    ("measure", "event", "value"),
    [
        ("receive.outcome", receive(3), "data"),
        ("receive.outcome", receive(0), "eof"),
        ("receive.outcome", call("recv", moved="received", error="ConnectionResetError"), "ConnectionResetError"),
        ("receive.text", call("recv", moved="received", count=10, data=b'"go away"\n'), "go away"),
        ("connect.outcome", call("connect"), "ok"),
        ("connect.outcome", call("connect", error="ConnectionRefusedError"), "ConnectionRefusedError"),
        ("bind.outcome", call("bind", error="OSError"), "OSError"),
        ("send.bytes", call("send", moved="sent", count=9), 9),
        ("call.error", call("send", moved="sent", error="BlockingIOError"), "BlockingIOError"),
        ("exit.error", exited(code=1, error="ValueError: no"), "ValueError"),
        ("exit.error", exited(code=0), "none"),
        ("exit.error", exited(code=3), "exit 3"),
        ("exit.error", exited(signal="SIGKILL"), "SIGKILL"),
        ("segment.end", segment(0, "server", "FIN ACK"), "FIN"),
        ("segment.end", segment(0, "server", "RST ACK"), "RST"),
        ("wait.ready", call("select", ready=[(3, 1), (4, 1)]), 2),
        ("wait.ready", call("select", ready=[]), 0),
    ],
)
def test_an_event_has_a_value(measure: str, event: Event, value: str | int) -> None:
    assert answers(measure, [call("socket"), event], process="server") == [value]


def test_a_wait_is_told_by_the_choice_it_reached() -> None:
    def waited(ms: int) -> list[str | int]:
        return answers("receive.wait_ms", [receive(3, took=ms * MS)], choices=("0", "10", "200"))

    assert [waited(ms) for ms in (0, 9, 10, 44, 199, 200, 9999)] == [
        ["0"],
        ["0"],
        ["10"],
        ["10"],
        ["10"],
        ["200"],
        ["200"],
    ]
    failed = call("recv", moved="received", error="TimeoutError", took=10**9)
    assert answers("receive.wait_ms", [failed], choices=("0", "10")) == []


def test_no_error_is_known_when_the_process_has_ended() -> None:
    assert answers("call.error", [call("recv"), exited("client"), exited()], process="server") == ["none"]
    assert answers("call.error", [call("recv"), exited(stopped=True), ended("stopped")], process="server") == []
    assert answers("exit.error", [exited(stopped=True, signal="SIGTERM"), ended("stopped")], process="server") == []


def test_a_count_of_one_process_is_known_at_its_end() -> None:
    events = [receive(5), receive(9, "client"), receive(5), receive(0)]
    assert answers("receive.count", [*events, exited(), ended("stopped")], process="server") == [2]
    assert answers("receive.count", [*events, exited(stopped=True), ended("stopped")], process="server") == []
    assert answers("receive.count", [*events, exited(), ended()]) == [3]
    assert answers("receive.count", [*events, ended("failed")]) == []
    assert answers("receive.count", [*events, ended(lost=1)]) == []


def test_segments_are_counted_only_when_they_were_captured() -> None:
    events = [segment(0), segment(3), segment(4), segment(5, "server")]
    assert answers("segment.count", [begun(), *events, ended()]) == [3]
    assert answers("segment.count", [begun(), *events, ended()], process="client") == [2]
    assert answers("segment.count", [begun("derived"), *events, ended()]) == []
    assert answers("segment.count", [begun(), *events, ended(segments_lost=1)]) == []


def finding(kind: str, lost: int) -> FindingMade:
    return FindingMade(t=1, kind=kind, process="server", stream="1>", start=0, end=9, cuts=[], lost=lost, proof=[])  # type: ignore[arg-type]


def test_lost_datagrams_are_known_when_the_kernel_was_asked() -> None:
    dropped = [finding("dropped", 2), finding("dropped", 1), finding("unreachable", 1)]
    assert answers("datagram.lost", [begun(), *dropped, ended()]) == [3]
    assert answers("datagram.lost", [begun(), ended()]) == [0]
    assert answers("datagram.lost", [begun(), finding("unreceived", 2), ended()]) == []


def connection(number: int, client: str, server: str | None = "server", datagrams: bool = False) -> ConnectionChanged:
    told = ConnectionChanged(t=1, connection=number, client_address="a:1", server_address="b:2", datagrams=datagrams)
    told.client, told.server = client, server
    return told


def test_a_connection_is_counted_once() -> None:
    told = [connection(1, "client", None), connection(1, "client"), connection(2, "client-2")]
    assert answers("connection.count", [*told, connection(3, "client", datagrams=True), ended()]) == [2]
    assert answers("connection.count", [*told, ended()], process="client-2") == [1]


def test_connects_before_the_first_accept() -> None:
    connects = [call("connect", "client"), call("connect", "client-2"), call("connect", "client-3", error="OSError")]
    accept = CallStarted(t=5, process="server", call=9, op="accept")
    assert answers("connect.before_accept", [*connects, accept, call("connect", "client-4"), ended()]) == [2]
    assert answers("connect.before_accept", [*connects, ended()]) == []


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_nothing_is_answered_twice(measure: str) -> None:
    events: list[Event] = [
        receive(5), call("send", moved="sent", count=1), call("connect"), call("bind"), call("accept"),
        call("x", error="OSError"), call("select", ready=[]), segment(1, flags="FIN ACK"), exited(),
    ]  # fmt: skip
    assert len(answers(measure, [begun(), *events, *events, ended(), ended()], choices=("0", "5"))) == 1


def test_every_measure_is_a_hit_or_a_count() -> None:
    assert set(HITS) & set(COUNTS) == set()
    assert set(HITS) > NEED_CHOICES
