"""Commands to a run that goes on: hold, one call, more processes, input, interrupt, end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from engine.errors import RunEnded
from engine.playground import Playground
from engine.run import Run
from web.problems import PROBLEMS

Name = Annotated[StrictStr, Field(max_length=200)]
InputText = Annotated[StrictStr, Field(max_length=1 << 18)]


class Command(BaseModel):
    """The body of a command."""

    model_config = ConfigDict(extra="forbid")


class WhichProcesses(Command):
    """One process, or without a name all of them."""

    process: Name | None = None


class OneProcess(Command):
    """A process by its name."""

    process: Name


class OneCall(OneProcess):
    """A held thread; without a number the one that was held first."""

    thread: StrictInt | None = None


class OneProgram(Command):
    """A program of the lesson by its name."""

    program: Name


class Input(OneProcess):
    """Text for the standard input of a process; `end` ends it after that."""

    text: InputText = ""
    end: StrictBool = False


class Obeyed(BaseModel):
    """The command was carried out."""

    run: str


class Added(BaseModel):
    """The name of the process that was started."""

    process: str


def commands_router(playground: Playground) -> APIRouter:
    """`POST /api/runs/{run}/…`."""
    router = APIRouter(prefix="/api/runs/{run}", responses=PROBLEMS)

    @router.post("/hold")
    async def hold(run: str, body: WhichProcesses) -> Obeyed:
        _live(playground, run).hold(body.process)
        return Obeyed(run=run)

    @router.post("/release")
    async def release(run: str, body: WhichProcesses) -> Obeyed:
        _live(playground, run).release(body.process)
        return Obeyed(run=run)

    @router.post("/step")
    async def step(run: str, body: OneCall) -> Obeyed:
        """One call of a held thread is let through."""
        _live(playground, run).one_call(body.process, body.thread)
        return Obeyed(run=run)

    @router.post("/processes", status_code=201)
    async def add(run: str, body: OneProgram) -> Added:
        return Added(process=await _live(playground, run).add(body.program))

    @router.post("/input")
    async def give_input(run: str, body: Input) -> Obeyed:
        _live(playground, run).write(body.process, body.text, body.end)
        return Obeyed(run=run)

    @router.post("/interrupt")
    async def interrupt(run: str, body: OneProcess) -> Obeyed:
        """SIGINT, as Ctrl-C at a terminal."""
        await _live(playground, run).interrupt(body.process)
        return Obeyed(run=run)

    @router.post("/end")
    async def end(run: str, body: OneProcess) -> Obeyed:
        """200 when nothing of the process, and of what it has started, is left."""
        await _live(playground, run).end(body.process)
        return Obeyed(run=run)

    return router


def _live(playground: Playground, run: str) -> Run:
    """A run of now, which may still have ended. Raises UnknownRun; RunEnded for one that is only a recording."""
    playground.recording(run)
    if run not in playground.runs:
        raise RunEnded(run)
    return playground.runs[run]
