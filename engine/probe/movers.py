"""The wrappers of `send`, `sendall` and `recv`, the calls a program makes most.

Their bodies are written out flat, since every nanosecond there is paid by the program. Where quick.c has been compiled
for this Python, it makes the usual call in their place.
"""

from __future__ import annotations

import _socket
import sys
from time import monotonic_ns

from . import layout
from .arguments import FAR, MISSING, bytes_of, given, pass_on, size_of
from .hold import hold
from .layout import HOLD_AT, OP
from .recorder import leave_out_this_frame

try:
    from . import quick

    COMPILED = quick.RING_VERSION == layout.VERSION
except ImportError:  # not compiled, or for another Python
    COMPILED = False

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from .calls import Observed
    from .recorder import Recorder

    Known = tuple[int, CodeType | None, int, int, int, bytes, int]
    """Of the last send or receive on a socket: op, code and instruction it was made from, asked, the thread's slot;
    and what follows from these: its CALL, packed, and its site."""


NOTHING_KNOWN: Known = (-1, None, -1, -1, -1, b"", 0)


def describer(recorder: Recorder) -> Callable[..., Known]:
    locate, fileno = recorder.sites.locate, _socket.socket.fileno

    def describe(sock: Observed, op: int, asked: int, offset: int, frame: FrameType) -> Known:
        code, instruction, site = locate(frame)
        call = layout.CALL.pack(sock._sp_cookie, asked, site, fileno(sock), offset >> 8, 0, op, 0)
        return op, code, instruction, asked, offset, call, site

    return describe


def full_writer(recorder: Recorder, op: int) -> Callable[..., None]:
    """Writes a call that returned and is not usual: more content than fits a record, flags, less than asked for."""
    fileno, write = _socket.socket.fileno, recorder.write

    def write_in_full(
        sock: Observed, data: Any, began: int, ended: int, count: int, asked: int, site: int, flags: int = 0
    ) -> None:
        content, fd = bytes_of(data, count), fileno(sock)
        write(op, began, ended, sock._sp_cookie, fd, site, count=count, asked=asked, detail=flags, content=content)

    return write_in_full


def failure_writer(recorder: Recorder, op: int) -> Callable[..., None]:
    """Writes a call that raised."""
    fileno, fail = _socket.socket.fileno, recorder.fail

    def write_failed(sock: Observed, began: int, asked: int, site: int, error: BaseException) -> None:
        fail(op, began, sock._sp_cookie, fileno(sock), site, asked, error)

    return write_failed


def quickened(
    wrapper: Any, original: Callable[..., Any], known: str, recorder: Recorder, op: int, *, sends: bool
) -> Callable[..., Any]:
    """The wrapper, with its usual calls made by quick.c where that is compiled; `known` names what it remembers."""
    name = layout.OPS[op]
    wrapper.__name__, wrapper.__qualname__, wrapper.__doc__ = name, "socket." + name, original.__doc__
    if not COMPILED:
        return wrapper  # type: ignore[no-any-return]
    return quick.Method(
        wrapper,
        original,
        known,
        recorder.ring,
        layout,
        op=op,
        sends=sends,
        in_full=full_writer(recorder, op),
        failed=failure_writer(recorder, op),
    )


def sender(recorder: Recorder, name: str) -> Callable[..., Any]:
    """The wrapper of `send` or `sendall`: (data[, flags]) → what the original returns."""
    original = getattr(_socket.socket, name)
    ring, describe = recorder.ring, describer(recorder)
    op, whole = OP[name], name == "sendall"
    local, write_failed, write_in_full = ring.local, failure_writer(recorder, op), full_writer(recorder, op)
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
            write_failed(self, began, asked, site, error)
            leave_out_this_frame(error)
            raise
        ended = now()
        count = asked if whole else result
        if small < count <= readable or rest or type(data) is not bytes or count != asked:
            write_in_full(self, data, began, ended, count, asked, site, flags_of(rest))
            return result
        index = succ(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        length = count if count < small else small
        pack(ring.memory, first + index % slots * slot, data, began, ended, count, call, length, index)
        return result

    return quickened(send, original, "_sp_sent", recorder, op, sends=True)


def receiver(recorder: Recorder) -> Callable[..., bytes]:
    """The wrapper of `recv`: (size[, flags]) → bytes."""
    original: Callable[..., bytes] = _socket.socket.recv
    ring, describe = recorder.ring, describer(recorder)
    op = OP["recv"]
    local, write_failed, write_in_full = ring.local, failure_writer(recorder, op), full_writer(recorder, op)
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
            write_failed(self, began, asked, site, error)
            leave_out_this_frame(error)
            raise
        ended = now()
        count = len(data)
        if small < count <= readable or rest:
            write_in_full(self, data, began, ended, count, asked, site, flags_of(rest))
            return data
        index = succ(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        length = count if count < small else small
        pack(ring.memory, first + index % slots * slot, data, began, ended, count, call, length, index)
        return data

    return quickened(recv, original, "_sp_received", recorder, op, sends=False)


def flags_of(rest: tuple[Any, ...]) -> int:
    """The flags argument of a call that succeeded, so an int."""
    return int(rest[0]) & 0xFFFF if rest else 0
