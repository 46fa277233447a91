"""The compiled part of the probe puts on the record what the interpreted one does, call by call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from msgspec.structs import replace

from engine.observe.rings import RingReader
from engine.probe import layout
from engine.records import CallRecord
from engine.run import PROBE
from tests.interpreted import interpreted, require_compiled

# Each call is made often enough to be a usual one; every fifth round differs.
PROGRAM = """
import socket, ssl, sys, threading
from array import array

left, right = socket.socketpair()
other, far = socket.socketpair()

def tried(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return type(error)

def sizes():
    for size in (0, 1, 63, 64, 65, 4096, 4097, 20000):
        for _ in range(4):
            left.sendall(b"x" * size)
            missing = size
            while missing:
                missing -= len(right.recv(missing))

def unusual():
    right.setblocking(False)
    for turn in range(15):
        data = [b"abc", bytearray(b"abc"), memoryview(b"abc"), array("h", [1, 2]), b"abcd"][turn % 5]
        left.send(data)
        left.sendall(data, *[0] * (turn % 5 == 4))
        tried(right.recv, 100, *[socket.MSG_PEEK] * (turn % 5 == 3))
        tried(right.recv, [100, -1, "100", True, 1 << 70][turn % 5])
        tried(left.send, [b"abc", "abc", None, b"", 5][turn % 5])
    right.setblocking(True)

def here_and_there(sock):
    sock.send(b"header"); sock.send(b"body..")
    sock.send(b"header")

def places():
    for turn in range(6):
        here_and_there([left, other][turn % 2])
        [right, far][turn % 2].recv(100)

def full_and_empty():
    left.setblocking(False)
    right.setblocking(False)
    while tried(right.recv, 65536) != BlockingIOError:
        pass
    while tried(left.send, b"x" * 30000) != BlockingIOError:
        pass
    for _ in range(3):
        tried(left.sendall, b"x" * 30000)
    while tried(right.recv, 65536) != BlockingIOError:
        pass
    left.setblocking(True)
    right.setblocking(True)

def in_threads():
    for _ in range(3):
        thread = threading.Thread(target=places)
        thread.start()
        thread.join()

def method_of_the_class():
    for _ in range(3):
        socket.socket.sendall(left, b"abc")
        socket.socket.recv(right, 100)
        tried(socket.socket.recv, 5, 5)

def library():
    for _ in range(3):
        with left.makefile("wb") as file:
            file.write(b"line")
        with right.makefile("rb") as file:
            file.read(4)

def ends():
    left.shutdown(socket.SHUT_WR)
    for _ in range(5):
        right.recv(100)
        tried(left.send, b"abc")
    left.close()
    for _ in range(5):
        tried(left.send, b"abc")
        tried(left.recv, 100)
        tried(right.send, b"abc")

for story in (sizes, unusual, places, full_and_empty, in_threads, method_of_the_class, library, ends):
    story()
"""


def records_under(probe: Path, folder: Path) -> list[CallRecord]:
    """What this probe records of PROGRAM, without its times and identities."""
    rings = folder / f"rings-{probe.parent.name}"
    rings.mkdir()
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(probe), str(rings), str(program)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    (ring,) = rings.glob("*.ring")
    reader = RingReader(ring, "p", 0)
    records = reader.finish()
    reader.close()
    assert reader.lost == 0
    assert all(record.ended is not None and record.began <= record.ended for record in records)
    cookies = {cookie: number for number, cookie in enumerate(dict.fromkeys(record.cookie for record in records))}
    return [replace(it, pid=0, began=0, ended=0, cookie=cookies[it.cookie], texts=told(it)) for it in records]


def told(record: CallRecord) -> tuple[str, ...]:
    """The texts of calls that move bytes; those of others have addresses and cookies in them."""
    return record.texts if record.op in ("send", "sendall", "recv") else ()


def test_both_record_the_same(tmp_path: Path) -> None:
    require_compiled()
    compiled, plain = (records_under(probe, tmp_path) for probe in (PROBE, interpreted(tmp_path)))
    assert len(plain) > 250
    assert max(record.count or 0 for record in plain) > layout.READABLE
    assert compiled == plain
