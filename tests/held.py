"""Programs under the probe, held and let go by the test, and the pipeline that reads them."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from engine.events import (
    AnyEvent,
    CallHeld,
    CallReturned,
    CallStarted,
    ProcessExited,
    ProcessStarted,
    RunStarted,
    decoder,
)
from engine.pipeline import Pipeline
from engine.recording import Header, Recording
from engine.run import PROBE


class Stage:
    """Programs under the probe and the pipeline that reads them, pumped by `until`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rings = folder / "rings"
        rings.mkdir(parents=True)
        self.origin = time.monotonic_ns()
        header = Header(run="1", lesson="l", started_at="", began_at=0, platform="")
        self.recording = Recording.create(folder / "recording", header)
        self.pipeline = Pipeline(rings, self.recording, self.origin)
        self.pipeline.begin(RunStarted(t=0, run="1", lesson="l", started_at=""))
        self.rings = rings
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.events: list[AnyEvent] = []

    def start(self, name: str, text: str, role: Literal["client", "server"] = "server") -> subprocess.Popen[str]:
        path = self.folder / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        command = [sys.executable, str(PROBE), str(self.rings), *self.pipeline.probe_options(), str(path)]
        t = self.now()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.processes[name] = process
        self.pipeline.started(ProcessStarted(t=t, process=name, role=role, pid=process.pid, file=path.name))
        return process

    def now(self) -> int:
        return time.monotonic_ns() - self.origin

    def pump(self) -> list[AnyEvent]:
        """Move on; all events so far."""
        self.pipeline.pump(self.now())
        for name, process in self.processes.items():
            if name in self.pipeline.processes and process.poll() is not None:
                self.pipeline.exited(process.pid, ProcessExited(t=self.now(), process=name, code=process.returncode))
        after = self.events[-1].seq if self.events else 0
        self.events += [decoder.decode(line) for line in self.recording.lines(after)]
        return self.events

    def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.trace()
            self.pump()
            time.sleep(0.001)

    def held(self, process: str, op: str, times: int = 1) -> CallHeld:
        """Wait until a thread of the process has stood before a call so many times; the last of them."""
        found: list[CallHeld] = []

        def there() -> bool:
            found[:] = [it for it in self.events if isinstance(it, CallHeld) and (it.process, it.op) == (process, op)]
            return len(found) >= times

        self.until(there)
        return found[-1]

    def let(self, process: str, op: str, times: int = 1) -> CallReturned:
        """One call: when the process stands before `op` for that time, let it through, and wait for its return."""
        held = self.held(process, op, times)
        assert self.pipeline.one_call(process, held.thread)
        self.until(lambda: any(it.call == held.call for it in self.returned(process)))
        return next(it for it in self.returned(process) if it.call == held.call)

    def returned(self, process: str, op: str = "") -> list[CallReturned]:
        calls = (it for it in self.events if isinstance(it, CallReturned) and it.process == process)
        return [it for it in calls if op in ("", it.op)]

    def receives(self) -> list[int]:
        return [it.count or 0 for it in self.events if isinstance(it, CallReturned) and it.moved == "received"]

    def finish(self) -> list[AnyEvent]:
        """Wait until all programs have ended by themselves; all events."""
        self.until(lambda: all(process.poll() is not None for process in self.processes.values()))
        self.until(lambda: not self.pipeline.processes)
        self.close()
        return self.events

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.communicate()
        if not self.recording.closed:
            self.pump()
            self.pipeline.end(self.now(), "finished")
            after = self.events[-1].seq if self.events else 0
            self.events += [decoder.decode(line) for line in self.recording.lines(after)]

    def trace(self) -> list[str]:
        """`server held recv`, `client returned send`, … in the order of the log."""
        kinds = {CallHeld: "held", CallStarted: "started", CallReturned: "returned"}
        calls = (event for event in self.events if isinstance(event, CallHeld | CallStarted | CallReturned))
        return [f"{event.process} {kinds[type(event)]} {event.op}" for event in calls]
