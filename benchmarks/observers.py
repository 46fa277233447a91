"""What does each observer cost a program? Calls only, with capture, with capture and samples; and the peers.

    python -m benchmarks.observers [--rounds 5] [--count 20000]

The same two programs as `probe.py`, both ends on one core; everything that watches has the others.
tshark captures the same port to a file. Figures are medians, as speed relative to the bare program.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.probe import PROGRAMS, bare, leave_a_core, seconds, under_strace
from engine.events import ProcessExited, ProcessStarted, RunStarted
from engine.folders import ring_folder
from engine.observers import Observers, Observing
from engine.pipeline import Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE


def observed(program: list[str], capture: bool, samples: bool) -> float:
    """The program under the probe, with the observers that are asked for; its port is known from its bind()."""
    with tempfile.TemporaryDirectory() as scratch:
        rings = ring_folder(Path(scratch))
        recording = Recording.create(Path(scratch) / "run", Header(run="bench", lesson="", started_at=""))
        origin = time.monotonic_ns()
        pipeline = Pipeline(rings, recording, origin)
        pipeline.begin(RunStarted(t=0, run="bench", lesson="", started_at=""))
        observers = Observers.open(Observing(network="machine"), (), origin, lambda: time.monotonic_ns() - origin)
        pipeline.observe(observers.capture if capture else None, observers.sampler if samples else None)
        command = [sys.executable, str(PROBE), str(rings), *program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            pipeline.started(ProcessStarted(t=0, process="p", role="server", pid=process.pid, file=program[0]))
            while process.poll() is None:
                if not pipeline.pump(time.monotonic_ns() - origin):
                    time.sleep(0.001)
            assert process.stdout is not None
            result = float(process.stdout.read())
        pipeline.exited(process.pid, ProcessExited(t=time.monotonic_ns() - origin, process="p", code=0))
        while pipeline.pump(time.monotonic_ns() - origin):
            pass
        pipeline.end(time.monotonic_ns() - origin, "finished")
        if capture and observers.capture is not None:
            lost = observers.capture.dropped
            print(f"    {observers.capture.received} segments, {lost} lost", flush=True)
        observers.close()
        shutil.rmtree(rings, ignore_errors=True)
        return result


def beside_tshark(program: list[str]) -> float:
    """The bare program while tshark captures all TCP on lo into a file."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["tshark", "-n", "-i", "lo", "-f", "tcp", "-w", f"{folder}/run.pcapng"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as tshark:
            assert tshark.stderr is not None
            next(line for line in tshark.stderr if re.search("Capturing", line))
            result = seconds([sys.executable, *program])
            tshark.terminate()
        return result


MODES: dict[str, Callable[[list[str]], float]] = {
    "bare": bare,
    "calls only": lambda program: observed(program, capture=False, samples=False),
    "+ capture": lambda program: observed(program, capture=True, samples=False),
    "+ samples": lambda program: observed(program, capture=True, samples=True),
    "tshark": beside_tshark,
    "strace": under_strace,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("capturing on the machine's own loopback needs root")
    leave_a_core()
    for name, count in (("pingpong", options.count), ("bulk", options.count // 2)):
        times: dict[str, list[float]] = {mode: [] for mode in MODES}
        for _ in range(options.rounds):
            for mode, measure in MODES.items():
                times[mode].append(measure([str(PROGRAMS / f"{name}.py"), str(count)]))
        base = statistics.median(times["bare"])
        print(f"{name}: bare {base * 1e6:.2f} µs")
        for mode, values in times.items():
            ratios = sorted(base / value for value in values)
            print(f"  {mode:12} {statistics.median(ratios):5.2f} × bare   ({ratios[0]:.2f} … {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
