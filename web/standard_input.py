"""Our own standard input, carried to the processes of a run."""

from __future__ import annotations

import asyncio
import codecs
import os
import threading
from collections.abc import Sequence

from engine.errors import EngineError, NotReading, ProcessNotStarted
from engine.run import Run

READ_BYTES = 1 << 16
RETRY = 0.02
"""Seconds until a process that is not there yet, or does not read, is tried again."""


class StandardInput:
    """Carries it to the first process, until it ends, the process does, or `close`; then the others' input ends."""

    def __init__(self, run: Run, processes: Sequence[str], fd: int = 0) -> None:
        self._run = run
        self._first, *self._others = processes
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        self._read: asyncio.Queue[bytes] = asyncio.Queue(1)
        # A thread of its own: a file cannot be waited for, and nothing can end a read of a terminal.
        threading.Thread(target=self._follow, daemon=True).start()
        self._task = asyncio.create_task(self._carry(), name="standard input")

    @property
    def open(self) -> bool:
        """Something may still come."""
        return not self._task.done()

    def close(self) -> None:
        """Carry no more."""
        self._task.cancel()

    def _follow(self) -> None:
        data = b" "
        while data:
            try:
                data = os.read(self._fd, READ_BYTES)
            except OSError:  # closed, or a terminal that is not ours to read: the same as its end
                data = b""
            put = self._read.put(data)
            try:
                asyncio.run_coroutine_threadsafe(put, self._loop).result()
            except RuntimeError:  # the loop is closed: nobody wants it any more
                put.close()
                return

    async def _carry(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        data = b" "
        while data:
            data = await self._read.get()
            text = decoder.decode(data, final=not data)
            if not await self._give(self._first, text, end=not data):
                break
        for process in self._others:
            await self._give(process, "", end=True)

    async def _give(self, process: str, text: str, end: bool) -> bool:
        """False when the process takes no more."""
        while True:
            try:
                self._run.write(process, text, end)
                return True
            except (NotReading, ProcessNotStarted):
                await asyncio.sleep(RETRY)
            except EngineError:
                return False
