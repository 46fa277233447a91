"""select, poll and epoll, noted: what each watches, how long each wait was, and what it reported."""

from __future__ import annotations

import os
import select as _module
import sys
from itertools import chain, count
from struct import pack
from time import monotonic_ns

from . import layout, watched
from .arguments import FAR
from .layout import FOREVER, MORE, OP, READY_EACH, UNKNOWN, WATCHED, WATCHED_EACH
from .recorder import leave_out_this_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

    from .recorder import Recorder

ALL = 7
"""What is watched where no mask is given: POLLIN, POLLPRI, POLLOUT."""
_numbers = count(1)


def new_poller() -> int:
    """A number for a poller: like the epoll it stands for, it stays the same in a forked child."""
    return os.getpid() << 32 | next(_numbers) & 0xFFFFFFFF


def nanoseconds(timeout: Any, unit: int) -> int:
    """A timeout in `unit`s of so many ns; FOREVER of None and of a negative one, UNKNOWN of what is no number."""
    if timeout is None:
        return FOREVER
    if isinstance(timeout, int):
        timeout = int.__index__(timeout)
    elif isinstance(timeout, float):
        timeout = float.__pos__(timeout)
    else:
        return UNKNOWN
    if not -FAR < timeout < FAR:
        return UNKNOWN
    return FOREVER if timeout < 0 else min(round(timeout * unit), FAR)


class Waits:
    """Makes and records the calls of all pollers."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def wait(
        self,
        op: str,
        poller: int,
        fd: int,
        timeout: int,
        call: Callable[[], Any],
        frame: FrameType,
        report: Callable[[Any], Sequence[tuple[int, int]]],
        most: int = -1,
    ) -> Any:
        """Make a waiting call, record what it reported; returns its result, or raises its exception."""
        recorder = self.recorder
        began, site = recorder.enter(OP[op], fd, poller, most, str(timeout), frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, poller, fd, site, most, error, (str(timeout),))
            leave_out_this_frame(error)
            raise
        ended = monotonic_ns()
        ready = report(result)
        number = len(ready)
        if number > READY_EACH:
            self._more(began, ended, poller, fd, ready[READY_EACH:])
            ready = ready[:READY_EACH]
        words = chain.from_iterable(ready)
        content = pack("<q" + "iI" * len(ready), timeout, *words)
        recorder.write(OP[op], began, ended, poller, fd, site, count=number, asked=most, content=content)
        return result

    def _more(self, began: int, ended: int, poller: int, fd: int, ready: Sequence[tuple[int, int]]) -> None:
        for at in range(0, len(ready), READY_EACH):
            some = ready[at : at + READY_EACH]
            content = pack("<" + "iI" * len(some), *chain.from_iterable(some))
            self.recorder.write(OP["ready"], began, ended, poller, fd, 0, content=content)

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
        recorder.write(
            OP[op], began, ended, poller, told, site, asked=mask, detail=0 if leaves else watched.what(told)
        )
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

    waits = Waits(recorder)
    observed = selecting.Select(waits)
    _module.select = observed
    selectors.SelectSelector._select = observed  # type: ignore[attr-defined]
    if hasattr(_module, "poll"):
        _module.poll = pollers.make_poll(waits)  # type: ignore[assignment, misc]
        selectors.PollSelector._selector_cls = _module.poll  # type: ignore[attr-defined]
    if hasattr(_module, "epoll"):
        _module.epoll = pollers.make_epoll(waits)  # type: ignore[misc]
        selectors.EpollSelector._selector_cls = _module.epoll  # type: ignore[attr-defined]
