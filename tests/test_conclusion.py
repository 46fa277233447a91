"""The last sentence of a run: from the facts that make its point."""

from __future__ import annotations

from engine.events import (
    CallReturned,
    Caption,
    Event,
    FindingMade,
    ProcessExited,
    ProcessInput,
    SegmentCaptured,
)
from engine.understand.conclusion import NobodyAccepted, conclude
from engine.understand.findings import Findings
from engine.understand.tally import Tally

MS = 1_000_000


def told(*events: Event, waiting: NobodyAccepted | None = None, findings: Findings | None = None) -> Caption:
    tally = Tally()
    for event in events:
        if isinstance(event, CallReturned):
            tally.see(event, datagram=False)
        tally.note(event)
    return conclude(tally, findings or Findings(), waiting)


def key(*events: Event, waiting: NobodyAccepted | None = None, findings: Findings | None = None) -> str:
    return told(*events, waiting=waiting, findings=findings).key.removeprefix("caption.conclusion.")


def send(data: bytes, stream: str = "1>", at: int = 0, who: str = "client", t: int = 1) -> CallReturned:
    return CallReturned(
        t=t, began=t, process=who, call=1, op="sendall", moved="sent",
        count=len(data), asked=len(data), data=data, stream=stream, start=at, end=at + len(data),
    )  # fmt: skip


def receive(
    data: bytes, stream: str = "1>", at: int = 0, who: str = "server", t: int = 2, took: int = 0
) -> CallReturned:
    return CallReturned(
        t=t, began=t - took, process=who, call=2, op="recv", socket=5, moved="received", eof=not data,
        count=len(data), data=data, stream=stream, start=at, end=at + len(data),
    )  # fmt: skip


def failed(op: str, error: str) -> CallReturned:
    return CallReturned(t=3, began=3, process="server", call=3, op=op, error=error, moved="received")


def said(event: Event, key: str, **args: str | int) -> Event:
    event.caption = Caption(key, {"who": "server", **args})
    return event


def test_sends_and_receives_that_match() -> None:
    assert key(send(b"hello"), receive(b"hello")) == "even"
    assert key(send(b"hello")) == "other"


def test_a_program_that_ends_with_an_exception_is_named_with_it() -> None:
    crash = ProcessExited(t=9, process="server", code=1, error="ValueError: invalid literal: b'12go'")
    assert told(send(b"12good"), crash).args["error"] == "ValueError: invalid literal: b'12go'"
    assert key(ProcessExited(t=9, process="server", code=3)) == "exited"
    assert key(ProcessExited(t=9, process="server", signal="SIGKILL")) == "killed"
    assert key(ProcessExited(t=9, process="server", code=1, error="ValueError", stopped=True)) == "other"
    assert key(ProcessExited(t=9, process="server", signal="SIGINT")) == "other"


def test_an_exception_of_a_reset_connection_is_told_by_what_reset_it() -> None:
    crash = ProcessExited(t=9, process="client", code=1, error="ConnectionResetError: [Errno 104]")
    findings = Findings()
    findings.last_reset = Caption("caption.finding.reset_unread")
    assert told(crash, findings=findings).key == "caption.finding.reset_unread"


def test_what_was_joined_and_what_came_of_it() -> None:
    findings = Findings()
    findings.tell("sticky", 1, "server", "1>", 0, 1024, [14], [])
    crash = ProcessExited(t=9, process="server", code=1, error="ValueError: no")
    assert told(findings=findings).args == {"sends": 0, "receives": 0, "n": 1024, "messages": 2}
    assert key(crash, findings=findings) == "sticky_crashed"
    other = ProcessExited(t=9, process="client", code=1, error="ValueError: no")
    assert key(other, findings=findings) == "crashed"


def test_connections_that_nobody_accepted() -> None:
    assert told(waiting=("server", 2)).args == {"whom": "server", "n": 2}


def test_two_that_wait_for_each_other() -> None:
    stuck = said(ProcessInput(t=5, process="client"), "caption.recv.blocked_both", whom="client")
    assert key(stuck) == "deadlock"
    assert key(send(b""), stuck) == "deadlock_empty"
    assert key(stuck, receive(b"x")) == "other"
    assert key(stuck, receive(b"")) == "deadlock"  # when one was ended, the other got the end of the stream


def test_calls_for_nothing() -> None:
    again = [failed("recv", "BlockingIOError")] * 11
    assert key(*again[1:]) == "other"
    assert told(*again).args == {"who": "server", "call": "recv", "n": 11}
    ends = [receive(b"") for _ in range(12)]
    assert told(*ends).args == {"who": "server", "n": 11}
    assert key(*ends[2:]) == "other"


