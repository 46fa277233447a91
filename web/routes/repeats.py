"""A lesson many times in a row."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, StrictFloat, StrictInt

from engine.playground import Playground
from engine.repeat import Repeat
from web.problems import PROBLEMS, ErrorBody, error_body
from web.routes.bodies import LessonChoice


class NewRepeat(LessonChoice):
    """What to run, and how many times."""

    times: StrictInt | StrictFloat


class RepeatStarted(BaseModel):
    """A repeat that has begun."""

    repeat: str


class OutcomeCount(BaseModel):
    """What one process received from one stream, or how it failed, and the runs in which it was so."""

    process: str
    stream: str
    receives: list[int]
    error: str | None
    runs: list[str]


class RepeatState(BaseModel):
    """`error` says why a run could not be started, which ended the repeat. `runs`: all, the last may be running."""

    repeat: str
    lesson: str
    times: int
    done: int
    live: bool
    error: ErrorBody | None
    runs: list[str]
    outcomes: list[OutcomeCount]


def repeats_router(playground: Playground) -> APIRouter:
    """`/api/repeats`."""
    router = APIRouter(prefix="/api/repeats", responses=PROBLEMS)

    @router.post("", status_code=201)
    async def start(body: NewRepeat) -> RepeatStarted:
        repeat = await playground.start_repeat(body.lesson, body.parameters, body.variant, body.times)
        return RepeatStarted(repeat=repeat.id)

    @router.get("/{repeat}")
    async def state(repeat: str) -> RepeatState:
        return _state(playground.repeat(repeat))

    @router.post("/{repeat}/stop")
    async def stop(repeat: str) -> RepeatState:
        known = playground.repeat(repeat)
        await known.stop()
        return _state(known)

    return router


def _state(repeat: Repeat) -> RepeatState:
    return RepeatState(
        repeat=repeat.id,
        lesson=repeat.lesson,
        times=repeat.times,
        done=repeat.done,
        live=repeat.live,
        error=None if repeat.error is None else error_body(repeat.error),
        runs=repeat.runs,
        outcomes=[
            OutcomeCount(
                process=outcome.process,
                stream=outcome.stream,
                receives=list(outcome.receives),
                error=outcome.error,
                runs=runs,
            )
            for outcome, runs in repeat.sorted_outcomes()
        ],
    )
