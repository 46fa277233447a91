"""A process that is already running when its name comes is in the log from its beginning, in its place."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from engine.events import CallReturned, ProcessStarted, RunStarted, decoder
from engine.folders import ring_folder
from engine.pipeline import UNNAMED_NS, Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE

PROGRAM = "import socket; a, b = socket.socketpair(); a.send(b'x'); b.recv(1)"


def test_others_wait_for_a_process_whose_name_is_yet_to_come(tmp_path: Path) -> None:
    rings = ring_folder(tmp_path)
    recording = Recording.create(tmp_path / "recording", Header(run="r", lesson="", started_at=""))
    origin = time.monotonic_ns()
    pipeline = Pipeline(rings, recording, origin)
    pipeline.begin(RunStarted(t=0, run="r", lesson="", started_at=""))

    def run() -> int:
        process = subprocess.Popen([sys.executable, str(PROBE), str(rings), "-c", PROGRAM])
        process.wait(timeout=20)
        return process.pid

    def named(process: str, pid: int) -> None:
        pipeline.started(ProcessStarted(t=0, process=process, role="server", pid=pid, file=""))

    def calls() -> list[tuple[str, str]]:
        events = [decoder.decode(line) for line in recording.lines()]
        return [(it.process, it.op) for it in events if isinstance(it, CallReturned) and it.op != "socketpair"]

    first = run()
    named("second", run())
    now = time.monotonic_ns() - origin
    pipeline.pump(now)
    assert calls() == []
    named("first", first)
    pipeline.pump(now + UNNAMED_NS)
    assert calls() == [("first", "send"), ("first", "recv"), ("second", "send"), ("second", "recv")]
    pipeline.close()
    rings.rmdir()  # its files went with their readers
