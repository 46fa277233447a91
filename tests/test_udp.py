"""UDP calls, captured datagrams and the kernel's counters as events."""

from __future__ import annotations

from engine.events import CallReturned, ConnectionChanged, Event, FindingMade, SegmentCaptured
from engine.records import CallRecord, Sample, SegmentRecord
from engine.understand.datagrams import KEPT, Flow
from engine.understand.dropped import Got
from engine.understand.explain import Explain
from engine.understand.merge import Merge
from engine.understand.sockets import Connection

CLIENT, SERVER = 11, 12
HERE, THERE = "127.0.0.1:5000", "127.0.0.1:8001"


def call(who: str, op: str, cookie: int, began: int, **more: object) -> CallRecord:
    fields = {"process": who, "pid": 1 if who == "client" else 2, "thread": 1, "fd": 3, "file": "x.py", "line": 1}
    return CallRecord(op=op, cookie=cookie, began=began, ended=began + 1, **fields, **more)  # type: ignore[arg-type]


def ready() -> list[CallRecord]:
    """A server bound to a port, and a client's socket that is not."""
    return [
        call("server", "socket", SERVER, 1, texts=("", "", "", "udp")),
        call("server", "bind", SERVER, 3, texts=("('127.0.0.1', 8001)", THERE)),
        call("client", "socket", CLIENT, 5, texts=("", "", "", "udp")),
    ]


def sendto(began: int, data: bytes) -> CallRecord:
    texts = (THERE, "0.0.0.0:5000")
    return call("client", "sendto", CLIENT, began, asked=len(data), count=len(data), content=data, texts=texts)


def recvfrom(began: int, data: bytes, asked: int = 1024, **more: object) -> CallRecord:
    fields = {"asked": asked, "count": len(data), "content": data, "texts": (HERE,), **more}
    return call("server", "recvfrom", SERVER, began, **fields)


def captured(t: int, size: int) -> SegmentRecord:
    return SegmentRecord(
        t=t, protocol="udp", source=HERE, destination=THERE, length=size, wire_length=size + 42, frame=b""
    )


def sample(t: int, drops: int, state: str = "UNCONNECTED") -> Sample:
    return Sample(
        began=t,
        t=t,
        protocol="udp",
        local=THERE,
        remote="",
        cookie=SERVER,
        inode=1,
        state=state,  # type: ignore[arg-type]
        drops=drops,
    )


def explain(calls: list[CallRecord], *observed: SegmentRecord | Sample) -> list[Event]:
    merge, explaining = Merge(), Explain()
    merge.add_calls(calls)
    merge.add_observed(observed)
    events = [event for fact in merge.finish() for event in explaining.take(fact)]
    return [*events, *explaining.over(10**9)]


def ranges(events: list[Event], moved: str) -> list[tuple[str | None, int | None, int | None]]:
    return [(it.stream, it.start, it.end) for it in events if isinstance(it, CallReturned) and it.moved == moved]


def findings(events: list[Event]) -> list[tuple[str, int, int, int]]:
    return [(it.kind, it.start, it.end, it.lost) for it in events if isinstance(it, FindingMade)]


def test_the_cuts_of_sends_and_receives_line_up() -> None:
    events = explain([*ready(), sendto(10, b"one"), sendto(20, b"three"), recvfrom(30, b"one"), recvfrom(40, b"three")])
    assert ranges(events, "sent") == ranges(events, "received") == [("1>", 0, 3), ("1>", 3, 8)]
    assert findings(events) == []


def test_who_exchanges_datagrams_is_known_at_the_first_one() -> None:
    (met,) = [it for it in explain([*ready(), sendto(10, b"one")]) if isinstance(it, ConnectionChanged)]
    assert (met.client, met.server, met.client_address, met.server_address) == ("client", "server", HERE, THERE)
    assert met.datagrams


def test_an_answer_goes_the_other_way() -> None:
    answer = call("server", "sendto", SERVER, 30, asked=2, count=2, content=b"ok", texts=(HERE, THERE))
    assert ranges(explain([*ready(), sendto(10, b"one"), answer]), "sent")[1] == ("1<", 0, 2)


def test_what_has_no_room_in_the_receive_is_gone() -> None:
    events = explain(
        [*ready(), sendto(10, b"abcdef"), sendto(20, b"gh"), recvfrom(30, b"abcd", 4), recvfrom(40, b"gh")]
    )
    assert ranges(events, "received") == [("1>", 0, 4), ("1>", 6, 8)]
    assert findings(events) == [("truncated", 0, 6, 0)]
    assert [it.discarded for it in events if isinstance(it, CallReturned) and it.op == "recvfrom"] == [2, 0]


