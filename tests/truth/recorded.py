"""Runs a command under the probe and records it through the whole pipeline, as a run does, but without a lesson."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from engine.events import AnyEvent, CallReturned, ProcessExited, ProcessStarted, RunEnded, RunStarted, decoder
from engine.folders import ring_folder
from engine.observe.netlink import Diag
from engine.observe.sampler import Sampler
from engine.pipeline import Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE

PATIENCE = 60.0
"""Seconds a program may take."""


class Recorded:
    """A program under the probe, started at once; `finish` gives the events of its recording."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        stdout: int | IO[str] = subprocess.PIPE,
        sampled: bool = False,
        before: Callable[[list[str]], list[str]] = list,
    ) -> None:
        """`arguments` as they would follow `python`; `folder` is where it runs and is recorded.

        `sampled`: the kernel's tables are looked at as well; without, the probe is alone, as in `--portable`.
        `before` may make another command line of it that runs it in the same process.
        """
        rings = ring_folder(folder)
        self.recording = Recording.create(folder / "recording", Header(run="r", lesson="", started_at=""))
        self._origin = time.monotonic_ns()
        self._pipeline = Pipeline(rings, self.recording, self._origin)
        self._tables = Diag(clock=self._now) if sampled else None
        if self._tables is not None:
            self._pipeline.observe(None, Sampler(self._tables))
        self._pipeline.begin(RunStarted(t=0, run="r", lesson="", started_at=""))
        command = [sys.executable, str(PROBE), str(rings), *arguments]
        self.process = subprocess.Popen(before(command), stdout=stdout, text=True, cwd=folder)
        started = ProcessStarted(t=self._now(), process="p", role="server", pid=self.process.pid, file=arguments[0])
        self._pipeline.started(started)
        self._rings = rings

    def pump(self) -> None:
        """Record what has happened by now."""
        if not self._pipeline.pump(self._now()):
            time.sleep(0.001)

    def finish(self) -> list[AnyEvent]:
        """Record until the program has ended; all its events."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                self.process.kill()
            self.pump()
        if self.process.stdout is not None:
            self.process.stdout.close()
        code = self.process.returncode
        self._pipeline.exited(self.process.pid, ProcessExited(t=self._now(), process="p", code=code))
        self._pipeline.end(self._now(), "finished")
        if self._tables is not None:
            self._tables.close()
        self._rings.rmdir()  # every ring has been read to its end and deleted
        events = [decoder.decode(line) for line in self.recording.lines()]
        assert isinstance(events[-1], RunEnded)
        assert events[-1].lost == 0
        return events

    def _now(self) -> int:
        return time.monotonic_ns() - self._origin


def record(folder: Path, text: str, sampled: bool = False) -> tuple[list[AnyEvent], Any]:
    """Run `text` as a program; its events, and what it printed (JSON). It must exit with 0."""
    script = folder / "program.py"
    script.write_text(textwrap.dedent(text))
    with tempfile.TemporaryFile("w+") as output:
        recorded = Recorded(folder, [str(script)], output, sampled)
        events = recorded.finish()
        output.seek(0)
        assert recorded.process.returncode == 0
        return events, json.loads(output.read() or "null")


def calls(events: list[AnyEvent], *ops: str) -> Iterator[CallReturned]:
    """The calls that returned, of the operations named; of all when none is named."""
    return (event for event in events if isinstance(event, CallReturned) and (not ops or event.op in ops))
