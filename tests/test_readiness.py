"""From calls of select, poll and epoll to events: who watches what, what a wait was told, and what it was not."""

from __future__ import annotations

import pytest

from engine.events import (
    EDGE,
    ERROR,
    HANG_UP,
    READ,
    WRITE,
    CallBlocked,
    CallReturned,
    CallStarted,
    Event,
    FindingMade,
    Interest,
    WatchChanged,
)
from engine.messages import LANGS, messages, spans
from engine.records import CallRecord, Polled
from engine.understand.explain import Explain
from engine.understand.merge import CallStep, Merge
from tests.test_explain import call, connected, explain, receive, send

POLLER = 1 << 32
CONN = 4
LISTENING = 3


def polled(op: str, began: int, ended: int, fd: int = -1, **more: object) -> CallRecord:
    it = Polled(poller=POLLER, **more)  # type: ignore[arg-type]
    record = call("server", op, 0, began, ended)
    record.fd, record.polled = fd, it
    return record


def wait(op: str, began: int, ended: int, ready: list[tuple[int, int]], timeout: int = -1) -> CallRecord:
    return polled(op, began, ended, 9 if op == "epoll_wait" else -1, ready=ready, timeout=timeout)


def register(began: int, fd: int, mask: int, what: str = "socket", kind: str = "epoll") -> CallRecord:
    return polled(f"{kind}_register", began, began + 1, fd, mask=mask, what=what)


def sets(t: int, *changes: tuple[int, int, str]) -> CallRecord:
    return polled("watch", t, t, changes=list(changes))


def told(events: list[Event]) -> list[str]:
    """The sentences about waits, in English."""
    return [
        "".join(text for text, _ in spans("en", it.caption.key, it.caption.args, it.caption.parts))
        for it in events
        if it.caption is not None and isinstance(it, CallReturned | CallStarted | CallBlocked) and it.poller
    ]


def unreported(events: list[Event]) -> list[tuple[int | None, int, int]]:
    return [(it.fd, it.start, it.end) for it in events if isinstance(it, FindingMade) and it.kind == "unreported"]


def changes(events: list[Event]) -> list[tuple[list[int], list[int], int]]:
    """(added, removed, watched now)"""
    return [([on.fd for on in it.added], it.removed, it.count) for it in events if isinstance(it, WatchChanged)]


def test_a_changed_set_stands_before_the_select_that_sees_it_first() -> None:
    first, then = sets(100, (LISTENING, READ, "socket"), (CONN, READ, "socket")), sets(200, (CONN, 0, ""))
    events = explain([*connected(), first, wait("select", 101, 102, []), then, wait("select", 201, 202, [])])
    kinds = [type(it) for it in events if it.t >= 100]
    assert kinds == [WatchChanged, CallReturned, WatchChanged, CallReturned]
    assert changes(events) == [([LISTENING, CONN], [], 2), ([], [CONN], 1)]
    assert [it.watched for it in events if isinstance(it, CallReturned) and it.op == "select"] == [2, 1]


def test_each_descriptor_is_told_by_what_is_behind_it() -> None:
    shown = sets(100, (LISTENING, READ, "socket"), (CONN, WRITE, "socket"), (7, READ, "pipe"))
    events = explain([*connected(), shown])
    (change,) = (it for it in events if isinstance(it, WatchChanged))
    assert change.added == [
        Interest(fd=LISTENING, mask=READ, what="listener", socket=1),
        Interest(fd=CONN, mask=WRITE, what="connection", socket=3, peer="client"),
        Interest(fd=7, mask=READ, what="pipe"),
    ]


def test_a_wait_says_what_is_ready_and_why() -> None:
    events = explain(
        [
            *connected(),
            sets(100, (LISTENING, READ, "socket"), (CONN, READ, "socket"), (7, READ, "pipe")),
            send(110, 6),
            wait("select", 120, 12_000_120, [(LISTENING, READ), (CONN, READ), (7, READ)]),
        ]
    )
    assert told(events) == [
        "server's select() waited 12 ms and reports 3 of 3 descriptors: fd 3, the listener, has a connection to "
        "accept; fd 4 has 6 bytes from client to read; fd 7, a pipe, can be read."
    ]


def test_of_many_the_first_are_named_and_the_others_counted() -> None:
    ready = [(fd, READ) for fd in range(10, 20)]
    events = explain([sets(1, *((fd, READ, "pipe") for fd in range(10, 110))), wait("select", 2, 3, ready)])
    assert told(events)[0].startswith("server's select() waited 1 ns and reports 10 of 100 descriptors: fd 10, a pipe")
    assert told(events)[0].endswith("; and 7 more.")
    (returned,) = (it for it in events if isinstance(it, CallReturned))
    assert returned.ready == ready


@pytest.mark.parametrize(
    ("timeout", "text"),
    [
        (0, "server's poll() returns at once: the descriptor it asks about is not ready."),
        (
            5_000_000,
            "server's poll() times out after 5.2 ms: the descriptor it asked about was not ready.",
        ),
    ],
)
def test_a_wait_that_ends_with_nothing(timeout: int, text: str) -> None:
    ended = 2 if timeout == 0 else 5_200_002
    events = explain([register(1, 7, READ, "pipe", "poll"), wait("poll", 2, ended, [], timeout)])
    assert told(events)[-1] == text


