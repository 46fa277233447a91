"""What the threads of an observed process are doing now, and what the engine tells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from mmap import mmap
from typing import NamedTuple

from engine.probe import layout


class Slot(NamedTuple):
    """What a thread wrote when it began the call it is in, or came to stand before one."""

    stands: int
    """0 of a call that it is in; else `layout.HELD` before this call, or `layout.ASKING` for the port `asked`."""
    thread: int
    cookie: int
    asked: int
    site: int
    fd: int
    op: int
    began: int
    """Monotonic ns."""
    text: bytes
    """The argument text, of a call that has one, padded with zeros."""


class Threads:
    """The slots of one ring's threads, and the words in its header that the engine writes."""

    def __init__(self, memory: mmap) -> None:
        self._memory = memory

    def slots(self) -> Iterator[Slot]:
        """The last call that each thread has begun, perhaps ended since; or before which it stands."""
        for thread in range(1, layout.THREADS):
            if not self.kernel_id(thread):
                return  # slots are handed out in order
            at = slot_at(thread)
            entered = layout.ENTER.unpack_from(self._memory, at)
            cookie, asked, site, fd, op, began = entered
            stands = self._memory[at + layout.STANDS_AT]
            _, text = layout.ENTER_TEXT.unpack_from(self._memory, at + layout.ENTER_TEXT_AT)
            if began and layout.ENTER.unpack_from(self._memory, at) == entered:  # else it goes on at this moment
                yield Slot(stands, thread, cookie, asked, site, fd, op, began, text)

    def kernel_id(self, thread: int) -> int:
        """The kernel's id of the thread in slot `thread`; 0 when there is none."""
        (number,) = layout.THREAD_ID.unpack_from(self._memory, slot_at(thread) + layout.THREAD_ID_AT)
        return int(number)

    def wait_for_room(self) -> bool:
        """Does any of them wait for room in the ring?"""
        offsets = range(layout.THREADS_AT + layout.WAITING_AT, layout.RECORDS_AT, layout.THREAD_SLOT)
        return any(self._memory[offset] for offset in offsets)

    def hold(self, on: bool) -> None:
        """Let them stop before their next calls; or go on."""
        self._memory[layout.HOLD_AT] = on

    def permit(self, thread: int, began: int) -> None:
        """Let one go on from where it has stood since `began`, monotonic ns."""
        layout.BEGAN.pack_into(self._memory, slot_at(thread) + layout.PERMIT_AT, began)

    def watched(self, ports: Iterable[int]) -> None:
        """Tell them which ports are watched, so that they need not ask."""
        first = [*islice(ports, layout.PORTS_TOLD), *[0] * layout.PORTS_TOLD][: layout.PORTS_TOLD]
        self._memory[layout.PORTS_AT : layout.PORTS_AT + layout.PORTS.size] = layout.PORTS.pack(*first)


def slot_at(thread: int) -> int:
    return layout.THREADS_AT + thread * layout.THREAD_SLOT
