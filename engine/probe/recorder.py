"""Writes what the probe sees into the ring.

`sender` and `receiver` make the wrappers of the calls a program makes most; their bodies are
written out flat, since every nanosecond there is paid by the program. Everything else goes
through `Recorder.call`.
"""

from __future__ import annotations

import _socket
import sys
from _thread import get_ident
from time import monotonic_ns

from . import layout
from .arguments import FAR, MISSING, bytes_of, given, pass_on, size_of
from .hold import hold
from .layout import FAILED, FIELD, HOLD_AT, OP, SMALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType
    from typing import Any

    from .calls import Observed
    from .ring import Ring
    from .sites import Sites

    Known = tuple[int, CodeType | None, int, int, int, bytes, int]
    """Of the last send or receive on a socket: op, code and instruction it was made from, asked, the thread's slot;
    and what follows from these: its CALL, packed, and its site."""


class Recorder:
    __slots__ = ("main", "ring", "sites")

    def __init__(self, ring: Ring, sites: Sites) -> None:
        self.ring = ring
        self.sites = sites
        self.main = get_ident()

    def enter(self, op: int, fd: int, cookie: int, asked: int, text: str, frame: FrameType | None) -> tuple[int, int]:
        """Note that this thread is about to make a call; returns its start in ns and its site.

        While the process is held, the thread stands here before the call.
        """
        ring = self.ring
        site = self.sites.find(frame)
        try:
            offset = ring.local.offset
        except AttributeError:
            offset = ring.thread_slot()
        encoded = encode(text)[:128]
        if ring.memory[HOLD_AT]:
            hold(ring, op, cookie, asked, site, fd, encoded)
        layout.ENTER_TEXT.pack_into(ring.memory, offset + layout.ENTER_TEXT_AT, len(encoded), encoded)
        began = monotonic_ns()
        layout.ENTER.pack_into(ring.memory, offset, cookie, asked, site, fd, op, began)
        return began, site

    def stop_before(self, op: str, frame: FrameType) -> None:
        """Let the thread stand before a call that has no socket yet, while the process is held."""
        if self.ring.memory[HOLD_AT]:
            hold(self.ring, OP[op], 0, -1, self.sites.find(frame), -1)

    def write(
        self,
        op: int,
        began: int,
        ended: int,
        cookie: int,
        fd: int,
        site: int,
        *,
        count: int = -1,
        asked: int = -1,
        detail: int = 0,
        flags: int = 0,
        content: bytes = b"",
    ) -> None:
        """Put one record into the ring; waits while the ring is full."""
        ring = self.ring
        try:
            offset = ring.local.offset
        except AttributeError:
            offset = ring.thread_slot()
        index = next(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        length = layout.kept(len(content))
        if length > SMALL:
            far = layout.content_at(index)
            ring.memory[far : far + length] = content[:length]
        layout.RECORD.pack_into(
            ring.memory,
            layout.record_at(index),
            content,
            began,
            ended,
            count,
            cookie,
            asked,
            site,
            fd,
            offset >> 8,
            detail,
            op,
            flags,
            length,
            index,
        )

    def fail(
        self,
        op: int,
        began: int,
        cookie: int,
        fd: int,
        site: int,
        asked: int,
        error: BaseException,
        texts: Iterable[str] = (),
    ) -> None:
        """Record that a call raised `error`."""
        ended = monotonic_ns()
        number = getattr(error, "errno", None)
        content = encode(FIELD.join((type(error).__name__, str(error), *texts)))
        detail = number if isinstance(number, int) and 0 < number < 65536 else 0
        self.write(op, began, ended, cookie, fd, site, asked=asked, detail=detail, flags=FAILED, content=content)

    def announce_site(self, number: int, path: str, line: int) -> None:
        now = monotonic_ns()
        # The line first: of a name longer than the content that is kept, the end is cut off.
        self.write(OP["site"], now, now, 0, -1, number, content=encode(FIELD.join((str(line), path))))


def encode(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


NOTHING_KNOWN: Known = (-1, None, -1, -1, -1, b"", 0)


def describer(recorder: Recorder) -> Callable[..., Known]:
    locate, fileno = recorder.sites.locate, _socket.socket.fileno

    def describe(sock: Observed, op: int, asked: int, offset: int, frame: FrameType) -> Known:
        code, instruction, site = locate(frame)
        call = layout.CALL.pack(sock._sp_cookie, asked, site, fileno(sock), offset >> 8, 0, op, 0)
        return op, code, instruction, asked, offset, call, site

    return describe


def sender(recorder: Recorder, name: str) -> Callable[..., Any]:
    """The wrapper of `send` or `sendall`: (data[, flags]) → what the original returns."""
    original = getattr(_socket.socket, name)
    ring, describe = recorder.ring, describer(recorder)
    local, fail, write = ring.local, recorder.fail, recorder.write
    op, whole = OP[name], name == "sendall"
    getframe, now, fileno, succ = sys._getframe, monotonic_ns, _socket.socket.fileno, next
    enter, pack = layout.ENTER_PACKED.pack_into, layout.RECORD_PACKED.pack_into
    small, readable, held = layout.SMALL, layout.READABLE, HOLD_AT
    first, slots, slot = layout.RECORDS_AT, layout.SLOTS, layout.SLOT

    def send(self: Observed = MISSING, data: Any = MISSING, /, *rest: Any, **named: Any) -> Any:
        try:
            known = self._sp_sent
        except AttributeError:
            known = None
        if named or known is None:  # no call on a socket of ours: the original will say so
            return pass_on(original, self, given(data, rest), named)
        frame = getframe(1)
        asked = len(data) if type(data) is bytes else size_of(data)
        try:
            offset = local.offset
        except AttributeError:
            offset = ring.thread_slot()
        was, code, instruction, before, place, call, site = known
        if (
            frame.f_lasti != instruction or frame.f_code is not code
            or asked != before or offset != place or op != was
        ):  # fmt: skip
            self._sp_sent = _, _, _, _, _, call, site = describe(self, op, asked, offset, frame)
        memory = ring.memory
        if memory[held]:
            hold(ring, op, self._sp_cookie, asked, site, fileno(self))
        began = now()
        enter(memory, offset, call, began)
        try:
            result = original(self, data) if not rest and data is not MISSING else original(self, *given(data, rest))
        except BaseException as error:
            fail(op, began, self._sp_cookie, fileno(self), site, asked, error)
            leave_out_this_frame(error)
            raise
        ended = now()
        count = asked if whole else result
        if small < count <= readable or rest or type(data) is not bytes or count != asked:
            content, flags, fd = bytes_of(data, count), flags_of(rest), fileno(self)
            write(op, began, ended, self._sp_cookie, fd, site, count=count, asked=asked, detail=flags, content=content)
            return result
        index = succ(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        length = count if count < small else small
        pack(ring.memory, first + index % slots * slot, data, began, ended, count, call, length, index)
        return result

    send.__name__, send.__qualname__, send.__doc__ = name, "socket." + name, original.__doc__
    return send


def receiver(recorder: Recorder) -> Callable[..., bytes]:
    """The wrapper of `recv`: (size[, flags]) → bytes."""
    original: Callable[..., bytes] = _socket.socket.recv
    ring, describe = recorder.ring, describer(recorder)
    local, fail, write = ring.local, recorder.fail, recorder.write
    op = OP["recv"]
    getframe, now, fileno, succ = sys._getframe, monotonic_ns, _socket.socket.fileno, next
    enter, pack = layout.ENTER_PACKED.pack_into, layout.RECORD_PACKED.pack_into
    small, readable, held = layout.SMALL, layout.READABLE, HOLD_AT
    first, slots, slot = layout.RECORDS_AT, layout.SLOTS, layout.SLOT

    def recv(self: Observed = MISSING, size: Any = MISSING, /, *rest: Any, **named: Any) -> bytes:
        try:
            known = self._sp_received
        except AttributeError:
            known = None
        if named or known is None:  # no call on a socket of ours: the original will say so
            return pass_on(original, self, given(size, rest), named)  # type: ignore[no-any-return]
        frame = getframe(1)
        asked = size if type(size) is int and 0 <= size < FAR else -1
        try:
            offset = local.offset
        except AttributeError:
            offset = ring.thread_slot()
        _, code, instruction, before, place, call, site = known
        if frame.f_lasti != instruction or frame.f_code is not code or asked != before or offset != place:
            self._sp_received = _, _, _, _, _, call, site = describe(self, op, asked, offset, frame)
        memory = ring.memory
        if memory[held]:
            hold(ring, op, self._sp_cookie, asked, site, fileno(self))
        began = now()
        enter(memory, offset, call, began)
        try:
            data = original(self, size) if not rest and size is not MISSING else original(self, *given(size, rest))
        except BaseException as error:
            fail(op, began, self._sp_cookie, fileno(self), site, asked, error)
            leave_out_this_frame(error)
            raise
        ended = now()
        count = len(data)
        if small < count <= readable or rest:
            flags, fd = flags_of(rest), fileno(self)
            write(op, began, ended, self._sp_cookie, fd, site, count=count, asked=asked, detail=flags, content=data)
            return data
        index = succ(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        length = count if count < small else small
        pack(ring.memory, first + index % slots * slot, data, began, ended, count, call, length, index)
        return data

    recv.__qualname__, recv.__doc__ = "socket.recv", original.__doc__
    return recv


def leave_out_this_frame(error: BaseException) -> None:
    """Called where `error` was just caught: a bare raise then passes it on as if that frame had not been there.

    The frame would keep the socket alive for as long as the exception is.
    """
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def flags_of(rest: tuple[Any, ...]) -> int:
    """The flags argument of a call that succeeded, so an int."""
    return int(rest[0]) & 0xFFFF if rest else 0
