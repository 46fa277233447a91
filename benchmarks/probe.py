"""What does being observed cost a program? Bare, probe (and the probe without its compiled part), strace and viztracer
in turn, in one run.

    python -m benchmarks.probe [--rounds 11] [--count 20000] [--floor]

Both ends of the measured program are pinned to one core; whoever reads the probe's ring (the whole
pipeline, down to the recording on disk) has the others. Figures are medians of the rounds, as
speed relative to the bare program. `--floor` exits with 1 when the probe is below its floor.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.events import ProcessStarted, RunStarted
from engine.folders import ring_folder
from engine.pipeline import Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE

PROGRAMS = Path(__file__).with_name("programs")
FLOORS = {"pingpong": 0.45, "bulk": 0.9}
AIMS = {"pingpong": 0.6, "bulk": 0.95}

Measure = Callable[[list[str]], float]


def bare(program: list[str]) -> float:
    return seconds([sys.executable, *program])


def under_strace(program: list[str]) -> float:
    return seconds(["strace", "-f", "-o", os.devnull, "-e", "trace=network", sys.executable, *program])


def under_viztracer(program: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        output = ["-o", f"{folder}/result.json", "--quiet", "--ignore_multiprocess"]
        return seconds([sys.executable, "-m", "viztracer", *output, "--", *program])


def under_interpreted(program: list[str]) -> float:
    """The same without the part of the probe that is compiled where that can be done."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(PROBE.parent, Path(scratch) / "probe", ignore=shutil.ignore_patterns("*.so"))
        return under_probe(program, copy / PROBE.name)


def under_probe(program: list[str], probe: Path = PROBE) -> float:
    """The program under the probe, its ring read and recorded as in a run."""
    with tempfile.TemporaryDirectory() as scratch:
        rings = ring_folder(Path(scratch))
        recording = Recording.create(Path(scratch) / "run", Header(run="bench", lesson="", started_at=""))
        pipeline = Pipeline(rings, recording, time.monotonic_ns())
        pipeline.begin(RunStarted(t=0, run="bench", lesson="", started_at=""))
        command = [sys.executable, str(probe), str(rings), *program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            pipeline.started(ProcessStarted(t=0, process="p", role="server", pid=process.pid, file=program[0]))
            origin = time.monotonic_ns()
            while process.poll() is None:
                if not pipeline.pump(time.monotonic_ns() - origin):
                    time.sleep(0.001)
            assert process.stdout is not None
            result = float(process.stdout.read())
        shutil.rmtree(rings, ignore_errors=True)
        return result


def leave_a_core() -> None:
    """Keep everything but the measured programs off the core they pin themselves to."""
    cores = os.sched_getaffinity(0)
    if len(cores) > 1:
        os.sched_setaffinity(0, cores - {max(cores)})


def seconds(command: list[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


MODES: dict[str, Measure] = {
    "bare": bare,
    "probe": under_probe,
    "interpreted": under_interpreted,
    "strace": under_strace,
    "viztracer": under_viztracer,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--floor", action="store_true")
    options = parser.parse_args()
    leave_a_core()
    below = False
    for name, count in (("pingpong", options.count), ("bulk", options.count // 2)):
        times: dict[str, list[float]] = {mode: [] for mode in MODES}
        for _ in range(options.rounds):
            for mode, measure in MODES.items():
                times[mode].append(measure([str(PROGRAMS / f"{name}.py"), str(count)]))
        base = statistics.median(times["bare"])
        print(f"{name}: bare {base * 1e6:.2f} µs; floor {FLOORS[name]}, aim {AIMS[name]}")
        for mode, values in times.items():
            ratios = sorted(base / value for value in values)
            middle = statistics.median(ratios)
            print(f"  {mode:11} {middle:5.2f} × bare   ({ratios[0]:.2f} … {ratios[-1]:.2f})")
            below = below or (mode == "probe" and middle < FLOORS[name])
    if options.floor and below:
        sys.exit("the probe is below its floor")


if __name__ == "__main__":
    main()
