"""The live stream: one broadcast per watched run, any number of viewers.

A batch of new events is made about 30 times a second, from lines the recording has encoded
already, and the same text goes to every viewer. Each viewer has a bounded queue; one that does not
keep up loses its queue, is told to `resync`, and comes back over the log. So a slow viewer costs
the run and the other viewers nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from engine.recording import Recording

logger = logging.getLogger(__name__)

BATCHES_PER_SECOND = 30
QUEUE_FRAMES = 64
"""About two seconds of a busy run: longer than a pause of the browser's garbage collector."""

RESYNC = '{"kind":"resync"}'
END = '{"kind":"end"}'

Clock = Callable[[], int]
"""The time of the run, ns since it began."""


@dataclass
class Statistics:
    """What a broadcast has done so far. `characters` are those encoded, not those sent."""

    batches: int = 0
    events: int = 0
    characters: int = 0
    resyncs: int = 0


class Viewer:
    """One connected browser tab: the frames that wait to be sent to it."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[str] = asyncio.Queue(QUEUE_FRAMES)
        self.over = False
        """Nothing will be put any more; the last frame is `end` or `resync`."""

    def put(self, frame: str, last: bool = False) -> bool:
        """False when the viewer was too slow: then its queue is dropped and it is told to resync."""
        kept = not self._frames.full()
        while not kept and not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(frame if kept else RESYNC)
        self.over = last or not kept
        return kept

    async def next(self) -> str | None:
        """The next frame; None after the last one."""
        if self.over and self._frames.empty():
            return None
        return await self._frames.get()


class Broadcast:
    """Sends one recording to its viewers. `pump` and `join` do not wait, so nothing comes between their steps."""

    def __init__(self, recording: Recording, clock: Clock) -> None:
        self.recording = recording
        self.clock = clock
        self.viewers: set[Viewer] = set()
        self.statistics = Statistics()
        self._sent = recording.last_seq

    def join(self, after: int) -> Viewer:
        """A new viewer that has the events up to `after`: first the log, then what is in memory, then the rest."""
        self.pump()
        viewer = Viewer()
        tail = self.recording.tail_first
        chunks = [list(chunk) for chunk in self.recording.chunks if chunk.last > after]
        viewer.put(msgspec.json.encode({"kind": "log", "chunks": chunks, "tail": tail}).decode())
        if lines := self.recording.recent(max(after, tail - 1)):
            viewer.put(self._batch(lines))
        if self.recording.closed:
            viewer.put(END, last=True)
        else:
            self.viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """The viewer is gone."""
        self.viewers.discard(viewer)

    def pump(self) -> None:
        """Gives what is new to every viewer."""
        lines = self.recording.recent(self._sent)
        self._sent = self.recording.last_seq
        if lines is None:
            self.send_away()
        elif lines:
            self._offer(self._batch(lines))
        if self.recording.closed:
            self._offer(END, last=True)

    def send_away(self) -> None:
        """Every viewer is to come back over the log."""
        self._offer(RESYNC, last=True)

    def _batch(self, lines: list[bytes]) -> str:
        events = b",".join(lines).decode()
        self.statistics.batches += 1
        self.statistics.events += len(lines)
        self.statistics.characters += len(events)
        return f'{{"kind":"batch","now":{self.clock()},"events":[{events}]}}'

    def _offer(self, frame: str, last: bool = False) -> None:
        for viewer in list(self.viewers):
            kept = viewer.put(frame, last)
            self.statistics.resyncs += not kept or frame is RESYNC
            if viewer.over:
                self.leave(viewer)


class Broadcasts:
    """Owns the broadcasts and their tasks: one for each run that somebody is watching."""

    def __init__(self) -> None:
        self.running: dict[str, Broadcast] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, recording: Recording, clock: Clock, after: int) -> tuple[Broadcast, Viewer]:
        """A new viewer of a run, and the broadcast to leave when it goes."""
        run = recording.header.run
        broadcast = self.running.get(run) or Broadcast(recording, clock)
        viewer = broadcast.join(after)
        if broadcast.viewers and run not in self.running:
            self.running[run] = broadcast
            task = asyncio.create_task(self._run(run, broadcast), name=f"broadcast {run}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return broadcast, viewer

    async def close(self) -> None:
        """Stops every broadcast."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, run: str, broadcast: Broadcast) -> None:
        try:
            while broadcast.viewers:
                await asyncio.sleep(1 / BATCHES_PER_SECOND)
                broadcast.pump()
        except Exception:
            # The viewers come back and find the log; the run goes on whatever happens here.
            logger.exception("the broadcast of run %s failed", run)
            broadcast.send_away()
        finally:
            del self.running[run]
