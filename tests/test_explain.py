"""From ordered facts to events: positions on streams, states, findings, and the order per byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import (
    BytesMoved,
    CallHeld,
    CallReturned,
    CallStarted,
    ConnectionChanged,
    Event,
    FindingMade,
    ProcessExited,
    SocketChanged,
)
from engine.records import CallRecord, Sample, TcpState
from engine.understand.addresses import address_of
from engine.understand.explain import Explain
from engine.understand.merge import Merge
from engine.understand.samples import sampled
from engine.understand.sockets import REMEMBERED, Sockets
from engine.understand.streams import Stream

CLIENT, LISTENER, SERVER = 11, 12, 13
FAR = 10**12


def call(who: str, op: str, cookie: int, began: int, ended: int, **more: object) -> CallRecord:
    fields = {"process": who, "pid": 1 if who == "client" else 2, "thread": 1, "fd": 3, "file": "x.py", "line": 1}
    return CallRecord(op=op, cookie=cookie, began=began, ended=ended, **fields, **more)  # type: ignore[arg-type]


def connected() -> list[CallRecord]:
    """A connection from client to server, made in the first 100 ns."""
    return [
        call("server", "socket", LISTENER, 1, 2, texts=("", "", "", "tcp")),
        call("server", "bind", LISTENER, 3, 4, texts=("('127.0.0.1', 8001)", "127.0.0.1:8001")),
        call("server", "listen", LISTENER, 5, 6, texts=("1", "127.0.0.1:8001")),
        call("client", "socket", CLIENT, 7, 8, texts=("", "", "", "tcp")),
        call("server", "accept", LISTENER, 9, 30, texts=("", "127.0.0.1:8001", "127.0.0.1:5000", "tcp", "4", "13")),
        call("client", "connect", CLIENT, 10, 20, texts=("…", "127.0.0.1:5000", "127.0.0.1:8001")),
    ]


def send(began: int, size: int, ended: int | None = None) -> CallRecord:
    return call("client", "sendall", CLIENT, began, ended or began + 1, asked=size, count=size, content=b"x" * size)


def receive(began: int, ended: int, size: int, **more: object) -> CallRecord:
    return call("server", "recv", SERVER, began, ended, asked=1024, count=size, content=b"x" * size, **more)


def explain(records: list[CallRecord]) -> list[Event]:
    merge, explaining = Merge(), Explain()
    merge.add_calls(records)
    return [event for fact in merge.finish() for event in explaining.take(fact)]


def ranges(events: list[Event], moved: str) -> list[tuple[int | None, int | None]]:
    return [(it.start, it.end) for it in events if isinstance(it, CallReturned) and it.moved == moved]


def test_two_sends_and_one_recv_stick_together() -> None:
    events = explain([*connected(), send(100, 12), send(110, 3), receive(200, 210, 15)])
    assert ranges(events, "sent") == [(0, 12), (12, 15)]
    assert ranges(events, "received") == [(0, 15)]
    (finding,) = [event for event in events if isinstance(event, FindingMade)]
    assert (finding.kind, finding.stream, finding.cuts, len(finding.proof)) == ("sticky", "1>", [12], 3)


def test_one_send_read_by_three_receives_is_split() -> None:
    reads = [receive(200, 201, 4), receive(210, 211, 4), receive(220, 221, 2)]
    events = explain([*connected(), send(100, 10), *reads])
    (finding,) = [event for event in events if isinstance(event, FindingMade)]
    assert (finding.kind, finding.cuts, finding.end) == ("split", [4, 8], 10)
    assert finding.caption is not None
    assert finding.caption.key == "caption.finding.split"


def test_a_send_whose_reader_asks_for_a_header_and_then_for_the_rest_was_divided_by_its_reader() -> None:
    asked = [call("server", "recv", SERVER, 200 + n, 201 + n, asked=n, count=n, content=b"x" * n) for n in (4, 12)]
    (finding,) = [it for it in explain([*connected(), send(100, 16), *asked]) if isinstance(it, FindingMade)]
    assert (finding.kind, finding.cuts) == ("split", [4])
    assert finding.caption is not None
    assert finding.caption.key == "caption.finding.split_as_asked"


def in_vain(began: int, line: int = 1) -> CallRecord:
    failure = ("BlockingIOError", "Resource temporarily unavailable", "")
    record = call("server", "recv", SERVER, began, began + 1, asked=1024, failed=True, texts=failure)
    record.line = line
    return record


def told_of(events: list[Event]) -> list[tuple[str, int]]:
    """What is said of the receives, and how often in a row each had been made before."""
    returned = [it for it in events if isinstance(it, CallReturned) and it.moved == "received"]
    return [(it.caption.key.removeprefix("caption."), it.again) for it in returned if it.caption is not None]


def test_of_a_busy_wait_the_first_call_is_told_and_every_power_of_ten_and_the_one_that_gets_something() -> None:
    calls = [in_vain(200 + 2 * n) for n in range(120)]
    events = explain([*connected(), *calls, send(500, 3), receive(510, 511, 3)])
    told = [("failed.nothing_yet", 0), ("again.not_yet", 9), ("again.not_yet", 99), ("recv.at_last", 0)]
    assert told_of(events) == told
    assert [it.again for it in events if isinstance(it, CallReturned) and it.error] == list(range(120))
    (last,) = [it.caption for it in events if it.caption is not None and it.caption.key == "caption.recv.at_last"]
    assert (last.args["times"], last.args["n"]) == (120, 3)


def test_each_send_that_finds_no_room_is_told() -> None:
    failure = ("BlockingIOError", "Resource temporarily unavailable", "")
    tries = [call("client", "send", CLIENT, 200 + n, 201 + n, asked=9, failed=True, texts=failure) for n in (0, 2, 4)]
    returned = [it for it in explain([*connected(), *tries]) if isinstance(it, CallReturned) and it.op == "send"]
    assert [(it.again, it.caption is not None) for it in returned] == [(0, True)] * 3


def test_the_end_of_the_stream_is_told_once_and_not_each_time_it_is_found_again() -> None:
    ends = [receive(200 + 2 * n, 201 + 2 * n, 0) for n in range(10)]
    assert told_of(explain([*connected(), *ends])) == [("recv.eof", 0), ("again.ended", 9)]


def test_calls_in_vain_from_two_lines_are_not_the_same_call() -> None:
    calls = [in_vain(200, line=1), in_vain(210, line=2), in_vain(220, line=2), in_vain(230, line=1)]
    assert told_of(explain([*connected(), *calls])) == [("failed.nothing_yet", 0)] * 3


def test_sends_that_are_read_one_by_one_are_no_finding() -> None:
    events = explain([*connected(), send(100, 5), receive(101, 110, 5), send(120, 6), receive(121, 130, 6)])
    assert not [event for event in events if isinstance(event, FindingMade)]


def test_the_server_of_a_connection_is_the_listener_until_accept_returns() -> None:
    changes = [event for event in explain(connected()) if isinstance(event, ConnectionChanged)]
    assert [(it.connection, it.client, it.server) for it in changes] == [(1, "client", "server")] * 2


def test_a_socket_walks_from_open_to_connected() -> None:
    changes = [event for event in explain(connected()) if isinstance(event, SocketChanged)]
    assert [(it.process, it.state) for it in changes] == [
        ("server", "open"),
        ("server", "bound"),
        ("server", "listening"),
        ("client", "open"),
        ("client", "connected"),
        ("server", "connected"),
    ]


def test_a_send_that_is_held_takes_no_bytes_until_it_is_made_and_keeps_its_number() -> None:
    merge, explaining = Merge(), Explain()
    merge.add_calls([*connected(), send(150, 3), send(200, 5)])
    for began, line in ((100, 1), (120, 2)):  # the one in line 2 was never made
        held = send(began, 5)
        held.ended, held.content, held.count, held.line = None, None, None, line
        merge.add_held(held)
    events = [event for fact in merge.finish() for event in explaining.take(fact)]
    first, other = (event for event in events if isinstance(event, CallHeld))
    assert (first.asked, first.moved, first.stream, first.start) == (5, "sent", None, None)
    made, next_one = (event for event in events if isinstance(event, CallReturned) and event.moved == "sent")
    assert (made.call, made.start, made.end) == (first.call, 0, 3)
    assert next_one.call not in (first.call, other.call)


def test_a_peek_does_not_advance() -> None:
    events = explain([*connected(), send(100, 5), receive(200, 201, 5, msg_flags=2), receive(210, 211, 5)])
    assert [(it.start, it.end) for it in events if isinstance(it, CallReturned) and it.op == "recv"] == [(0, 5)] * 2


def test_a_send_that_moved_less_leaves_no_hole() -> None:
    short = call("client", "send", CLIENT, 100, 101, asked=10, count=4, content=b"xxxx")
    events = explain([*connected(), short, send(110, 6)])
    assert ranges(events, "sent") == [(0, 4), (4, 10)]


def test_an_empty_read_is_the_end_of_the_stream() -> None:
    events = explain([*connected(), receive(200, 201, 0)])
    (end,) = [it for it in events if isinstance(it, CallReturned) and it.op == "recv"]
    assert end.eof


@st.composite
def exchanges(draw: st.DrawFn) -> list[CallRecord]:
    """Sends and receives as a kernel might let them happen: a recv gets only bytes whose send has started."""
    records = connected()
    now, written, read = 100, 0, 0
    reading_since = now
    for _ in range(draw(st.integers(1, 30))):
        now += draw(st.integers(2, 50))
        if written == read or draw(st.booleans()):
            size = draw(st.integers(1, 20))
            slow = draw(st.integers(1, 60))
            records.append(send(now, size, now + slow))
            now = now + slow if draw(st.booleans()) else now + 1
            records[-1].ended = max(records[-1].began + 1, min(now, records[-1].ended or now))
            written += size
        else:
            size = draw(st.integers(1, written - read))
            records.append(receive(reading_since, now, size))
            read += size
            reading_since = now + 1
    return records


@given(exchanges(), st.randoms(use_true_random=False))
def test_for_every_byte_its_send_stands_before_its_recv(records: list[CallRecord], shuffle: object) -> None:
    shuffle.shuffle(records)  # type: ignore[attr-defined]
    events = explain(records)
    assert_order_per_byte(events)
    assert [event.t for event in events] == sorted(event.t for event in events)


def assert_order_per_byte(events: list[Event]) -> None:
    begun: dict[str, int] = {}
    for event in events:
        if isinstance(event, CallStarted | CallReturned) and event.stream is not None:
            assert event.end is not None
            if event.moved == "sent":
                begun[event.stream] = max(begun.get(event.stream, 0), event.end)
            elif isinstance(event, CallReturned):
                assert event.end <= begun.get(event.stream, 0), event


def sample(cookie: int, t: int, **figures: int) -> Sample:
    """A sample of an established socket; figures are the kernel's raw ones."""
    fields = {"receive_queue": 0, "send_queue": 0, "unsent": 0, "bytes_sent": 0, "bytes_retransmitted": 0}
    ends = ("127.0.0.1:5000", "127.0.0.1:8001")
    local, remote = ends if cookie == CLIENT else ends[::-1]
    return Sample(
        began=t,
        t=t,
        protocol="tcp",
        local=local,
        remote=remote,
        cookie=cookie,
        inode=1,
        state="ESTABLISHED",
        **{**fields, "bytes_received": 0, **figures},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("state", "drops"), [("LISTEN", 2), ("ESTABLISHED", None)])
