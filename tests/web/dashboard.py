"""A dashboard for tests: a playground whose runs are recordings the test writes, behind the real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx

from engine import recording
from engine.events import AnyEvent, ProcessOutput, Program, RunStarted
from engine.playground import Playground
from engine.run import Run
from web.ports import listen
from web.serve import server
from web.settings import Settings


class FakeRun:
    """What the dashboard needs of a run. Its events are those the test appends; its clock stands still."""

    def __init__(
        self, run: str, lesson: str, values: Mapping[str, object], programs: list[Program], data: Path
    ) -> None:
        self.id, self.lesson, self.programs = run, lesson, programs
        self.live = True
        self.now = 0
        header = recording.Header(run=run, lesson=lesson, started_at="2026-01-01T00:00:00Z")
        self.recording = recording.Recording.create(data / run, header)
        started = RunStarted(t=0, run=run, lesson=lesson, started_at="", parameters=dict(values), programs=programs)
        self.append(started)

    def append(self, event: AnyEvent) -> None:
        """The next event of the run."""
        event.seq = self.recording.last_seq + 1
        self.recording.append(event)

    async def wait(self) -> None:
        """Nothing is on its way into the log of a fake."""

    def say(self, *texts: str) -> None:
        """Appends an output event for each text."""
        for text in texts:
            t = self.recording.last_seq * 1000
            self.append(ProcessOutput(t=t, process="server", stream="stdout", text=text))

    async def stop(self) -> None:
        """The run is over."""
        self.live = False
        self.recording.close()


class FakePlayground(Playground):
    """The real lessons; runs start nothing."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.closed = False
        self.data = data

    async def start_run(self, lesson: str, values: Mapping[str, object], variant: str = "", held: bool = False) -> Run:
        chosen = self.lesson(lesson)
        programs = chosen.render(values, variant)
        run = FakeRun(f"run-{len(self.runs)}", lesson, chosen.check(values), programs, self.data)
        self.runs[run.id] = cast(Run, run)
        return self.runs[run.id]

    async def fake_run(self) -> FakeRun:
        """A new run of the first lesson, as what it is."""
        return cast(FakeRun, await self.start_run("sticky", {}))

    async def close(self) -> None:
        await super().close()
        self.closed = True


class Dashboard:
    """A served dashboard, and how to ask it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.origin = f"http://127.0.0.1:{settings.port}"
        self.cookie = f"{settings.cookie}={settings.token}"
        self.live_headers = {"Cookie": self.cookie, "Origin": self.origin}

    def browser(self) -> httpx.AsyncClient:
        """A client that has the cookie, as a browser has after the first page."""
        headers = {"Origin": self.origin}
        return httpx.AsyncClient(
            base_url=self.origin, cookies={self.settings.cookie: self.settings.token}, headers=headers
        )

    def stranger(self) -> httpx.AsyncClient:
        """A client without the cookie."""
        return httpx.AsyncClient(base_url=self.origin)

    def live(self, run: str, after: int = 0) -> str:
        """The address of the live stream."""
        return f"ws://127.0.0.1:{self.settings.port}/api/runs/{run}/live?after={after}"


@asynccontextmanager
async def dashboard(playground: Playground) -> AsyncIterator[Dashboard]:
    """Serves the playground on a free port of loopback, as the command line does."""
    listener = listen(0)
    settings = Settings(port=listener.getsockname()[1])
    serving = server(playground, settings)
    task = asyncio.create_task(serving.serve([listener]), name="dashboard")
    try:
        yield Dashboard(settings)
    finally:
        serving.should_exit = True
        await task