def test_the_end_of_a_stream_is_told() -> None:
    close = call("client", "close", 11, 110, 111, closed=True)
    events = explain([*connected(), register(100, CONN, READ), close, wait("epoll_wait", 120, 121, [(CONN, READ)])])
    assert told(events)[-1].endswith("fd 4 has the end of the stream from client.")


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (WRITE, "finished its connect to"),
        (READ | WRITE | ERROR | HANG_UP, "failed to connect to"),
        (READ | WRITE, "failed to connect to"),
    ],
)
def test_a_connect_that_goes_on_has_finished_or_failed_when_it_is_ready(mask: int, words: str) -> None:
    texts = ("BlockingIOError", "", "…", "127.0.0.1:6000", "127.0.0.1:9")
    asked = call("server", "connect", 55, 10, 11, failed=True, errno=115, texts=texts)
    events = explain([asked, sets(12, (3, WRITE, "socket")), wait("select", 13, 14, [(3, mask)])])
    assert told(events)[-1].endswith(f"fd 3 has {words} 127.0.0.1:9.")


def test_a_closed_socket_leaves_an_epoll_by_itself() -> None:
    close = call("server", "close", 13, 200, 201, closed=True)
    close.fd = CONN
    events = explain([*connected(), register(100, CONN, READ), register(110, LISTENING, READ), close])
    assert changes(events)[-1] == ([], [CONN], 1)


def test_another_socket_behind_the_same_number_is_seen_by_the_next_select() -> None:
    close = call("server", "close", 13, 200, 201, closed=True)
    close.fd = CONN
    again = call("server", "accept", 12, 210, 211, texts=("", "127.0.0.1:8001", "127.0.0.1:5001", "tcp", "4", "14"))
    events = explain([*connected(), sets(100, (CONN, READ, "socket")), wait("select", 101, 102, []), close, again,
                      wait("select", 220, 221, []), wait("select", 230, 231, [])])  # fmt: skip
    seen = [it.added for it in events if isinstance(it, WatchChanged)]
    assert [(it.socket, it.peer) for added in seen for it in added] == [(3, "client"), (4, "127.0.0.1:5001")]


EDGE_READS = [
    *connected(),
    register(100, CONN, READ | EDGE),
    send(110, 10),
    wait("epoll_wait", 120, 121, [(CONN, READ)]),
    receive(130, 131, 4),
]


def test_bytes_that_an_edge_has_reported_and_nobody_has_read_are_found_once() -> None:
    events = explain([*EDGE_READS, wait("epoll_wait", 140, 150, [], 10), wait("epoll_wait", 160, 170, [], 10)])
    assert unreported(events) == [(CONN, 4, 10)]
    (finding,) = (it for it in events if isinstance(it, FindingMade) and it.kind == "unreported")
    by_call = {it.call: it.op for it in events if isinstance(it, CallReturned)}
    assert [by_call[call] for call in finding.proof] == ["epoll_wait", "epoll_wait"]


def test_a_wait_that_is_asleep_shows_it_before_it_returns() -> None:
    merge, explaining = Merge(), Explain()
    merge.add_calls(EDGE_READS)
    going_on = wait("epoll_wait", 140, 0, [])
    going_on.ended = None
    merge.add_in_flight([going_on], 20_000_000)
    merge.add_blocked(going_on, 20_000_000)
    events = [event for fact in merge.finish() for event in explaining.take(fact)]
    assert isinstance(events[-2], CallBlocked)
    assert unreported(events[-1:]) == [(CONN, 4, 10)]


@pytest.mark.parametrize(
    "more",
    [
        [receive(135, 136, 6), wait("epoll_wait", 140, 150, [], 10)],
        [send(135, 3), wait("epoll_wait", 140, 150, [(CONN, READ)], 10)],
    ],
    ids=["drained", "new data"],
)
def test_what_was_read_or_is_reported_again_is_no_finding(more: list[CallRecord]) -> None:
    assert unreported(explain([*EDGE_READS, *more])) == []


def test_data_that_comes_while_the_wait_goes_on_is_no_finding() -> None:
    drained = [*EDGE_READS, receive(135, 136, 6)]
    assert unreported(explain([*drained, wait("epoll_wait", 140, 150, [], 10), send(145, 5, 155)])) == []


def test_what_is_watched_level_triggered_is_no_finding() -> None:
    level = [register(100, CONN, READ) if it.op == "epoll_register" else it for it in EDGE_READS]
    assert unreported(explain([*level, wait("epoll_wait", 140, 150, [], 10)])) == []


def test_a_forked_child_shares_the_epoll_and_has_a_poll_object_of_its_own() -> None:
    explaining = Explain()
    poll = register(110, LISTENING, READ, kind="poll")
    assert poll.polled is not None
    poll.polled.poller += 1
    explained = explain_more(explaining, [*connected(), register(100, LISTENING, READ), poll])
    first = {it.kind: it.poller for it in explained if isinstance(it, WatchChanged)}
    explaining._fork("server")
    explaining._inherit("child", "server")
    here = [wait("epoll_wait", 200, 201, []), wait("poll", 210, 211, [])]
    assert here[1].polled is not None
    here[1].polled.poller += 1
    for record in here:
        record.process, record.pid = "child", 7
    waits = [it for it in explain_more(explaining, here) if isinstance(it, CallReturned)]
    assert [(it.poller == first["epoll"], it.watched) for it in waits] == [(True, 1), (False, 1)]


def explain_more(explaining: Explain, records: list[CallRecord]) -> list[Event]:
    steps = [CallStep("whole", it, it.ended or 0) for it in sorted(records, key=lambda it: it.ended or 0)]
    return [event for step in steps for event in explaining.take(step)]


def test_the_parts_of_a_sentence_are_in_both_languages() -> None:
    parts = [key for key in messages("en") if key.startswith("caption.ready.")]
    assert len(parts) > 10
    assert all(key in messages(lang) for lang in LANGS for key in parts)
