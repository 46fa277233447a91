"""Decodes what the probe writes about readiness: the waits of select, poll and epoll, and what they watch."""

from __future__ import annotations

from functools import cache

from engine.events import (
    EDGE,
    ERROR,
    EXCEPT,
    EXCLUSIVE,
    HANG_UP,
    INVALID,
    ONE_SHOT,
    PEER_CLOSED,
    READ,
    WRITE,
)
from engine.probe import layout
from engine.records import WAITS, Polled

POLLS = frozenset(op for op in layout.OPS if op.startswith(("epoll_", "poll_"))) | WAITS | {"watch", "ready"}

KERNEL = (
    (0x1, READ),
    (0x2, EXCEPT),
    (0x4, WRITE),
    (0x8, ERROR),
    (0x10, HANG_UP),
    (0x20, INVALID),
    (0x40 | 0x80, READ),
    (0x100 | 0x200, WRITE),
    (0x2000, PEER_CLOSED),
    (1 << 28, EXCLUSIVE),
    (1 << 30, ONE_SHOT),
    (1 << 31, EDGE),
)
"""uapi/asm-generic/poll.h, uapi/linux/eventpoll.h: the kernel's bits and ours. POLLRDNORM, POLLWRNORM and the
priority bands are special cases of POLLIN and POLLOUT (poll(2))."""


@cache
def mask_of(kernel: int) -> int:
    mask = 0
    for bits, ours in KERNEL:
        if kernel & bits:
            mask |= ours
    return mask


class PolledReader:
    """Of one ring. Some facts take several records; they are together when the last has come."""

    def __init__(self) -> None:
        self._ready: dict[int, list[tuple[int, int]]] = {}
        self._changes: dict[int, list[tuple[int, int, str]]] = {}

    def take(
        self, op: str, thread: int, poller: int, asked: int, detail: int, flags: int, content: bytes
    ) -> Polled | None:
        """What a record says; None when it is to be continued."""
        failed = bool(flags & layout.FAILED)
        if op == "ready":
            self._ready.setdefault(thread, []).extend(ready_of(content))
            return None
        if op == "watch":
            changes = self._changes.setdefault(thread, [])
            changes += (
                (fd, mask_of(mask), layout.WHATS[what] if mask else "")
                for fd, mask, what in layout.WATCHED.iter_unpack(content)
            )
            if flags & layout.MORE:
                return None
            return Polled(poller=poller, changes=self._changes.pop(thread))
        if op in WAITS:
            return self._wait(thread, poller, asked, failed, content)
        what = "" if failed or detail >= len(layout.WHATS) else layout.WHATS[detail]
        mask = mask_of(asked) if asked >= 0 else None
        return Polled(poller=poller, mask=mask, what=what, collected=bool(flags & layout.COLLECTED))

    def _wait(self, thread: int, poller: int, most: int, failed: bool, content: bytes) -> Polled:
        if failed:
            text = content.decode("utf-8", "replace").split(layout.FIELD)[-1]
            return Polled(poller=poller, timeout=timeout_of(text))
        (timeout,) = layout.TIMEOUT.unpack_from(content)
        # The first of them are in the record itself, the rest came before it.
        ready = [*ready_of(content[layout.TIMEOUT.size :]), *self._ready.pop(thread, ())]
        return Polled(poller=poller, timeout=known(timeout), ready=ready, most=most if most > 0 else None)


def ready_of(content: bytes) -> list[tuple[int, int]]:
    return [(fd, mask_of(mask)) for fd, mask in layout.READY.iter_unpack(content)]


def known(timeout: int) -> int | None:
    return None if timeout == layout.UNKNOWN else timeout


def timeout_of(text: str) -> int | None:
    """As the probe writes it while the call goes on, and when it has failed."""
    return known(int(text)) if text.removeprefix("-").isdigit() else None


def of_slot(op: str, poller: int, asked: int, text: str) -> Polled:
    """What a thread's slot says of a call that goes on."""
    if op in WAITS:
        return Polled(poller=poller, timeout=timeout_of(text), most=asked if asked > 0 else None)
    return Polled(poller=poller, mask=mask_of(asked) if asked >= 0 else None)
