"""What the events around a call say about it: whom it waited for, how long, and what was in its way."""

from __future__ import annotations

from engine.events import (
    CallBlocked,
    CallReturned,
    CallStarted,
    Caption,
    ConnectionChanged,
    Event,
    ProcessStarted,
    SocketChanged,
    SocketSampled,
)
from engine.understand.sockets import SocketState
from engine.understand.waits import Waits

MS = 1_000_000
SERVER, CLIENT = "127.0.0.1:8001", "127.0.0.1:5000"
LISTENER, ACCEPTED, CONNECTING = 1, 2, 3


def socket(number: int, local: str, connection: int | None, state: SocketState = "connected") -> SocketChanged:
    who = "client" if number == CONNECTING else "server"
    return SocketChanged(
        t=0, process=who, socket=number, fd=3, kind="tcp", state=state, local=local, connection=connection
    )


def returned(op: str, number: int, key: str, began: int, t: int, **more: object) -> CallReturned:
    who = "client" if number == CONNECTING else "server"
    caption = Caption(f"caption.{key}", {"who": who})
    return CallReturned(t=t, began=began, process=who, call=1, op=op, socket=number, caption=caption, **more)  # type: ignore[arg-type]


def blocked(number: int, thread: int = 0) -> CallBlocked:
    who = "client" if number == CONNECTING else "server"
    caption = Caption("caption.recv.blocked", {"who": who})
    return CallBlocked(
        t=9, process=who, thread=thread, call=2, op="recv", socket=number, moved="received", caption=caption
    )


def connected(accepted: bool) -> list[Event]:
    told: list[Event] = [
        socket(LISTENER, SERVER, None, "listening"),
        returned("listen", LISTENER, "listen.returned", 0, 1, args="1", result=SERVER),
        returned("connect", CONNECTING, "connect.returned", 2, 3, result=CLIENT),
        socket(CONNECTING, CLIENT, 1),
        ConnectionChanged(
            t=3, connection=1, client="client", server="server", client_address=CLIENT, server_address=SERVER
        ),
    ]
    return [*told, socket(ACCEPTED, SERVER, 1)] if accepted else told


def keys(events: list[Event]) -> list[str]:
    waits = Waits()
    return [said.key for said in map(waits.see, events) if said is not None]


def test_both_ends_wait_for_each_other() -> None:
    assert keys([*connected(True), blocked(ACCEPTED), blocked(CONNECTING)]) == ["caption.recv.blocked_both"]


def test_an_end_that_waits_alone_may_be_answered() -> None:
    assert keys([*connected(True), blocked(ACCEPTED)]) == []
    back = returned("recv", ACCEPTED, "recv.eof", 0, 5)
    assert keys([*connected(True), blocked(ACCEPTED), back, blocked(CONNECTING)]) == []


def test_bytes_on_their_way_end_the_wait() -> None:
    sent = CallStarted(t=4, process="client", call=7, op="send", socket=CONNECTING, moved="sent", stream="1>", end=5)
    assert keys([*connected(True), sent, blocked(ACCEPTED), blocked(CONNECTING)]) == []
    read = returned("recv", ACCEPTED, "recv.returned", 4, 5, moved="received", stream="1>", end=5)
    assert keys([*connected(True), sent, read, blocked(ACCEPTED), blocked(CONNECTING)]) == ["caption.recv.blocked_both"]


def test_another_thread_or_a_child_might_send() -> None:
    other = CallStarted(t=4, process="client", call=7, op="getsockname", thread=1)
    assert keys([*connected(True), other, blocked(ACCEPTED), blocked(CONNECTING)]) == []
    child = ProcessStarted(t=4, process="server/9", role="server", pid=9, file="", parent="server")
    assert keys([*connected(True), child, blocked(ACCEPTED), blocked(CONNECTING)]) == []


def test_a_connection_nobody_has_accepted() -> None:
    assert keys([*connected(False), blocked(CONNECTING)]) == ["caption.recv.blocked_backlog"]


def accept(began: int, t: int) -> CallReturned:
    return returned("accept", LISTENER, "accept.returned", began, t, result=f"fd 4, {CLIENT}")


def test_accept_finds_one_that_waited_or_is_woken() -> None:
    assert keys([*connected(False), accept(50 * MS, 50 * MS + 1)]) == ["caption.accept.waiting"]
    assert keys([accept(0, 900 * MS)]) == ["caption.accept.woken"]
    assert keys([*connected(False), accept(0, 10)]) == []


def test_data_wakes_a_recv() -> None:
    assert keys([returned("recv", ACCEPTED, "recv.returned", 0, 900 * MS)]) == ["caption.recv.woken"]
    assert keys([returned("recv", ACCEPTED, "recv.returned", 0, 900)]) == []


def closing(shut: bool, after: int) -> list[str]:
    end = returned("recv", CONNECTING, "recv.eof", 0, 1)
    shutdown = [returned("shutdown", CONNECTING, "shutdown.write", 0, 0)] if shut else []
    return keys([*shutdown, end, returned("close", CONNECTING, "close.returned", after, after)])


def test_a_close_that_was_forgotten() -> None:
    assert closing(False, 500 * MS) == ["caption.close.forgotten"]
    assert closing(False, 5 * MS) == []
    assert closing(True, 500 * MS) == []  # it had ended its own stream before: TIME-WAIT, or less


def connecting(args: str) -> CallBlocked:
    caption = Caption("caption.connect.blocked", {"who": "client-2"})
    return CallBlocked(t=9, process="client-2", call=3, op="connect", socket=9, args=args, caption=caption)


def test_a_connect_that_a_full_backlog_keeps_waiting() -> None:
    one = [*connected(False)]
    other = [
        returned("connect", CONNECTING, "connect.returned", 2, 3, result="127.0.0.1:5001"),
        ConnectionChanged(
            t=3, connection=2, client="c", server="server", client_address="127.0.0.1:5001", server_address=SERVER
        ),
    ]
    ask = connecting("('127.0.0.1', 8001)")
    assert keys([*one, ask]) == []
    assert keys([*one, *other, ask]) == ["caption.connect.blocked_backlog"]
    assert keys([*one, *other, connecting("('127.0.0.1', 8002)")]) == []
    assert keys([*one, *other, socket(ACCEPTED, SERVER, 1), ask]) == []


def binding(*before: Event) -> list[str]:
    failed = returned("bind", 9, "failed.in_use", 0, 1, args="('127.0.0.1', 8001)", error="OSError")
    return keys([*before, failed])


def test_a_port_that_is_in_time_wait() -> None:
    left = SocketSampled(t=0, protocol="tcp", local=SERVER, state="TIME-WAIT")
    assert binding(left) == ["caption.failed.time_wait"]
    assert binding() == []
    assert binding(left, socket(LISTENER, SERVER, None, "listening")) == []