def test_what_a_connection_drops_is_not_lost(state: TcpState, drops: int | None) -> None:
    taken = sample(SERVER, 10, drops=2)
    taken.state = state
    assert sampled(Sockets(), taken).drops == drops


def explain_with(records: list[CallRecord], samples: list[Sample]) -> list[BytesMoved]:
    merge, explaining = Merge(), Explain()
    merge.add_calls(records)
    merge.add_observed(samples)
    events = [event for fact in merge.finish() for event in explaining.take(fact)]
    return [event for event in events if isinstance(event, BytesMoved)]


def test_bytes_the_kernel_counted_beyond_the_calls_went_past_the_probe() -> None:
    samples = [sample(CLIENT, 150, bytes_sent=12), sample(SERVER, 250, bytes_received=12)]
    found = explain_with([*connected(), send(100, 5)], samples)
    assert [(it.moved, it.start, it.end) for it in found] == [("sent", 5, 12), ("received", 0, 12)]


def test_calls_that_account_for_every_byte_leave_nothing() -> None:
    records = [*connected(), send(100, 5), receive(120, 130, 5)]
    assert explain_with(records, [sample(CLIENT, 150, bytes_sent=5), sample(SERVER, 250, bytes_received=5)]) == []


def test_a_receive_that_is_going_on_may_have_moved_them() -> None:
    records = [*connected(), send(100, 5), receive(120, 160, 5)]
    assert explain_with(records, [sample(SERVER, 150, bytes_received=5)]) == []


