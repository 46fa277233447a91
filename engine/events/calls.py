"""What a program calls, and what it is told."""

from __future__ import annotations

from .base import Event, Moved


class Call(Event, kw_only=True):
    """What the events about one call share. `call` is unique within the run.

    `line` is the line of the program's own file from which the call was made, `file` its name.
    `args` is the argument text as a reader would write it ("1024", "('127.0.0.1', 8001)"); empty
    for sends, whose `asked` is the number of bytes the program handed over. For receives `asked`
    is the largest number of bytes wanted.
    """

    process: str
    thread: int = 0
    call: int
    op: str
    fd: int = -1
    socket: int | None = None
    """Identity of the socket within the run; it never changes and is never used again."""
    line: int | None = None
    file: str | None = None
    args: str = ""
    asked: int | None = None
    moved: Moved | None = None
    """The direction in which this call moves bytes, when it is one that does."""
    stream: str | None = None
    """`1>` is connection 1 from its client to its server, `1<` the other way."""
    start: int | None = None
    end: int | None = None
    """The bytes [start, end) of the stream that this call moved; of a started send, will move."""
    poller: int | None = None
    """Of a readiness call: what waits. One for each epoll and each poll object of the run; of select.select, one
    for each thread that calls it."""
    watched: int | None = None
    """Of a wait: how many descriptors it asks about."""
    timeout: int | None = None
    """Of a wait: ns it may last at most; -1 for ever."""


class CallHeld(Call, tag="call.held"):
    """A held thread stands before this call since `t` and has not made it. When it is let through, `call` names it
    still; one that is never made (a signal, the end of the process) has no other events."""


class CallStarted(Call, tag="call.started", kw_only=True):
    """A call began, and something else happened before it returned.

    A call during which nothing else happened has only its `call.returned`.
    """


class CallBlocked(Call, tag="call.blocked", kw_only=True):
    """The kernel has put the thread to sleep inside this call (measured: /proc/PID/task/TID/syscall)."""


class CallReturned(Call, tag="call.returned", kw_only=True):
    """A call ended at `t`, having begun at `began`. Exactly one for each call that ended."""

    began: int
    result: str | None = None
    """The returned value as text, where it says something: an address, a file descriptor, a length."""
    count: int | None = None
    """Bytes moved, exact; None where the call moves none, or an error leaves the count unknown."""
    data: bytes | None = None
    """The first of those bytes, at most `CONTENT_LIMIT`; base64 in JSON."""
    eof: bool = False
    """A receive that returned b'' because the peer has ended its stream."""
    again: int = 0
    """How many times in a row its thread had made this very call already, and got no more by it than now: a
    BlockingIOError, or b'' because the stream has ended. 0 of sends."""
    discarded: int = 0
    """Bytes of the datagram, from `end` on, for which the receive had no room: they are gone (udp(7))."""
    error: str | None = None
    """Exception class, for example ConnectionRefusedError."""
    errno: str | None = None
    """Its symbolic name, for example ECONNREFUSED."""
    message: str | None = None
    collected: bool = False
    """A close made by garbage collection, without a call in the program."""
    ready: list[tuple[int, int]] | None = None
    """Of a wait that returned: [descriptor, mask] of all that it reported, in its order."""
