"""Reads what a program writes to stdout or stderr: at once, and never so much that it hurts us."""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import os
import time
from collections.abc import Callable

READ_BYTES = 1 << 20
"""The size asked for the pipe and read at once: what pipe(7) allows everyone by default."""

PIECES_PER_SECOND = 50
DROPPED_SECONDS = 1.0

HandOn = Callable[[str, int, int], None]
"""Gets text, bytes dropped since the last piece, and the CLOCK_MONOTONIC time in ns of the reading."""


class Pace:
    """Lets `PIECES_PER_SECOND` pieces through in the long run, and as many at once after a rest."""

    def __init__(self) -> None:
        self._allowed = float(PIECES_PER_SECOND)
        self._since_ns = 0

    def wait(self, now_ns: int) -> float:
        """Seconds until the next piece may go; at 0.0 it may, and counts as gone."""
        rested = (now_ns - self._since_ns) / 1e9 * PIECES_PER_SECOND
        self._allowed = min(self._allowed + rested, float(PIECES_PER_SECOND))
        self._since_ns = now_ns
        if self._allowed < 1:
            return (1 - self._allowed) / PIECES_PER_SECOND
        self._allowed -= 1
        return 0.0


class OutputReader:
    """The reading end of one pipe.

    Text is handed on as it comes, a prompt without a newline too, decoded as UTF-8 (what is not
    becomes U+FFFD). A flood is read more slowly than it could be, so that the event loop has time
    for others, and at most `limit` bytes of it are handed on; the rest is read, counted and
    reported about once a second and at the end, so that the program is never blocked for ever.
    Nothing is read before `start`.
    """

    def __init__(self, fd: int, limit: int, hand_on: HandOn, on_end: Callable[[], None]) -> None:
        os.set_blocking(fd, False)
        try:
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, READ_BYTES)
        except OSError:
            pass  # this user has large pipes enough; the flood is only slower
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._fd = fd
        self._left = limit
        self._hand_on = hand_on
        self._on_end = on_end
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pace = Pace()
        self._pause: asyncio.TimerHandle | None = None
        self._dropped = 0
        self._dropped_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._loop.add_reader(self._fd, self._readable)

    def drain(self, now_ns: int) -> None:
        """Read what is in the pipe, at most what a pipe can hold: all that its writer, dead since `now_ns`, left."""
        self._read(now_ns)
        if not self.ended:  # the first read took all there was, but may not have met the end
            self._read(now_ns)

    def close(self, now_ns: int) -> None:
        """Hand on what is left and stop reading."""
        if self.ended:
            return
        self.ended = True
        for timer in (self._pause, self._dropped_timer):
            if timer is not None:
                timer.cancel()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        text = self._decoder.decode(b"", final=True)
        if text or self._dropped:
            self._give(text, now_ns)
        self._on_end()

    def _readable(self) -> None:
        now_ns = time.monotonic_ns()
        delay = self._pace.wait(now_ns)
        if delay:
            self._loop.remove_reader(self._fd)
            self._pause = self._loop.call_later(delay, self.start)
        else:
            self._read(now_ns)

    def _read(self, now_ns: int) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        if data:
            self._take(data, now_ns)
        else:
            self.close(now_ns)

    def _take(self, data: bytes, now_ns: int) -> None:
        kept = data[: self._left]
        self._left -= len(kept)
        text = self._decoder.decode(kept)
        if len(kept) < len(data):
            half_character, _ = self._decoder.getstate()
            self._decoder.reset()
            self._dropped += len(half_character) + len(data) - len(kept)
        if text:
            self._give(text, now_ns)
        if self._dropped and self._dropped_timer is None:
            self._give("", now_ns)
            self._dropped_timer = self._loop.call_later(DROPPED_SECONDS, self._report_dropped)

    def _report_dropped(self) -> None:
        self._dropped_timer = None
        if self._dropped:
            self._give("", time.monotonic_ns())

    def _give(self, text: str, now_ns: int) -> None:
        dropped, self._dropped = self._dropped, 0
        self._hand_on(text, dropped, now_ns)
