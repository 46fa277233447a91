"""The ways in which a call is made and recorded."""

from __future__ import annotations

import _socket
import socket as _module
import sys
from _weakref import ref
from time import monotonic_ns

from . import texts
from .counters import counters
from .layout import CLOSED, FIELD, OP
from .movers import NOTHING_KNOWN
from .recorder import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import TypeVar

    from .movers import Known
    from .recorder import Recorder

    T = TypeVar("T")
    Outcome = tuple[int, bytes, int, tuple[str, ...]]

    class Observed(_module.socket):
        """What every socket of the observed class has."""

        _sp_cookie: int
        _sp_watch: Watch | None
        _sp_sent: Known
        _sp_received: Known


_fileno = _socket.socket.fileno
SO_COOKIE = 57  # asm-generic/socket.h; not in every Python's socket module


def cookie_of(sock: _socket.socket) -> int:
    """The kernel's identity of a socket (SO_COOKIE, socket(7)): never used again while the machine runs."""
    try:
        return int.from_bytes(_socket.socket.getsockopt(sock, _module.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
    except OSError:
        return 0


def is_observed(sock: object) -> bool:
    """Is it a socket of the observed class? A method can be called with anything: `socket.socket.recv(5, 5)`."""
    return getattr(sock, "_sp_cookie", None) is not None


class Watch(ref):  # type: ignore[type-arg]
    """Tells when a socket that nobody closed is collected: its finalizer has then closed the descriptor."""

    __slots__ = ("cookie", "fd")
    cookie: int
    fd: int


class Calls:
    """Each way takes the socket, the name of the call, the call itself, and the frame it was made from."""

    def __init__(self, recorder: Recorder, inside: frozenset[object]) -> None:
        """`inside`: code that makes a socket object of a descriptor as part of a call that is recorded itself."""
        self.recorder = recorder
        self.inside = inside
        self.watches: set[Watch] = set()

    def observe(
        self,
        sock: Observed,
        op: str,
        text: str,
        call: Callable[[], T],
        frame: FrameType,
        describe: Callable[[T | None], tuple[str, ...]] | None = None,
        asked: int = -1,
    ) -> T:
        """Make `call()`, record it with its outcome, return its result or raise its exception.

        `describe(result)` gives further texts; after a BlockingIOError, which may only mean "not
        yet", it is asked with None.
        """
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, text, frame)
        try:
            result = call()
        except BaseException as error:
            more = describe(None) if describe and isinstance(error, BlockingIOError) else ()
            recorder.fail(OP[op], began, cookie, fd, site, asked, error, (text, *more))
            raise
        ended = monotonic_ns()
        parts = (text, *(describe(result) if describe else ()))
        recorder.write(OP[op], began, ended, cookie, fd, site, asked=asked, content=encode(FIELD.join(parts)))
        return result

    def move(
        self,
        sock: Observed,
        op: str,
        asked: int,
        call: Callable[[], T],
        frame: FrameType,
        outcome: Callable[[T], Outcome],
        text: str = "",
    ) -> T:
        """Like `observe` for calls that move bytes.

        `outcome(result)` is (count, content, flags, texts): texts, such as an address, go into a
        note before the record.
        """
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, text, frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, cookie, fd, site, asked, error)
            raise
        ended = monotonic_ns()
        count, content, flags, notes = outcome(result)
        if notes:
            recorder.write(OP["note"], began, ended, cookie, fd, site, content=encode(FIELD.join(notes)))
        recorder.write(
            OP[op], began, ended, cookie, fd, site, count=count, asked=asked, detail=flags & 0xFFFF, content=content
        )
        return result

    def close(self, sock: Observed, op: str, call: Callable[[], T], frame: FrameType) -> T:
        """A call that may close the descriptor (it does not while a `makefile` is open)."""
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        counted = counters(sock) if fd >= 0 else ""
        began, site = recorder.enter(OP[op], fd, cookie, -1, "", frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, cookie, fd, site, -1, error)
            raise
        closed = fd >= 0 and _fileno(sock) < 0
        if closed and sock._sp_watch is not None:
            sock._sp_watch.fd = -1
        ended = monotonic_ns()
        content = encode(FIELD + counted) if counted else b""
        recorder.write(OP[op], began, ended, cookie, fd, site, flags=CLOSED if closed else 0, content=content)
        return result

    def opened(self, sock: Observed, began: int, frame: FrameType, adopted: bool) -> None:
        """A socket object was made: give it its identity, and record it unless it is part of another call."""
        ended = monotonic_ns()
        sock._sp_cookie = cookie_of(sock)
        sock._sp_sent = sock._sp_received = NOTHING_KNOWN
        sock._sp_watch = watch = Watch(sock, self.forget)
        watch.fd, watch.cookie = _fileno(sock), sock._sp_cookie
        self.watches.add(watch)
        if frame.f_code in self.inside:
            return
        ends = (texts.local_text(sock), texts.remote_text(sock)) if adopted else ("", "")
        content = encode(FIELD.join(("", *ends, texts.kind_text(sock))))
        site = self.recorder.sites.find(frame)
        self.recorder.write(OP["socket"], began, ended, watch.cookie, watch.fd, site, content=content)

    def left_open(self) -> None:
        """At the end of the interpreter: what the kernel has counted on the sockets that nobody has closed."""
        for watch in list(self.watches):
            sock = watch()
            counted = counters(sock) if sock is not None and watch.fd >= 0 else ""
            if counted:
                now = monotonic_ns()
                self.recorder.write(OP["counted"], now, now, watch.cookie, watch.fd, 0, content=encode(FIELD + counted))

    def forget(self, watch: Watch) -> None:
        """Called by the interpreter when a watched socket is gone."""
        self.watches.discard(watch)
        if watch.fd < 0:
            return
        try:
            now = monotonic_ns()
            site = self.recorder.sites.find(sys._getframe(1))
            self.recorder.write(OP["collected"], now, now, watch.cookie, watch.fd, site, flags=CLOSED)
        except BaseException:  # the interpreter may be taking itself apart; an observer must not complain
            return
