"""Ports that programs choose while they run: their segments are captured from the first SYN on."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.events import AnyEvent, RunStarted, SegmentCaptured
from engine.observe.rings import RingReader
from engine.probe import layout
from engine.run import PROBE
from tests.own_lessons import play_once, write_lesson

ROUNDS = 20

SERVER = f"""
import os, socket
for number in range({ROUNDS}):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with open(f"port-{{number}}.new", "w") as file:
            file.write(str(listener.getsockname()[1]))
        os.rename(f"port-{{number}}.new", f"port-{{number}}")
        listener.accept()[0].close()
"""
CLIENT = f"""
import os, socket, time
for number in range({ROUNDS}):
    while not os.path.exists(f"port-{{number}}"):
        time.sleep(0.001)
    with open(f"port-{{number}}") as file:
        socket.create_connection(("127.0.0.1", int(file.read()))).close()
"""


def run(tmp_path: Path, server: str, client: str) -> list[AnyEvent]:
    write_lesson(tmp_path / "lessons", "ports", {"server": server, "client": client})
    events = play_once(tmp_path, "ports")
    assert isinstance(events[0], RunStarted)
    if events[0].segments != "measured":
        pytest.skip(f"no capture here: {events[0].segments_why}")
    return events


def syns(events: list[AnyEvent]) -> list[str]:
    return [event.destination for event in events if isinstance(event, SegmentCaptured) and event.flags == "SYN"]


def test_the_syn_to_a_port_the_kernel_chose_is_captured_every_time(tmp_path: Path) -> None:
    assert len(syns(run(tmp_path, SERVER, CLIENT))) == ROUNDS


SCANNER = f"""
import socket
for port in range(21000, 21000 + {ROUNDS}):
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", port))
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", ("127.0.0.1", port + 1000))
"""


def test_what_is_sent_to_a_port_where_nobody_listens_is_captured_every_time(tmp_path: Path) -> None:
    events = run(tmp_path, "", SCANNER)
    assert syns(events) == [f"127.0.0.1:{port}" for port in range(21000, 21000 + ROUNDS)]
    datagrams = [it.destination for it in events if isinstance(it, SegmentCaptured) and it.protocol == "udp"]
    assert datagrams == [f"127.0.0.1:{port}" for port in range(22000, 22000 + ROUNDS)]


class Asking:
    """A program under the probe that is told to ask for ports other than 8001."""

    def __init__(self, folder: Path, text: str) -> None:
        (folder / "program.py").write_text("import socket\nsock = socket.socket()\n" + text)
        command = [sys.executable, str(PROBE), str(folder), "--watched=8001", "program.py"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        while not (rings := list(folder.glob("*.ring"))):
            assert self.process.poll() is None
        self.reader = RingReader(rings[0], "program", 0)

    def asked(self) -> tuple[int, int, int]:
        """Wait until a thread asks: for which port, who, since when."""
        while not (standing := self.reader.standing()):
            assert self.process.poll() is None
            self.reader.drain(time.monotonic_ns())
        (slot,) = standing
        assert slot.stands == layout.ASKING
        return slot.asked, slot.thread, slot.began

    def end(self) -> list[str]:
        """Which binds and connects it made."""
        output, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, output
        records = self.reader.finish()
        self.reader.close()
        return [record.op for record in records if record.op in ("bind", "connect_ex")]


def test_a_program_asks_before_it_connects_and_goes_on_when_told(tmp_path: Path) -> None:
    asking = Asking(tmp_path, "sock.connect_ex(('127.0.0.1', 21000))\nsock.connect_ex(('127.0.0.1', 21000))\n")
    port, thread, began = asking.asked()
    assert port == 21000
    asking.reader.threads.permit(thread, began)
    assert asking.end() == ["connect_ex", "connect_ex"]


def test_a_port_that_is_watched_is_not_asked_for(tmp_path: Path) -> None:
    asking = Asking(tmp_path, "sock.connect_ex(('127.0.0.1', 8001))\nsock.connect_ex(('127.0.0.1', 21000))\n")
    assert asking.asked()[0] == 21000
    assert asking.end() == ["connect_ex", "connect_ex"]


def test_a_program_asks_after_it_has_bound_to_whatever_port(tmp_path: Path) -> None:
    asking = Asking(tmp_path, "sock.bind(('127.0.0.1', 0))\nprint(sock.getsockname()[1])\n")
    port, thread, began = asking.asked()
    asking.reader.threads.permit(thread, began)
    assert asking.process.stdout is not None
    assert asking.process.stdout.readline() == f"{port}\n"
    assert asking.end() == ["bind"]


def test_an_engine_that_does_not_answer_does_not_stop_the_program(tmp_path: Path) -> None:
    asking = Asking(tmp_path, "sock.connect_ex(('127.0.0.1', 21000))\n")
    asking.asked()
    assert asking.end() == ["connect_ex"]


def test_what_is_no_port_is_not_asked_for(tmp_path: Path) -> None:
    text = """
left, right = socket.socketpair()
try:
    socket.socket(socket.AF_UNIX).connect("nowhere")
except FileNotFoundError:
    pass
for wrong in [(), ("127.0.0.1",), ("127.0.0.1", "x"), ("127.0.0.1", 70000), 5]:
    try:
        sock.connect(wrong)
    except (TypeError, OverflowError):
        pass
sock.connect_ex(("127.0.0.1", 21000))
"""
    asking = Asking(tmp_path, text)
    assert asking.asked()[0] == 21000
    assert asking.end() == ["connect_ex"]