def test_an_empty_datagram_is_one_too_and_no_end() -> None:
    events = explain([*ready(), sendto(10, b""), sendto(20, b"x"), recvfrom(30, b""), recvfrom(40, b"x")])
    assert ranges(events, "received") == [("1>", 0, 0), ("1>", 0, 1)]
    assert not any(it.eof for it in events if isinstance(it, CallReturned))
    assert findings(events) == []


def test_a_peek_takes_nothing() -> None:
    peek = recvfrom(20, b"ab", msg_flags=2)
    events = explain([*ready(), sendto(10, b"ab"), sendto(15, b"cd"), peek, recvfrom(30, b"ab"), recvfrom(40, b"cd")])
    assert ranges(events, "received") == [("1>", 0, 2), ("1>", 0, 2), ("1>", 2, 4)]


def test_a_captured_datagram_is_the_send_that_made_it() -> None:
    events = explain([*ready(), sendto(10, b"one"), sendto(20, b"three")], captured(11, 3), captured(21, 5))
    segments = [it for it in events if isinstance(it, SegmentCaptured)]
    assert [(it.stream, it.start, it.end, it.sender, it.receiver) for it in segments] == [
        ("1>", 0, 3, "client", "server"),
        ("1>", 3, 8, "client", "server"),
    ]


def test_a_sender_outside_the_run_is_seen_on_the_wire() -> None:
    events = explain([*ready()[:2], recvfrom(30, b"one")], captured(11, 3))
    assert ranges(events, "received") == [("1>", 0, 3)]
    assert findings(events) == []


def test_the_last_ones_are_dropped_as_far_as_the_kernel_counted() -> None:
    sends = [sendto(10 + number, b"%d" % number) for number in range(4)]
    read = [recvfrom(30, b"0"), recvfrom(40, b"1")]
    assert findings(explain([*ready(), *sends, *read], sample(20, 2))) == [("dropped", 2, 4, 2)]
    assert findings(explain([*ready(), *sends, *read], sample(20, 1))) == [("dropped", 2, 4, 1)]  # the other is unread
    assert findings(explain([*ready(), *sends, *read], sample(20, 0))) == []


def test_without_the_kernels_counter_only_what_was_passed_over_was_dropped_for_certain() -> None:
    sends = [sendto(10 + number, b"%d" % number) for number in range(4)]
    events = explain([*ready(), *sends, recvfrom(30, b"0"), recvfrom(40, b"2")])
    assert findings(events) == [("dropped", 1, 2, 1), ("unreceived", 3, 4, 1)]


def test_a_counter_that_grows_is_told() -> None:
    events = explain(ready(), sample(10, 0), sample(20, 3))
    captions = [it.caption.key for it in events if it.caption and it.caption.key.startswith("caption.sample")]
    assert captions == ["caption.sample.drops"]


def test_what_was_dropped_is_told_when_its_socket_is_gone() -> None:
    close = call("server", "close", SERVER, 40, closed=True)
    events = explain([*ready(), sendto(10, b"a"), close], sample(20, 1), sample(50, 1, "CLOSED"))
    assert findings(events) == [("dropped", 0, 1, 1)]
    assert [it.t for it in events if isinstance(it, FindingMade)] == [50]


def test_a_datagram_to_a_closed_socket_reaches_nobody() -> None:
    records = [
        *ready(),
        call("client", "connect", CLIENT, 10, texts=("…", HERE, THERE)),
        call("server", "close", SERVER, 20, closed=True),
        call("client", "send", CLIENT, 30, asked=3, count=3, content=b"hey"),
        call(
            "client", "recv", CLIENT, 40, asked=9, failed=True, errno=111, texts=("ConnectionRefusedError", "refused")
        ),
    ]
    assert findings(explain(records)) == [("unreachable", 0, 3, 1)]


def test_a_flood_that_nobody_reads_is_not_kept() -> None:
    connection = Connection(1, HERE, THERE)
    flow = Flow("1>", connection)
    for number in range(4 * KEPT):
        flow.send(number + 1, 1, b"%d" % number)
    assert len(flow.sent) <= 3 * KEPT
    assert flow.end == 4 * KEPT
    assert flow.receive(Got(1, 1, 1, b"0"), peek=False).datagram.start == 0
