"""Which send calls a captured segment carries, as its comment in Wireshark says."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.events import CallReturned, SegmentCaptured, decoder
from engine.export.wireshark import comment, export
from engine.frames import Frame, Frames, read_frames
from engine.recording import Recording
from engine.records import SegmentRecord
from tests.conftest import missing
from tests.own_lessons import AFTER, PORT, write_lesson
from tests.test_pcapng import blocks


def send(call: int, start: int, end: int) -> CallReturned:
    return CallReturned(t=call, began=call, process="client", call=call, op="send", stream="1>", start=start, end=end)


def segment(start: int, end: int) -> SegmentCaptured:
    return SegmentCaptured(t=0, protocol="tcp", source="", destination="", stream="1>", start=start, end=end)


def carried(sends: list[CallReturned], start: int, end: int) -> str:
    return comment(Frame(1, 0, 0, b""), {1: segment(start, end)}, {"1>": sends})


def test_a_segment_names_the_calls_whose_bytes_it_carries() -> None:
    sends = [send(7, 0, 12), send(9, 12, 15), send(11, 15, 20)]
    assert carried(sends, 0, 15) == "client: send #7 [0, 12), client: send #9 [12, 15)"
    assert carried(sends, 14, 16) == "client: send #9 [12, 15), client: send #11 [15, 20)"


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(0, 50), st.integers(1, 20))
def test_just_the_sends_that_overlap_are_named(sizes: list[int], start: int, size: int) -> None:
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    sends = [send(at + 1, end - length, end) for at, (end, length) in enumerate(zip(ends, sizes, strict=True))]
    overlap = [it.call for it in sends if (it.start or 0) < start + size and (it.end or 0) > start]
    assert carried(sends, start, start + size).count("#") == len(overlap)
    assert all(f"#{call} " in carried(sends, start, start + size) for call in overlap)


SERVER = """
    import socket
    PORT = 8001
    with socket.create_server(("127.0.0.1", PORT)) as server:
        connection, _ = server.accept()
        while connection.recv(100):
            pass
"""
CLIENT = """
    import socket, time
    PORT = 8001
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        client.sendall(b"hello")
        time.sleep(60)
"""
RUNNING = """
import asyncio, sys
from pathlib import Path
from engine.playground import Playground

async def main():
    here = Playground(Path(sys.argv[1]), [Path(sys.argv[2])])
    run = await here.start_run("try", {"PORT": int(sys.argv[3])})
    while sum(b'"segment.captured"' in line for line in run.recording.lines()) < 5:
        await asyncio.sleep(0.01)
    print(run.recording.folder, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_after_kill_9_of_the_engine_the_export_has_every_segment_that_was_told(tmp_path: Path, free_port: int) -> None:
    if os.geteuid() != 0:
        missing("CAP_NET_RAW", "nothing to install, run as root")
    write_lesson(tmp_path / "lessons", "try", {"server": SERVER, "client": CLIENT}, PORT, clients=AFTER)
    command = [sys.executable, "-c", RUNNING, str(tmp_path / "data"), str(tmp_path / "lessons"), str(free_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        folder = Path(engine.stdout.readline().strip())
        engine.kill()
    recording = Recording.open(folder)
    told = [it.seq for line in recording.lines() if isinstance(it := decoder.decode(line), SegmentCaptured)]
    assert len(told) >= 5
    assert {frame.seq for frame in read_frames(folder)} >= set(told)
    exported = io.BytesIO()
    export(recording, exported)
    assert sum(it.kind == 6 for it in blocks(exported.getvalue())) >= len(told)


def test_a_torn_last_frame_is_left_out(tmp_path: Path) -> None:
    frames = Frames.create(tmp_path)
    for seq in (1, 2):
        frames.append(seq, SegmentRecord(0, "tcp", "", "", 0, 4, b"four"))
    frames.close()
    path = tmp_path / "frames.bin"
    path.write_bytes(path.read_bytes()[:-1])
    assert [frame.seq for frame in read_frames(tmp_path)] == [1]
