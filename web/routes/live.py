"""The live stream of a run, over a WebSocket."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from engine.errors import UnknownRun
from engine.playground import Playground
from engine.recording import Recording
from web.live import RESYNC, Broadcasts, Clock, Viewer

UNKNOWN_RUN = 4404
TRY_AGAIN = 1013
"""RFC 6455's registry of close codes: "Try Again Later"."""
DONE = 1000


def live_router(playground: Playground, broadcasts: Broadcasts) -> APIRouter:
    """`WS /api/runs/{run}/live?after=SEQ`."""
    router = APIRouter()

    @router.websocket("/api/runs/{run}/live")
    async def live(websocket: WebSocket, run: str, after: int = 0) -> None:
        await websocket.accept()
        try:
            recording = playground.recording(run)
        except UnknownRun:
            await websocket.close(UNKNOWN_RUN)
            return
        broadcast, viewer = broadcasts.watch(recording, _clock(playground, run, recording), after)
        try:
            await _serve(websocket, viewer)
        finally:
            broadcast.leave(viewer)

    return router


def _clock(playground: Playground, run: str, recording: Recording) -> Clock:
    def now() -> int:
        live = playground.runs.get(run)
        return live.now if live is not None and live.live else recording.last_t

    return now


async def _serve(websocket: WebSocket, viewer: Viewer) -> None:
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(_send(websocket, viewer), name="viewer: sending")
        leaving = tasks.create_task(_leave(websocket), name="viewer: leaving")
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        sending.cancel()
        leaving.cancel()


async def _send(websocket: WebSocket, viewer: Viewer) -> None:
    last = ""
    try:
        while (frame := await viewer.next()) is not None:
            await websocket.send_text(frame)
            last = frame
        await websocket.close(TRY_AGAIN if last is RESYNC else DONE)
    except WebSocketDisconnect:
        return


async def _leave(websocket: WebSocket) -> None:
    """Returns when the viewer has gone; whatever it says before is not for us."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