def test_a_receive_whose_process_was_killed_has_moved_nothing() -> None:
    merge = Merge()
    merge.add_calls([*connected(), send(100, 5)])
    merge.add_in_flight([receive(120, 0, 0)], FAR)
    merge.add(ProcessExited(t=200, process="server", signal="SIGKILL"))
    merge.add_observed([sample(SERVER, 250, bytes_received=5)])
    explaining = Explain()
    events = [event for fact in merge.finish() for event in explaining.take(fact)]
    assert [(it.start, it.end) for it in events if isinstance(it, BytesMoved)] == [(0, 5)]


def test_of_very_many_connections_only_the_last_are_remembered() -> None:
    explaining = Explain()
    for number in range(REMEMBERED + 100):
        began, client, server, end = 100 * number, 2 * number + 101, 2 * number + 102, f"127.0.0.1:{number}"
        merge = Merge()
        merge.add_calls([
            call("client", "socket", client, began, began + 1, texts=("", "", "", "tcp")),
            call("client", "connect", client, began + 2, began + 3, texts=("…", end, "127.0.0.1:8001")),
            call("server", "accept", LISTENER, began + 4, began + 5,
                 texts=("", "127.0.0.1:8001", end, "tcp", "3", str(server))),
            call("client", "close", client, began + 6, began + 7, closed=True),
            call("server", "close", server, began + 8, began + 9, closed=True),
        ])  # fmt: skip
        events = [event for fact in merge.finish() for event in explaining.take(fact)]
        joined, _ = (it for it in events if isinstance(it, SocketChanged) and it.state == "connected")
        assert joined.connection == number + 1
    known = [cookie for cookie in range(101, client + 2) if explaining.sockets.known(cookie) is not None]
    assert known == list(range(client + 2 - REMEMBERED, client + 2))
    assert explaining.sockets.between("127.0.0.1:0", "127.0.0.1:8001") is None
    assert explaining.sockets.between(end, "127.0.0.1:8001") is not None


def test_what_a_failed_sendall_had_sent_is_its_own() -> None:
    failed = call(
        "client", "sendall", CLIENT, 100, 110, asked=50, failed=True, errno=11, texts=("TimeoutError", "timed out")
    )
    (found,) = explain_with([*connected(), failed], [sample(CLIENT, 150, bytes_sent=20)])
    assert (found.start, found.end) == (0, 20)
    assert found.call is not None


def test_of_many_sends_that_found_no_room_nothing_is_left() -> None:
    stream = Stream("1>")
    kept = [stream.begin_send(number, 5) for number in range(3)]
    for number in range(10):
        stream.end_send(stream.begin_send(10 + number, 5), 0)
    stream.end_send(kept[1], 0)
    assert [it.call for it in stream.sends_in(0, 100)] == [0, 2]


@pytest.mark.parametrize("address", ["{}", "bytearray(b'')", "'path'", "('127.0.0.1', 8001", "8001", "(1,)"])
def test_an_address_that_is_none_of_the_internet_is_no_address(address: str) -> None:
    assert address_of(address) is None
