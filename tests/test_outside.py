"""Bytes that move past the probe are on the record of a real run, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.events import AnyEvent, BytesMoved, CallReturned
from tests.own_lessons import AFTER, PORT, play_once, write_lesson

SERVER = """
import os, socket, time
PORT = 8001
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
conn, _ = server.accept()
{read}
time.sleep(0.4)
"""
CLIENT = """
import os, socket, time
PORT = 8001
client = socket.socket()
client.connect(("127.0.0.1", PORT))
{write}
time.sleep(0.8)
"""


def events(tmp_path: Path, port: int, write: str, read: str) -> list[AnyEvent]:
    programs = {"server": SERVER.replace("{read}", read), "client": CLIENT.replace("{write}", write)}
    write_lesson(tmp_path / "lessons", "past", programs, more=PORT, clients=AFTER)
    return play_once(tmp_path, "past", port)


def ranges(found: list[AnyEvent], moved: str) -> list[tuple[str, int | None, int | None]]:
    """(call or past the probe, start, end), in the order of the stream."""
    lines = [
        ("past" if isinstance(it, BytesMoved) else it.op, it.start, it.end)
        for it in found
        if isinstance(it, BytesMoved | CallReturned) and it.moved == moved and it.start != it.end
    ]
    return sorted(lines, key=lambda line: line[1] or 0)


def test_os_write_and_os_read(tmp_path: Path, free_port: int) -> None:
    write = "client.sendall(b'12345')\ntime.sleep(0.2)\nos.write(client.fileno(), b'x' * 7)"
    read = "conn.recv(5)\ntime.sleep(0.4)\nos.read(conn.fileno(), 7)"
    found = events(tmp_path, free_port, write, read)
    assert ranges(found, "sent") == [("sendall", 0, 5), ("past", 5, 12)]
    assert ranges(found, "received") == [("recv", 0, 5), ("past", 5, 12)]


def test_what_was_written_past_the_probe_is_known_when_it_is_read(tmp_path: Path, free_port: int) -> None:
    found = events(tmp_path, free_port, "os.write(client.fileno(), b'x' * 7)", "conn.recv(100)")
    assert ranges(found, "sent") == [("past", 0, 7)]
    assert ranges(found, "received") == [("recv", 0, 7)]


@pytest.mark.parametrize("size", [1, 5000])
def test_a_run_without_detours_has_none(size: int, tmp_path: Path, free_port: int) -> None:
    found = events(tmp_path, free_port, f"client.sendall(b'x' * {size})", f"conn.recv({size}, socket.MSG_WAITALL)")
    assert not any(isinstance(event, BytesMoved) for event in found)
