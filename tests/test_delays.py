"""Segments that went late: a delayed ACK, Nagle's algorithm, a SYN nobody answered; and the end of a connection."""

from __future__ import annotations

from collections.abc import Sequence

from engine.events import CallReturned, CallStarted, Caption, Event, SegmentCaptured, TcpOptions
from engine.understand.delays import Delays

MS = 1_000_000
FORWARD, BACK = "1>", "1<"


def segment(t: int, stream: str, key: str, flags: str = "ACK", **more: object) -> SegmentCaptured:
    caption = Caption(f"caption.segment.{key}", {"who": "x", "n": 1})
    ends = {"source": "a:1", "destination": "b:2", "connection": 1, "stream": stream}
    return SegmentCaptured(t=t, protocol="tcp", flags=flags, caption=caption, **ends, **more)  # type: ignore[arg-type]


def data(t: int, start: int, end: int, **more: object) -> SegmentCaptured:
    fields: dict[str, object] = {"length": end - start, "order": "in order", **more}
    return segment(t, FORWARD, "data", "PSH ACK", start=start, end=end, **fields)


def ack(t: int, acked: int, window: int = 65535) -> SegmentCaptured:
    return segment(t, BACK, "ack", acked=acked, window=window)


def send(began: int, start: int, end: int) -> CallReturned:
    call = CallReturned(t=began + 1, began=began, process="x", call=1, op="send", socket=4, moved="sent")
    call.stream, call.start, call.end = FORWARD, start, end
    return call


def syns() -> list[SegmentCaptured]:
    options = TcpOptions(mss=1460)
    return [segment(0, FORWARD, "syn", "SYN", options=options), segment(1, BACK, "syn_ack", "SYN ACK", options=options)]


def keys(events: Sequence[Event]) -> list[str]:
    delays = Delays()
    return [said.key.rpartition(".")[2] for said in map(delays.see, events) if said is not None]


def write_write(ack_at: int, *more: CallReturned) -> list[Event]:
    return [*syns(), *more, send(2, 0, 8), data(3, 0, 8), send(4, 8, 40), ack(ack_at, 8), data(ack_at + 1, 8, 40)]


def test_a_delayed_ack_keeps_a_small_piece_waiting() -> None:
    assert keys(write_write(41 * MS)) == ["ack_late", "data_late"]
    assert keys(write_write(1 * MS)) == []


def test_with_nodelay_it_is_not_nagle() -> None:
    option = CallReturned(
        t=2, began=2, process="x", call=1, op="setsockopt", socket=4, args="IPPROTO_TCP, TCP_NODELAY, 1"
    )
    assert keys(write_write(41 * MS, option)) == ["ack_late"]


def test_a_full_receiver_is_not_nagle() -> None:
    stopped = [*syns(), send(2, 0, 8), data(3, 0, 8), send(4, 8, 40), ack(5, 8, 0)]
    opened = segment(900 * MS, BACK, "ack", acked=8, window=65535)
    assert keys([*stopped, opened, data(900 * MS + 1, 8, 40)]) == []


def test_a_receiver_with_too_little_room_is_not_nagle() -> None:
    full = [*syns(), send(2, 0, 8), data(3, 0, 8), send(4, 8, 40), ack(5, 4, 20), ack(41 * MS, 8)]
    assert keys([*full, data(41 * MS + 1, 8, 40)]) == ["ack_late"]


def test_what_an_earlier_send_only_offered_has_not_waited_since() -> None:
    offered = CallStarted(t=2, process="x", call=1, op="send", socket=4, moved="sent")
    offered.stream, offered.start, offered.end = FORWARD, 0, 40
    late = [send(40 * MS, 8, 40), ack(41 * MS, 8), data(41 * MS + 1, 8, 40)]
    assert keys([*syns(), offered, send(2, 0, 8), data(3, 0, 8), *late]) == ["ack_late"]


def test_a_full_segment_is_not_nagle() -> None:
    big = [*syns(), send(2, 0, 8), data(3, 0, 8), send(4, 8, 1468), ack(41 * MS, 8), data(41 * MS + 1, 8, 1468)]
    assert keys(big) == ["ack_late"]


def test_a_syn_nobody_answered_is_sent_again() -> None:
    first, _ = syns()
    again = segment(1000 * MS, FORWARD, "syn", "SYN")
    assert keys([first, again]) == ["syn_again"]


def test_who_ended_first_is_in_time_wait_and_the_other_in_close_wait() -> None:
    fin, answer = segment(2, FORWARD, "fin", "FIN ACK"), segment(3, BACK, "ack_fin")
    other, last = segment(4, BACK, "fin", "FIN ACK"), segment(5, FORWARD, "ack_fin")
    assert keys([*syns(), fin, answer, other, last]) == ["close_wait", "time_wait"]
    assert keys([*syns(), fin, other, last]) == ["time_wait"]
