"""The wrapper of the calls that wait: `select.select`, `poll.poll`, `epoll.poll`.

Written out flat, as `recorder.sender` is: servers make these calls all the time, mostly without having to wait.
"""

from __future__ import annotations

from itertools import chain
from struct import Struct, pack
from time import monotonic_ns

from . import layout
from .arguments import FAR
from .hold import hold
from .layout import FOREVER, HOLD_AT, OP, READY_EACH, SMALL, TIMEOUT, UNKNOWN, record_at
from .recorder import encode, leave_out_this_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

    from .recorder import Recorder
    from .sites import Place

    Ready = Sequence[tuple[int, int]]

_NUMBERS = frozenset({int, float, type(None)})
_REMEMBERED = 256
_ONE = Struct("<qiI")
"""TIMEOUT and one of READY."""


class Timeouts(dict):  # type: ignore[type-arg]
    """The timeouts of a program, given in `unit`s of so many ns: each in ns, and as the text of a thread's slot."""

    def __init__(self, unit: int) -> None:
        super().__init__()
        self.unit = unit

    def of(self, timeout: Any) -> tuple[int, bytes]:
        """What is no plain number may have a hash of its own: it is not looked up."""
        return self[timeout] if type(timeout) in _NUMBERS else self.read(timeout)

    def __missing__(self, timeout: float | None) -> tuple[int, bytes]:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[timeout] = told = self.read(timeout)
        return told

    def read(self, timeout: Any) -> tuple[int, bytes]:
        ns = nanoseconds(timeout, self.unit)
        text = encode(str(ns))
        return ns, layout.ENTER_TEXT.pack(len(text), text)


def nanoseconds(timeout: Any, unit: int) -> int:
    """FOREVER of None and of what is negative, UNKNOWN of what is no number."""
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


def waiter(recorder: Recorder, name: str) -> Callable[..., Any]:
    """(poller, fd, told, call, arguments, named, frame, report, most) → what `call(*arguments, **named)` returns.

    `told` is that of `Timeouts`; `report(result)` gives descriptors and masks; `most` is the bound on their number, or
    -1.
    """
    ring, locate = recorder.ring, recorder.sites.locate
    local, fail, write = ring.local, recorder.fail, recorder.write
    op, now, succ, held = OP[name], monotonic_ns, next, HOLD_AT
    enter, put, none, one = layout.ENTER.pack_into, layout.RECORD.pack_into, TIMEOUT.pack, _ONE.pack
    text_at, text_end = layout.ENTER_TEXT_AT, layout.ENTER_TEXT_AT + layout.ENTER_TEXT.size
    last: Place = (None, 0, 0)

    def wait(
        poller: int,
        fd: int,
        told: tuple[int, bytes],
        call: Callable[..., Any],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
        frame: FrameType,
        report: Callable[[Any], Ready] | None = None,
        most: int = -1,
    ) -> Any:
        nonlocal last
        timeout, text = told
        code, instruction, site = last
        if frame.f_code is not code or frame.f_lasti != instruction:
            last = (_, _, site) = locate(frame)
        try:
            offset = local.offset
        except AttributeError:
            offset = ring.thread_slot()
        if ring.memory[held]:
            hold(ring, op, poller, most, site, fd, encode(str(timeout)))
        ring.memory[offset + text_at : offset + text_end] = text
        began = now()
        enter(ring.memory, offset, poller, most, site, fd, op, began)
        try:
            result = call(*arguments, **named) if named else call(*arguments)
        except BaseException as error:
            fail(op, began, poller, fd, site, most, error, (str(timeout),))
            leave_out_this_frame(error)
            raise
        ended = now()
        ready = result if report is None else report(result)
        number = len(ready)
        if number > 1:
            content = several(recorder, began, ended, poller, fd, timeout, ready)
            if len(content) > SMALL:
                write(op, began, ended, poller, fd, site, count=number, asked=most, content=content)
                return result
        else:
            content = one(timeout, *ready[0]) if number else none(timeout)
        index = succ(ring.numbers)
        if index > ring.limit:
            ring.wait(index)
        put(
            ring.memory, record_at(index), content, began, ended, number, poller, most, site, fd, offset >> 8, 0, op, 0,
            len(content), index,
        )  # fmt: skip
        return result

    return wait


def several(recorder: Recorder, began: int, ended: int, poller: int, fd: int, timeout: int, ready: Ready) -> bytes:
    """The content of a wait's record; of what does not fit into it, records that stand before it."""
    for at in range(READY_EACH, len(ready), READY_EACH):
        some = ready[at : at + READY_EACH]
        content = pack("<" + "iI" * len(some), *chain.from_iterable(some))
        recorder.write(OP["ready"], began, ended, poller, fd, 0, content=content)
    first = ready[:READY_EACH]
    return pack("<q" + "iI" * len(first), timeout, *chain.from_iterable(first))
