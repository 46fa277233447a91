"""Whatever a program does, its run is recorded to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.events import AnyEvent, CallReturned, RunEnded
from engine.observe.portfilter import MOST_PORTS
from tests.own_lessons import play_once, write_lesson

LINGER = """
import socket
with socket.socket() as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytearray(8))
"""
LONG_NAME = """
import socket
exec(compile("socket.socket().close()", "x" * 5000 + ".py", "exec"))
"""
SCANNER = f"""
import socket
for port in range(20000, 20000 + {MOST_PORTS} + 5):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", port))
"""


def events_of(program: str, tmp_path: Path) -> list[AnyEvent]:
    write_lesson(tmp_path / "lessons", "odd", {"server": program})
    return play_once(tmp_path, "odd")


def end_of(events: list[AnyEvent]) -> RunEnded:
    assert isinstance(events[-1], RunEnded)
    return events[-1]


@pytest.mark.parametrize(("program", "op"), [(LINGER, "setsockopt"), (LONG_NAME, "close")], ids=["argument", "name"])
def test_an_odd_argument_or_file_name_is_recorded(program: str, op: str, tmp_path: Path) -> None:
    events = events_of(program, tmp_path)
    assert end_of(events).why == "finished"
    (call,) = (event for event in events if isinstance(event, CallReturned) and event.op == op)
    assert call.line is not None


def test_a_port_scanner_has_every_call_recorded_and_is_told_how_many_ports_were_not_observed(tmp_path: Path) -> None:
    events = events_of(SCANNER, tmp_path)
    end = end_of(events)
    assert (end.why, end.ports_unwatched) == ("finished", 5)
    assert sum(isinstance(event, CallReturned) and event.op == "connect_ex" for event in events) == MOST_PORTS + 5