def test_what_edge_triggered_does_not_report() -> None:
    finding = FindingMade(t=1, kind="unreported", process="server", stream="1>", start=4, end=10, cuts=[], proof=[])
    assert told(finding).args == {"who": "server", "n": 6}


def late(start: int) -> Event:
    """32 bytes that were held up."""
    segment = SegmentCaptured(
        t=50 * MS, protocol="tcp", source="a", destination="b", stream="1>", start=start, end=start + 32
    )
    return said(segment, "caption.segment.data_late", waited_ns=(36 + start) * MS)


def test_a_small_segment_is_late_only_when_somebody_waits_for_it() -> None:
    waited = [receive(b"b" * 32, at=start, t=51 * MS, took=43 * MS) for start in (8, 48)]
    assert told(late(8), waited[0], late(48), waited[1]).args == {"n": 2, "waited_ns": 84 * MS}
    busy = [receive(b"b" * 32, at=start, t=900 * MS) for start in (8, 48)]
    assert key(late(8), busy[0], late(48), busy[1]) == "other"


def test_one_small_segment_that_was_late_is_not_what_a_run_is_about() -> None:
    assert key(late(8), receive(b"b" * 32, at=8, t=51 * MS, took=43 * MS)) == "other"


def test_connections_that_waited_for_accept() -> None:
    waited = said(ProcessInput(t=1, process="server"), "caption.accept.waiting", whom="client", waited_ns=800 * MS)
    again = said(ProcessInput(t=1, process="server"), "caption.segment.syn_again", waited_ns=1000 * MS)
    assert told(waited).args == {"n": 1, "waited_ns": 800 * MS}
    assert told(waited, again).args == {"n": 1, "waited_ns": 800 * MS, "again": 1}


def test_an_end_that_stood_in_close_wait() -> None:
    closes = [
        said(ProcessInput(t=1, process="x"), "caption.close.forgotten", waited_ns=it * MS) for it in (200, 700, 300)
    ]
    assert told(*closes).args["waited_ns"] == 700 * MS


def test_the_same_request_on_two_connections() -> None:
    request = b'{"user": "bob", "digest": "5d41"}'
    first = [send(request), receive(b"welcome", "1<", who="client")]
    again = [send(request, "2>"), receive(b'"go away"\n', "2<", who="client")]
    conclusion = told(*first, *again)
    assert conclusion.args == {"who": "client", "n": len(request), "first": "welcome", "second": "go away"}
    assert key(*first, send(request, "2>", who="other"), *again[1:]) == "even"


def test_bytes_that_nobody_looked_at() -> None:
    assert told(send(b"second"), receive(b"second", t=900 * MS)).args["n"] == 6
    assert key(send(b"second"), receive(b"second", t=400 * MS)) == "even"


def test_the_longest_wait_begins_when_all_are_there() -> None:
    came = CallReturned(t=950 * MS, began=950 * MS, process="client", call=9, op="socket")
    waited = receive(b"hello", t=1000 * MS, took=1000 * MS)
    assert key(send(b"hello", t=999 * MS), came, waited) == "even"
    assert told(came, send(b"x", t=1900 * MS), receive(b"x", t=1900 * MS, took=900 * MS)).args["waited_ns"] == 900 * MS
    typed = ProcessInput(t=5, process="client", text="hello")
    assert key(came, typed, receive(b"x", t=1900 * MS, took=900 * MS), send(b"x", t=1800 * MS)) == "even"


def wait(op: str, watched: int, took: int, ready: list[tuple[int, int]]) -> CallReturned:
    return CallReturned(t=took, began=0, process="server", call=1, op=op, watched=watched, ready=ready, timeout=0)


def test_what_waits_were_told() -> None:
    event = wait("select", 3, 5, [(3, 1), (4, 1)])
    parts = [Caption("caption.ready.listener", {"fd": 3}), Caption("caption.ready.readable", {"fd": 4})]
    event.caption = Caption("caption.wait.ready", {}, parts)
    expired = wait("select", 3, 5, [])
    expired.timeout = 5
    conclusion = told(event, wait("select", 3, 5, []), expired)
    assert conclusion.args == {"who": "server", "n": 3}
    assert conclusion.parts == [
        Caption("caption.reported.listener", {"n": 1}),
        Caption("caption.reported.others", {"n": 1}),
        Caption("caption.reported.expired", {"n": 1}),
    ]


def test_what_waits_cost_with_the_most_descriptors() -> None:
    waits = [wait("select", 10, 5, []), wait("poll", 100, 7, []), wait("poll", 100, 9, []), wait("poll", 10, 1, [])]
    assert [part.args for part in told(*waits).parts] == [
        {"call": "select()", "n": 10, "took_ns": 5},
        {"call": "poll()", "n": 100, "took_ns": 8},
    ]
