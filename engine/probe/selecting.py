"""What stands for `select.select`, and for the other functions of its module.

An object, since a Python function would become a method where `selectors` keeps it in a class.
"""

from __future__ import annotations

import select as _module
import sys
from _thread import _local

from . import watched
from .readiness import new_poller, without_ours
from .waiting import Timeouts, waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .readiness import Watching

# The bits of poll(2) that name the sets of select(2).
SETS = (1, 4, 2)
_original = _module.select
_getframe = sys._getframe


class Function:
    """Stands for a function written in C."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self.original = original
        self.__module__, self.__doc__ = original.__module__, original.__doc__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def __repr__(self) -> str:
        return repr(self.original)

    def __reduce__(self) -> str:
        return str(self.original.__name__)


class Select(Function):
    """`select.select`; each thread that calls it is a poller of its own."""

    def __init__(self, watching: Watching) -> None:
        super().__init__(_original)
        self.watching = watching
        self.wait = waiter(watching.recorder, "select")
        self.timeouts = Timeouts(1_000_000_000)
        self.local = _local()

    def __call__(self, *args: Any, **named: Any) -> Any:
        if named or not 3 <= len(args) <= 4:
            return _original(*args, **named)
        seen = self.seen()
        sets = [watched.numbers(argument) for argument in args[:3]]
        told = self.timeouts.of(args[3] if len(args) == 4 else None)
        if None in sets:
            return self.unusual(seen, args, told)
        if sets != seen.sets:
            self.watching.changed(seen.poller, seen.change(sets))  # type: ignore[arg-type]
        return self.wait(seen.poller, -1, told, _original, args, named, _getframe(1), ready_of)

    def seen(self) -> Seen:
        try:
            return self.local.seen  # type: ignore[no-any-return]
        except AttributeError:
            self.local.seen = seen = Seen()
            return seen

    def unusual(self, seen: Seen, args: tuple[Any, ...], told: tuple[int, bytes]) -> Any:
        """A call with something that only the original may ask; what it watches is known when it has returned."""
        given = [watched.Given(argument) for argument in args[:3]]

        def call() -> Any:
            return _original(*(it.items for it in given), *args[3:])

        def report(result: tuple[list[Any], list[Any], list[Any]]) -> list[tuple[int, int]]:
            sets = [it.numbers() for it in given]
            if sets != seen.sets:
                self.watching.changed(seen.poller, seen.change(sets))
            return ready_of(result)

        try:
            result = self.wait(seen.poller, -1, told, call, (), {}, _getframe(2), report)
        except BaseException as error:
            error.__traceback__ = without_ours(error)
            raise
        finally:
            for it in given:
                it.forget()
        return tuple(map(watched.unwrapped, result))


class Seen:
    """The sets of a thread's last call."""

    __slots__ = ("masks", "poller", "sets")

    def __init__(self) -> None:
        self.poller = new_poller()
        self.sets: list[list[int]] = [[], [], []]
        self.masks: dict[int, int] = {}

    def change(self, sets: list[list[int]]) -> list[tuple[int, int, int]]:
        """Take the sets of the next call; what is new about them: descriptor, mask, what it is."""
        masks = masks_of(sets)
        before, self.masks, self.sets = self.masks, masks, sets
        changed = [(fd, mask, watched.what(fd)) for fd, mask in masks.items() if before.get(fd) != mask]
        return changed + [(fd, 0, 0) for fd in before if fd not in masks]


def masks_of(sets: list[list[int]]) -> dict[int, int]:
    """By descriptor; those that no select can watch, for which it will fail, are left out."""
    masks: dict[int, int] = {}
    for bit, some in zip(SETS, sets):
        for fd in some:
            if 0 <= fd < 1 << 31:
                masks[fd] = masks.get(fd, 0) | bit
    return masks


def ready_of(result: tuple[list[Any], list[Any], list[Any]]) -> list[tuple[int, int]]:
    masks: dict[int, int] = {}
    for bit, some in zip(SETS, result):
        for item in some:
            fd = item.fd if type(item) is watched.Asked else watched.number_of(item) or 0
            masks[fd] = masks.get(fd, 0) | bit
    return list(masks.items())
