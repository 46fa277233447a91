"""Writes what the probe sees into the ring.

The calls a program makes most have a shorter way of their own, `movers.py`.
"""

from __future__ import annotations

from _thread import get_ident
from time import monotonic_ns

from . import layout
from .hold import hold
from .layout import FAILED, FIELD, HOLD_AT, OP, SMALL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from .ring import Ring
    from .sites import Sites


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


def leave_out_this_frame(error: BaseException) -> None:
    """Called where `error` was just caught: a bare raise then passes it on as if that frame had not been there.

    The frame would keep the socket alive for as long as the exception is.
    """
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next
