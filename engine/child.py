"""One program of a run, seen from the engine: its three pipes, and its exit."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from itertools import chain
from typing import Literal

from engine.output import OutputReader

Stream = Literal["stdout", "stderr"]
OnOutput = Callable[[str, Stream, str, int, int], None]
OnExit = Callable[[str, int | None, str | None, int], None]

OUTPUT_LIMIT = 1 << 20
"""Bytes of output handed on, for each process."""

STDERR_SHARE = 1 << 16
"""Of those, the bytes kept for stderr: after a flood of prints the traceback still matters."""

OUTPUT_SECONDS = 0.2
"""How long after an exit to wait for output, when somebody else still holds the pipe."""


class Child:
    """Its pipes, and its exit once known. Tells of the exit when all output was read."""

    def __init__(self, name: str, on_output: OnOutput, on_exit: OnExit) -> None:
        self.name = name
        self.started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.stdin: asyncio.WriteTransport
        self._on_exit = on_exit
        self._exit: tuple[int | None, str | None, int] | None = None
        self.told = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._last_output_ns = 0
        self._on_output = on_output
        self._readers: list[OutputReader] = []

    async def open(self) -> list[int]:
        """Make the pipes; the program's ends, for stdin, stdout and stderr. Raises OSError."""
        (stdin, ours), (out, stdout), (err, stderr) = pipes(3)
        loop = asyncio.get_running_loop()
        self.stdin, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(ours, "wb", 0))
        self._read("stdout", out, OUTPUT_LIMIT - STDERR_SHARE)
        self._read("stderr", err, STDERR_SHARE)
        return [stdin, stdout, stderr]

    def _read(self, stream: Stream, fd: int, limit: int) -> None:
        def hand_on(text: str, dropped: int, t: int) -> None:
            self._last_output_ns = t
            self._on_output(self.name, stream, text, dropped, t)

        self._readers.append(OutputReader(fd, limit, hand_on, self._tell_when_read))

    def begin(self) -> None:
        for reader in self._readers:
            reader.start()

    @property
    def has_exited(self) -> bool:
        return self._exit is not None

    def exited(self, code: int | None, signal_name: str | None, t: int) -> None:
        self._exit = (code, signal_name, t)
        self._abort_stdin()
        for reader in self._readers:
            if not reader.ended:
                reader.drain(t)
        self._tell_when_read()  # the pipes may have ended before the report came
        if not self.told.is_set():
            self._timer = asyncio.get_running_loop().call_later(OUTPUT_SECONDS, self._tell)

    def close(self) -> None:
        """Stop reading, for when nothing more is to come."""
        self._abort_stdin()
        for reader in self._readers:
            reader.close(time.monotonic_ns())

    def _abort_stdin(self) -> None:
        # Aborting a pipe that asyncio is closing already, with nothing left to write, would close it twice.
        if not self.stdin.is_closing() or self.stdin.get_write_buffer_size():
            self.stdin.abort()

    def _tell_when_read(self) -> None:
        if self._exit is not None and all(reader.ended for reader in self._readers):
            self._tell()

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self.told.is_set() and self._exit is not None:
            self.told.set()
            code, signal_name, t = self._exit
            # What was read between the exit and the news of it was written before.
            self._on_exit(self.name, code, signal_name, max(t, self._last_output_ns))


def pipes(count: int) -> list[tuple[int, int]]:
    """(reading end, writing end) of each. Raises OSError, and then there is none."""
    made: list[tuple[int, int]] = []
    try:
        while len(made) < count:
            made.append(os.pipe())
    except OSError:
        for fd in chain.from_iterable(made):
            os.close(fd)
        raise
    return made


def signal_name(number: int) -> str:
    """`SIGKILL` of 9; real-time signals have no names of their own."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIGRTMIN+{number - signal.SIGRTMIN}"
