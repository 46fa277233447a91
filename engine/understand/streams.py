"""Streams: which bytes a call moved.

Positions are counted here, not in the calling process: several processes may write to one socket,
a peek does not advance, urgent data is not in the stream.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import msgspec

MSG_OOB = 1
MSG_PEEK = 2
"""bits/socket.h; the same on every Linux architecture."""


class Send(msgspec.Struct, gc=False):
    """The bytes [start, end) of one send call, of `asked`."""

    call: int
    start: int
    end: int
    asked: int = 0


class Receive(msgspec.Struct, gc=False):
    """The bytes [start, end) of one receive call, which had asked for `asked`."""

    call: int
    start: int
    end: int
    asked: int | None = None


class Stream:
    """One direction of a connection. Keeps only the ranges that later calls can still touch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.written = 0
        self.read = 0
        self.settled = 0
        """Everything before this was sent by calls that have returned."""
        self.failed: Send | None = None
        """A sendall that raised, so that only the kernel knows how much of it was sent."""
        self.urgent: list[int] = []
        """Where urgent bytes stand: reads stop before each and go on after it (tcp(7))."""
        self._sends: list[Send] = []
        self._receives: list[Receive] = []

    def begin_send(self, call: int, asked: int) -> Send:
        """Reserve the range of a send that has begun."""
        send = Send(call, self.written, self.written + asked, asked)
        self.written = send.end
        if asked:
            self._sends.append(send)
        return send

    def end_send(self, send: Send, count: int) -> None:
        """The send moved `count` bytes; what it asked for beyond that was not sent."""
        spare = send.end - send.start - count
        if spare > 0:
            if self.written == send.end:
                self.written -= spare
            send.end -= spare
            if not count:
                self._forget(send)
        self.settled = max(self.settled, send.end)

    def _forget(self, send: Send) -> None:
        """From the end, where a send that failed mostly is."""
        for at in range(len(self._sends) - 1, -1, -1):
            if self._sends[at] is send:
                del self._sends[at]
                return

    def receive(self, call: int, count: int, asked: int | None = None) -> Receive:
        """The next `count` bytes were read."""
        if self.urgent and self.urgent[0] == self.read:
            self.read = self.urgent.pop(0) + 1
        receive = Receive(call, self.read, self.read + count, asked)
        self.read = receive.end
        if count:
            self._receives.append(receive)
        return receive

    def sends_in(self, start: int, end: int) -> list[Send]:
        """The sends that have bytes in [start, end)."""
        first = bisect_right(self._sends, start, key=lambda send: send.end)
        last = bisect_left(self._sends, end, key=lambda send: send.start)
        return self._sends[first:last]

    def receives_in(self, start: int, end: int) -> list[Receive]:
        """The receives that have bytes in [start, end)."""
        first = bisect_right(self._receives, start, key=lambda receive: receive.end)
        last = bisect_left(self._receives, end, key=lambda receive: receive.start)
        return self._receives[first:last]

    def read_as_asked(self, start: int, end: int) -> bool:
        """Did each receive that has bytes in [start, end) return as many as it had asked for?"""
        return all(receive.end - receive.start == receive.asked for receive in self.receives_in(start, end))

    def forget_read(self) -> None:
        """Drop the ranges that lie wholly before the oldest send not yet read to its end."""
        done = bisect_right(self._sends, self.read, key=lambda send: send.end)
        if done > 64:  # in batches, since each drop moves the rest of the list
            keep_from = self._sends[done].start if done < len(self._sends) else self.read
            del self._sends[:done]
            del self._receives[: bisect_right(self._receives, keep_from, key=lambda receive: receive.end)]
