"""Programs that wait with select, poll and epoll under the probe: what is on the record, and what they notice."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from engine.events import EDGE, READ, WRITE, CallBlocked, CallReturned, WatchChanged
from engine.probe import layout
from engine.records import WAITS, CallRecord
from tests.held import Stage
from tests.test_probe import observe
from tests.truth import recorded

PAIR = """
import os, select, selectors, socket, sys
left, right = socket.socketpair()
left.setblocking(False), right.setblocking(False)
"""


def polls(folder: Path, program: str) -> list[CallRecord]:
    """The records of a program that are about readiness."""
    return [record for record in observe(folder, PAIR + textwrap.dedent(program)) if record.polled is not None]


def trace(records: list[CallRecord]) -> list[tuple[object, ...]]:
    """(op, ready) of waits, (op, descriptor, mask) of registrations, (op, changes) of sets."""
    lines: list[tuple[object, ...]] = []
    for record in records:
        it = record.polled
        assert it is not None
        if record.op in WAITS:
            lines.append((record.op, it.ready))
        elif record.op == "watch":
            lines.append((record.op, it.changes))
        else:
            lines.append((record.op, record.fd, it.mask))
    return lines


def test_a_select_has_its_sets_its_timeout_and_what_it_reported(tmp_path: Path) -> None:
    records = polls(tmp_path, "right.send(b'x')\nselect.select([left, right], [left], [], 0.25)")
    fd = records[0].polled.changes[0][0] if records[0].polled else -1
    assert trace(records) == [
        ("watch", [(fd, READ | WRITE, "socket"), (fd + 1, READ, "socket")]),
        ("select", [(fd, READ | WRITE)]),
    ]
    assert records[1].polled is not None
    assert records[1].polled.timeout == 250_000_000


def test_only_what_is_new_about_the_sets_is_on_the_record(tmp_path: Path) -> None:
    records = polls(
        tmp_path,
        """
        for sets in ([left], []), ([left], []), ({left.fileno()}, ()), ([left, right], []), ([right], [left]):
            select.select(*sets, [], 0)
        """,
    )
    changes = [record.polled.changes for record in records if record.op == "watch" and record.polled]
    fd = changes[0][0][0]
    assert changes == [[(fd, READ, "socket")], [(fd + 1, READ, "socket")], [(fd, WRITE, "socket")]]
    assert len(records) == 5 + 3


def test_a_thread_that_selects_is_a_poller_of_its_own(tmp_path: Path) -> None:
    program = """
    import threading
    for _ in range(2):
        select.select([left], [], [], 0)
    thread = threading.Thread(target=select.select, args=([right], [], [], 0))
    thread.start(), thread.join()
    """
    pollers = [record.polled.poller for record in polls(tmp_path, program) if record.op == "select" and record.polled]
    assert pollers[0] == pollers[1] != pollers[2]


def test_a_poll_object_records_what_it_is_told_and_what_it_answers(tmp_path: Path) -> None:
    records = polls(
        tmp_path,
        """
        poll = select.poll()
        poll.register(left, select.POLLIN)
        poll.modify(left, select.POLLOUT)
        poll.poll(10)
        poll.unregister(left.fileno())
        poll.poll(5)
        """,
    )
    fd = records[0].fd
    assert trace(records) == [
        ("poll_register", fd, READ),
        ("poll_modify", fd, WRITE),
        ("poll", [(fd, WRITE)]),
        ("poll_unregister", fd, None),
        ("poll", []),
    ]
    assert [it.polled.timeout for it in records if it.op == "poll" and it.polled] == [10_000_000, 5_000_000]


def test_an_epoll_is_recorded_from_its_making_to_its_close(tmp_path: Path) -> None:
    records = polls(
        tmp_path,
        """
        with select.epoll() as epoll:
            epoll.register(left, select.EPOLLIN | select.EPOLLET)
            right.send(b'x')
            epoll.poll(), epoll.poll(timeout=0, maxevents=7)
            epoll.unregister(left)
        """,
    )
    create, register, first, second, unregister, close = records
    assert [it.op for it in records] == [
        "epoll_create", "epoll_register", "epoll_wait", "epoll_wait", "epoll_unregister", "epoll_close",
    ]  # fmt: skip
    assert (create.fd, close.closed) == (close.fd, True)
    assert [(it.mask, it.what) for it in [register.polled] if it] == [(READ | EDGE, "socket")]
    assert [(it.ready, it.timeout) for it in [first.polled] if it] == [([(register.fd, READ)], -1)]
    assert [(it.ready, it.most) for it in [second.polled] if it] == [([], 7)]
    assert unregister.fd == register.fd
    assert len({it.polled.poller for it in records if it.polled}) == 1


def test_an_epoll_that_nobody_closes_is_closed_by_garbage_collection(tmp_path: Path) -> None:
    (close,) = (it for it in polls(tmp_path, "epoll = select.epoll()\ndel epoll") if it.op == "epoll_close")
    assert close.closed
    assert close.polled is not None
    assert close.polled.collected


def test_an_epoll_made_by_others_shows_what_it_watches_already(tmp_path: Path) -> None:
    program = """
    made = select.epoll()
    made.register(left, select.EPOLLIN)
    other = select.epoll.fromfd(os.dup(made.fileno()))
    other.poll(0)
    """
    records = polls(tmp_path, program)
    (watch,) = (it for it in records if it.op == "watch")
    assert watch.polled is not None
    assert watch.polled.changes == [(records[1].fd, READ, "socket")]
    assert [it.polled.poller for it in records if it.op == "epoll_wait" and it.polled] == [watch.polled.poller]


def test_each_kind_of_descriptor_is_known_by_what_it_is(tmp_path: Path) -> None:
    program = """
    reading, writing = os.pipe()
    with open(__file__) as file:
        select.select([left, reading, file, select.epoll()], [writing], [], 0)
    """
    (watch,) = (it for it in polls(tmp_path, program) if it.op == "watch")
    assert watch.polled is not None
    assert [what for _, _, what in watch.polled.changes] == ["socket", "pipe", "file", "epoll", "pipe"]


def test_selectors_are_recorded_too(tmp_path: Path) -> None:
    program = """
    for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
        with kind() as selector:
            selector.register(left, selectors.EVENT_WRITE)
            assert len(selector.select(1)) == 1
    """
    ready = [it.polled.ready for it in polls(tmp_path, program) if it.op in WAITS and it.polled]
    assert len(ready) == 3
    assert all(it == ready[0] and len(it or ()) == 1 for it in ready)


def test_a_wait_that_fails_keeps_its_error_and_its_timeout(tmp_path: Path) -> None:
    program = """
    for wait in (lambda: select.select([-1], [], [], 1), lambda: select.select([2000], [], [], 1)):
        try:
            wait()
        except ValueError as error:
            print(error)
    """
    failed = [it for it in polls(tmp_path, program) if it.failed]
    assert [it.texts[1] for it in failed] == [
        "file descriptor cannot be a negative integer (-1)",
        "filedescriptor out of range in select()",
    ]
    assert [it.polled.timeout for it in failed if it.polled] == [1_000_000_000, 1_000_000_000]


def test_a_program_is_asked_for_a_descriptor_as_often_as_without_the_probe(tmp_path: Path) -> None:
    program = """
    class Own:
        asked = 0
        def fileno(self):
            Own.asked += 1
            return left.fileno()
    own = Own()
    answer = select.select([own], (own,), iter([own]), 0)
    assert answer[1] == [own] and Own.asked == 3, Own.asked
    select.poll().register(own)
    epoll = select.epoll()
    epoll.register(own)
    assert Own.asked == 5, Own.asked
    """
    records = polls(tmp_path, program)
    assert [it.op for it in records] == ["watch", "select", "poll_register", "epoll_create", "epoll_register"] + (
        ["epoll_close"] if records[-1].op == "epoll_close" else []
    )


def test_ten_thousand_ready_descriptors_are_all_on_the_record(tmp_path: Path) -> None:
    program = """
    import resource
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (10_200, 10_200))
    except ValueError:
        sys.exit(0)
    ends = [end for _ in range(5_000) for end in socket.socketpair()]
    poll, epoll = select.poll(), select.epoll(20_000)
    for end in ends:
        poll.register(end, select.POLLOUT), epoll.register(end, select.EPOLLOUT)
    assert len(poll.poll(0)) == len(epoll.poll(0, 20_000)) == 10_000
    """
    records = polls(tmp_path, program)
    if not any(it.op == "poll" for it in records):
        pytest.skip("no right to 10,200 open files (RLIMIT_NOFILE)")
    fds = {it.fd for it in records if it.op == "poll_register"}
    assert len(fds) == 10_000
    for record in records:
        if record.op in WAITS and record.polled is not None:
            assert {fd for fd, mask in record.polled.ready or () if mask == WRITE} == fds


def test_watching_much_costs_no_record_at_a_wait(tmp_path: Path) -> None:
    program = """
    poll = select.poll()
    for end in [end for _ in range(400) for end in socket.socketpair()]:
        poll.register(end.fileno(), select.POLLIN)
    for _ in range(50):
        poll.poll(0)
    """
    records = observe(tmp_path, PAIR + textwrap.dedent(program))
    first = next(index for index, it in enumerate(records) if it.op == "poll")
    assert [it.op for it in records[first : first + 50]] == ["poll"] * 50


def test_what_the_stand_ins_look_like(tmp_path: Path) -> None:
    program = """
    import pickle
    epoll, poll = select.epoll(), select.poll()
    assert repr(select.select) == "<built-in function select>" and repr(select.poll) == "<built-in function poll>"
    assert repr(epoll).startswith("<select.epoll object at 0x") and isinstance(epoll, select.epoll)
    assert repr(poll).startswith("<select.poll object at 0x") and type(poll).__module__ == "select"
    assert pickle.loads(pickle.dumps(select.select)) is select.select
    assert (select.epoll.__qualname__, select.epoll.poll.__qualname__) == ("epoll", "epoll.poll")
    for base in (select.epoll, type(poll)):
        try:
            type("Sub", (base,), {})
        except TypeError as error:
            assert "is not an acceptable base type" in str(error)
        else:
            raise AssertionError(base)
    assert not hasattr(epoll, "__dict__") and not hasattr(poll, "__dict__")
    """
    assert polls(tmp_path, program)


def test_the_numbers_of_the_layout_fit_a_record() -> None:
    assert layout.READY_EACH * layout.READY.size + layout.TIMEOUT.size <= layout.CONTENT_LIMIT
    assert layout.WATCHED_EACH * layout.WATCHED.size <= layout.CONTENT_LIMIT


def test_a_held_process_stands_before_its_waits_and_registrations(tmp_path: Path) -> None:
    program = """
    import select, socket
    left, right = socket.socketpair()
    epoll = select.epoll()
    epoll.register(left, select.EPOLLOUT)
    print(epoll.poll(2.5))
    select.select([left], [], [], 0)
    """
    stage = Stage(tmp_path)
    try:
        stage.pipeline.hold(None, True)
        stage.start("server", program)
        for op in ("socketpair", "epoll_create", "epoll_register"):
            stage.let("server", op)
        held = stage.held("server", "epoll_wait")
        assert (held.watched, held.timeout, held.line) == (1, 2_500_000_000, 6)
        assert stage.returned("server", "epoll_wait") == []
        returned = stage.let("server", "epoll_wait")
        assert (len(returned.ready or ()), returned.began > held.t) == (1, True)
        assert stage.held("server", "select").watched == 1
    finally:
        stage.close()


@pytest.mark.parametrize("wait", ["select.select([left], [], [])", "poll.poll()", "epoll.poll()"])
def test_a_wait_is_seen_asleep_in_the_kernel(wait: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        prepare = "poll, epoll = select.poll(), select.epoll()\nepoll.register(left, 1), poll.register(left, 1)\n"
        process = stage.start("server", PAIR + prepare + wait)
        stage.until(lambda: any(isinstance(it, CallBlocked) for it in stage.events))
        (blocked,) = (it for it in stage.events if isinstance(it, CallBlocked))
        assert (blocked.line, blocked.watched, blocked.timeout) == (7, 1, -1)
        process.kill()
        process.wait()
    finally:
        stage.close()


def test_a_forked_child_goes_on_with_the_pollers_of_its_parent(tmp_path: Path) -> None:
    program = """
    import os, select, socket
    left, right = socket.socketpair()
    epoll = select.epoll()
    epoll.register(left, select.EPOLLOUT)
    select.select([left], [], [], 0)
    if os.fork() == 0:
        epoll.poll(0)
        select.select([left, right], [], [], 0)
        os._exit(0)
    os.wait()
    """
    events, _ = recorded.record(tmp_path, program)
    in_child = [it for it in events if isinstance(it, CallReturned | WatchChanged) and it.process != "p"]
    assert [(type(it), it.poller) for it in in_child] == [(CallReturned, 1), (WatchChanged, 3), (CallReturned, 3)]
    assert [(it.op, it.watched) for it in in_child if isinstance(it, CallReturned)] == [
        ("epoll_wait", 1),
        ("select", 2),
    ]
    assert [(len(it.added), it.count) for it in in_child if isinstance(it, WatchChanged)] == [(1, 2)]
