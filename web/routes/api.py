"""The HTTP interface. Words are in no language here, or in both."""

from __future__ import annotations

import asyncio
import os
import tempfile

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, StrictBool
from starlette.background import BackgroundTask

from engine.errors import UnknownChunk
from engine.events import Program
from engine.playground import Playground
from web.language import language
from web.listing import Listing, listing
from web.lookup import planned, run_parts
from web.problems import PROBLEMS
from web.routes.bodies import LessonChoice, Value

PCAPNG = "application/x-pcapng"
IMMUTABLE = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=31536000, immutable"}


class NewRun(LessonChoice):
    """What to run, and whether its processes are held before their first call."""

    held: StrictBool = False


class Programs(BaseModel):
    """Programs as they would run."""

    programs: list[Listing]


class Started(Programs):
    """A run that has begun, and the programs it runs."""

    run: str


class RunState(Programs):
    """A run of now or of before."""

    run: str
    lesson: str
    live: bool
    last_seq: int
    parameters: dict[str, Value]
    variant: str


class KeptRun(BaseModel):
    """A run of a lesson whose recording is kept. `started_at` is wall-clock time, ISO 8601 in UTC."""

    run: str
    started_at: str
    variant: str
    parameters: dict[str, Value]
    live: bool


class Stopped(BaseModel):
    """A run of which nothing is left running."""

    run: str
    live: bool = False


def api_router(playground: Playground) -> APIRouter:
    """Lessons and runs, under /api."""
    router = APIRouter(prefix="/api", responses=PROBLEMS)

    @router.post("/runs", status_code=201)
    async def start(body: NewRun) -> Started:
        run = await playground.start_run(body.lesson, body.parameters, body.variant, body.held)
        return Started(run=run.id, programs=_listings(run.programs))

    @router.get("/runs/{run}/pcapng", response_class=FileResponse)
    async def pcapng(run: str) -> FileResponse:
        """The captured segments, for Wireshark: each packet says which send calls it carries."""
        with tempfile.NamedTemporaryFile(suffix=".pcapng", delete=False) as file:
            try:
                await playground.export_pcapng(run, file)
            except BaseException:
                os.unlink(file.name)
                raise
        remove = BackgroundTask(os.unlink, file.name)
        return FileResponse(file.name, media_type=PCAPNG, filename=f"{run}.pcapng", background=remove)

    @router.get("/runs/{run}")
    async def state(run: str) -> RunState:
        parts = run_parts(playground, run)
        return RunState(
            run=run,
            lesson=parts.lesson,
            live=parts.live,
            last_seq=playground.recording(run).last_seq,
            parameters=dict(parts.parameters),
            variant=parts.variant,
            programs=_listings(parts.programs),
        )

    @router.post("/runs/{run}/stop")
    async def stop(run: str) -> Stopped:
        playground.recording(run)
        if run in playground.runs:
            await playground.runs[run].stop()
        return Stopped(run=run)

    @router.get("/runs/{run}/chunks/{number}", response_class=FileResponse)
    async def chunk(run: str, number: int) -> FileResponse:
        try:
            path = playground.recording(run).chunk_path(number)
        except KeyError:
            raise UnknownChunk(run, number) from None
        return FileResponse(path, media_type="application/jsonl", headers=IMMUTABLE)

    @router.get("/lessons/{lesson}/programs")
    async def programs(lesson: str, request: Request) -> Programs:
        """Query: one `p.NAME=value` for each parameter that is not at its default, and the variant."""
        known = playground.lesson(lesson)
        return Programs(programs=_listings(planned(known, request.query_params, language(request)).programs))

    @router.get("/lessons/{lesson}/runs")
    async def runs(lesson: str) -> list[KeptRun]:
        """The latest, newest first."""
        return [KeptRun(**run._asdict()) for run in await asyncio.to_thread(playground.kept_runs, lesson)]

    return router


def _listings(programs: list[Program]) -> list[Listing]:
    return [listing(program) for program in programs]
