"""Descriptors: which one an object stands for, and what it is.

Which one an object of the program's own stands for, only the original call may ask: its `fileno` may do anything.
"""

from __future__ import annotations

import _socket
import os
import socket as _module
import stat

from .layout import WHATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_fileno = _socket.socket.fileno
_BY_C = type(_fileno)
_ONLY_NUMBERS = frozenset({int})
_KINDS = {stat.S_IFSOCK: "socket", stat.S_IFIFO: "pipe", stat.S_IFREG: "file"}
# What readlink(2) gives for a descriptor without a file, proc_pid_fd(5).
_ANONYMOUS = {"anon_inode:[timerfd]": "timer", "anon_inode:[eventfd]": "event", "anon_inode:[eventpoll]": "epoll"}
HERE = os.path.dirname(__file__) + os.sep


def what(fd: int) -> int:
    """What the descriptor is: an index of `layout.WHATS`."""
    try:
        mode = os.fstat(fd).st_mode
        kind = _KINDS.get(stat.S_IFMT(mode), "other")
        if stat.S_ISCHR(mode):
            kind = "terminal" if os.isatty(fd) else "other"
        elif not stat.S_IFMT(mode):
            kind = _ANONYMOUS.get(os.readlink(f"/proc/self/fd/{fd}"), "other")
    except OSError:
        kind = "other"
    return WHATS.index(kind)


def number_of(item: Any) -> int | None:
    """The descriptor of an item, where asking for it is harmless; else None."""
    kind = type(item)
    if kind is int:
        return item  # type: ignore[no-any-return]
    if issubclass(kind, int):
        return int.__index__(item)
    if kind is _module.socket:  # most often
        return _fileno(item)
    fileno: Any = getattr(kind, "fileno", None)
    code = getattr(fileno, "__code__", None)
    if type(fileno) is not _BY_C and (code is None or not code.co_filename.startswith(HERE)):
        return None
    try:
        number = fileno(item)
    except Exception:
        return None
    return number if type(number) is int else None


def numbers(argument: Any) -> list[int] | None:
    """The descriptors of all items of an argument of select; None if not all may be asked for."""
    if type(argument) not in (list, tuple, set, frozenset):
        return None
    if not argument:
        return []
    kinds = set(map(type, argument))
    if kinds <= _ONLY_NUMBERS:
        return list(argument)
    if len(kinds) == 1 and _module.socket in kinds:
        return list(map(_fileno, argument))
    found = list(map(number_of, argument))
    return None if None in found else found  # type: ignore[return-value]


class Asked:
    """Stands for an object that only the original call may ask for its descriptor, and remembers what it said."""

    __slots__ = ("fd", "given", "item")

    def __init__(self, item: Any, given: Given | None = None) -> None:
        self.item = item
        self.given = given
        self.fd = -1

    @property
    def fileno(self) -> Callable[[], Any]:
        ask = self.item.fileno

        def fileno() -> Any:
            self.fd = number = ask()
            if self.given is not None:
                self.given.follow()
            return number

        return fileno


class Given:
    """An argument of select with its items as `Asked`: `items` for the original, a list like the program's own."""

    def __init__(self, argument: Any) -> None:
        self.argument = argument
        self.items: Any = [self._wrap(item) for item in argument] if type(argument) in (list, tuple) else self

    def __iter__(self) -> Iterator[Any]:
        """Of what is no list, and can perhaps be walked only once."""
        source, self.items = iter(self.argument), []

        def keep(item: Any) -> Any:
            self.items.append(self._wrap(item))
            return self.items[-1]

        return map(keep, source)

    def _wrap(self, item: Any) -> Any:
        return item if isinstance(item, int) else Asked(item, self)

    def follow(self) -> None:
        """The program may change its list while it is being asked; the original call sees that."""
        if type(self.argument) is list and len(self.argument) != len(self.items):
            self.items[len(self.argument) :] = []

    def numbers(self) -> list[int]:
        return [it.fd if type(it) is Asked else int.__index__(it) for it in self.items]

    def forget(self) -> None:
        """It and its items hold each other; the program's objects must end when the program lets go of them."""
        self.items = ()


def unwrapped(items: list[Any]) -> list[Any]:
    return [it.item if type(it) is Asked else it for it in items]
