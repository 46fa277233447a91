"""select, poll and epoll, noted: puts what stands for them in place, and records what each is told to watch."""

from __future__ import annotations

import os
import select as _module
import sys
from itertools import count
from time import monotonic_ns

from . import watched
from .layout import MORE, OP, WATCHED, WATCHED_EACH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .recorder import Recorder

ALL = 7
"""What is watched where no mask is given: POLLIN, POLLPRI, POLLOUT."""
_numbers = count(1)


def new_poller() -> int:
    """A number for a poller: like the epoll it stands for, it stays the same in a forked child."""
    return os.getpid() << 32 | next(_numbers) & 0xFFFFFFFF


class Watching:
    """Records what pollers are told to watch."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def changed(self, poller: int, changes: Sequence[tuple[int, int, int]]) -> None:
        """Note descriptors with the masks with which they are watched now (0: no longer), and what they are."""
        now = monotonic_ns()
        for at in range(0, len(changes), WATCHED_EACH):
            content = b"".join(WATCHED.pack(*it) for it in changes[at : at + WATCHED_EACH])
            more = MORE if at + WATCHED_EACH < len(changes) else 0
            self.recorder.write(OP["watch"], now, now, poller, -1, 0, flags=more, content=content)

    def change(
        self, op: str, poller: int, original: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """Make and record a call of a poller that registers a descriptor, changes its mask, or takes it out."""
        recorder = self.recorder
        if not args and "fd" not in named:
            return original(**named)  # which says what is missing
        item = args[0] if args else named["fd"]
        fd = watched.number_of(item)
        asked = None
        if fd is None:
            asked = watched.Asked(item)
            args, named = ((asked, *args[1:]), named) if args else (args, {**named, "fd": asked})
        leaves = op.endswith("unregister")
        mask = -1 if leaves else mask_of(args[1] if len(args) > 1 else named.get("eventmask", ALL))
        began, site = recorder.enter(OP[op], in_range(fd), poller, mask, "", sys._getframe(2))
        try:
            result = original(*args, **named)
        except BaseException as error:
            told = in_range(fd if asked is None else asked.fd)
            recorder.fail(OP[op], began, poller, told, site, mask, error)
            error.__traceback__ = without_ours(error)
            raise
        ended = monotonic_ns()
        told = in_range(fd if asked is None else asked.fd)
        recorder.write(OP[op], began, ended, poller, told, site, asked=mask, detail=0 if leaves else watched.what(told))
        return result


def mask_of(argument: Any) -> int:
    """-1 of what is no mask."""
    mask = int.__index__(argument) if isinstance(argument, int) else -1
    return mask if 0 <= mask < 1 << 32 else -1


def in_range(fd: Any) -> int:
    """A descriptor as a record can hold it; -1 of what cannot be one."""
    return fd if type(fd) is int and 0 <= fd < 1 << 31 else -1


def without_ours(error: BaseException) -> Any:
    """The traceback of an exception without the frames of the probe it has passed."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(watched.HERE):
        traceback = traceback.tb_next
    return traceback


def install(recorder: Recorder) -> None:
    """Put the stand-ins in the place of the originals, also where `selectors` has them already."""
    import selectors

    from . import pollers, selecting

    watching = Watching(recorder)
    observed = selecting.Select(watching)
    _module.select = observed
    selectors.SelectSelector._select = observed  # type: ignore[attr-defined]
    if hasattr(_module, "poll"):
        _module.poll = pollers.make_poll(watching)  # type: ignore[assignment, misc]
        selectors.PollSelector._selector_cls = _module.poll  # type: ignore[attr-defined]
    if hasattr(_module, "epoll"):
        _module.epoll = pollers.make_epoll(watching)  # type: ignore[misc]
        selectors.EpollSelector._selector_cls = _module.epoll  # type: ignore[attr-defined]
