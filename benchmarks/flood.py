"""What does a flood cost? N exchanges of 64 bytes, recorded through the whole pipeline, counted to the last byte.

    python -m benchmarks.flood [--count 100000] [--profile]

Exits with 1 when an event or a byte is missing. Prints the time against the bare program, the size of the recording
per event, and the most memory the reader had. `--profile` says what the reader spent its time on.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from engine.events import CallReturned, ProcessExited, ProcessStarted, RunEnded, RunStarted, decoder
from engine.folders import ring_folder
from engine.pipeline import Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE

PROGRAM = Path(__file__).with_name("programs") / "pingpong.py"
BYTES = 64
BYTES_PER_EVENT = 60
"""The aim for the recording on disk."""


def bare(count: int) -> float:
    """Seconds for one exchange."""
    done = subprocess.run([sys.executable, str(PROGRAM), str(count)], check=True, capture_output=True, text=True)
    return float(done.stdout)


class Flood:
    """The program under the probe and its recording in `folder`."""

    def __init__(self, folder: Path, count: int) -> None:
        self.rings = ring_folder(folder)
        self.recording = Recording.create(folder / "run", Header(run="flood", lesson="", started_at=""))
        self.origin = time.monotonic_ns()
        self.pipeline = Pipeline(self.rings, self.recording, self.origin)
        self.pipeline.begin(RunStarted(t=0, run="flood", lesson="", started_at=""))
        command = [sys.executable, str(PROBE), str(self.rings), str(PROGRAM), str(count)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started = ProcessStarted(t=0, process="p", role="server", pid=self.process.pid, file=PROGRAM.name)
        self.pipeline.started(started)

    def record(self) -> float:
        """Read until the program has ended and all of it is recorded; seconds for one exchange, as it says."""
        assert self.process.stdout is not None
        while self.process.poll() is None:
            if not self.pipeline.pump(self.now()):
                time.sleep(0.001)
        exited = ProcessExited(t=self.now(), process="p", code=self.process.returncode)
        self.pipeline.exited(self.process.pid, exited)
        while self.pipeline.pump(self.now()):
            pass
        self.pipeline.end(self.now(), "finished")
        shutil.rmtree(self.rings, ignore_errors=True)
        return float(self.process.stdout.read())

    def now(self) -> int:
        return time.monotonic_ns() - self.origin


def check(recording: Recording, count: int) -> None:
    """Every exchange is on the record, both ends of it, with every byte at its place. Exits when not."""
    exchanges = count + count // 10  # the program warms up
    calls: Counter[str] = Counter()
    ends: dict[str, int] = {}
    lost = -1
    for line in recording.lines():
        event = decoder.decode(line)
        if isinstance(event, CallReturned) and event.stream is not None and event.count:
            calls[event.op] += 1
            ends[f"{event.moved} {event.stream}"] = event.end or 0
        elif isinstance(event, RunEnded):
            lost = event.lost
    every = exchanges * BYTES
    wanted = {f"{moved} {stream}": every for moved in ("sent", "received") for stream in ("1>", "1<")}
    if calls != {"sendall": 2 * exchanges, "recv": 2 * exchanges} or ends != wanted or lost:
        sys.exit(
            f"not all is on the record: {dict(calls)}, {ends}, {lost} lost; wanted {exchanges} exchanges, {wanted}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {max(cores)})  # the program pins itself to that one
    with tempfile.TemporaryDirectory() as scratch:
        base = bare(options.count)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began, worked = time.monotonic(), time.process_time()
        flood = Flood(Path(scratch), options.count)
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        seen = flood.record()
        profile.disable()
        took, worked = time.monotonic() - began, time.process_time() - worked
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = sum(path.stat().st_size for path in (Path(scratch) / "run").iterdir())
        events = flood.recording.last_seq
        check(flood.recording, options.count)
    print(f"{options.count:,} exchanges, {events:,} events; none is missing")
    print(f"program   {seen * 1e6:.2f} µs an exchange, {base / seen:.2f} × bare ({base * 1e6:.2f} µs)")
    print(f"recording {size / events:.1f} bytes an event on disk, {size / 1e6:.1f} MB (aim: under {BYTES_PER_EVENT})")
    print(f"reader    {took:.1f} s, {worked / events * 1e6:.2f} µs of processor an event")
    print(f"memory    {memory / 1024:.0f} MB at most, {(memory - before) / 1024:.0f} MB of it for the recording")
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
