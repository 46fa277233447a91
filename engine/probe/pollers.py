"""What stands for `select.poll` and `select.epoll`: classes of the same names around the originals.

Neither original can be subclassed.
"""

from __future__ import annotations

import select as _module
import sys
from time import monotonic_ns

from . import watched
from .layout import CLOSED, COLLECTED, OP
from .readiness import new_poller
from .recorder import encode, leave_out_this_frame
from .selecting import Function
from .waiting import Timeouts, waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from .readiness import Watching

_poll: Any = getattr(_module, "poll", None)
_epoll: Any = getattr(_module, "epoll", None)
_getframe = sys._getframe
ALWAYS = 0x18  # EPOLLERR and EPOLLHUP: the kernel adds them to every mask
MOST = 1023  # FD_SETSIZE - 1: what epoll.poll takes where it is given no maxevents


def named_like(cls: type, name: str, original: Any) -> None:
    """Give a class and its methods the names and the documentation of the original."""
    cls.__module__, cls.__qualname__, cls.__name__, cls.__doc__ = "select", name, name, original.__doc__
    for method, value in vars(cls).items():
        if callable(value) and hasattr(original, method) and not method.startswith("__"):
            value.__qualname__, value.__doc__ = f"{name}.{method}", getattr(original, method).__doc__


def make_poll(watching: Watching) -> Function:
    """What `select.poll` is to be: a function, as the original is, that makes poll objects."""
    wait, timeouts = waiter(watching.recorder, "poll"), Timeouts(1_000_000)

    class poll:  # noqa: N801 -- the original's name
        __slots__ = ("_sp_original", "_sp_poller")
        _sp_original: Any
        _sp_poller: int

        def __new__(cls, *args: Any, **named: Any) -> NoReturn:
            raise TypeError("cannot create 'select.poll' instances")

        def __init_subclass__(cls, **named: Any) -> None:
            raise TypeError("type 'select.poll' is not an acceptable base type")

        def __reduce_ex__(self, protocol: Any) -> Any:
            return self._sp_original.__reduce_ex__(protocol)

        def poll(self, *args: Any, **named: Any) -> Any:
            told = timeouts.of(args[0] if args else None)
            return wait(self._sp_poller, -1, told, self._sp_original.poll, args, named, _getframe(1))

        def register(self, *args: Any, **named: Any) -> Any:
            return watching.change("poll_register", self._sp_poller, self._sp_original.register, args, named)

        def modify(self, *args: Any, **named: Any) -> Any:
            return watching.change("poll_modify", self._sp_poller, self._sp_original.modify, args, named)

        def unregister(self, *args: Any, **named: Any) -> Any:
            return watching.change("poll_unregister", self._sp_poller, self._sp_original.unregister, args, named)

    named_like(poll, "poll", type(_poll()))

    class Poll(Function):
        def __call__(self, *args: Any, **named: Any) -> Any:
            original = _poll(*args, **named)
            made: Any = object.__new__(poll)  # type: ignore[arg-type]
            made._sp_original, made._sp_poller = original, new_poller()
            return made

    return Poll(_poll)


def make_epoll(watching: Watching) -> Any:
    """The class that is to be `select.epoll`."""
    recorder = watching.recorder
    wait, timeouts = waiter(recorder, "epoll_wait"), Timeouts(1_000_000_000)

    class epoll:  # noqa: N801 -- the original's name
        __slots__ = ("_sp_fd", "_sp_original", "_sp_poller")
        _sp_fd: int
        _sp_original: Any
        _sp_poller: int

        def __new__(cls, *args: Any, **named: Any) -> Any:
            return make(cls, lambda: _epoll(*args, **named), "", _getframe(1))

        def __init_subclass__(cls, **named: Any) -> None:
            raise TypeError("type 'select.epoll' is not an acceptable base type")

        def __reduce_ex__(self, protocol: Any) -> Any:
            return self._sp_original.__reduce_ex__(protocol)

        @classmethod
        def fromfd(cls, *args: Any, **named: Any) -> Any:
            made = make(cls, lambda: _epoll.fromfd(*args, **named), "fromfd", _getframe(1))
            watching.changed(made._sp_poller, interests(made._sp_fd))
            return made

        @property
        def closed(self) -> bool:
            return self._sp_original.closed  # type: ignore[no-any-return]

        def fileno(self) -> int:
            return self._sp_original.fileno()  # type: ignore[no-any-return]

        def close(self) -> None:
            close(self, "", _getframe(1))

        def __enter__(self) -> Any:
            self._sp_original.__enter__()
            return self

        def __exit__(self, *args: Any) -> Any:
            return close(self, "", _getframe(1))

        def __del__(self) -> None:
            try:
                if not self._sp_original.closed:
                    close(self, "collected", _getframe(1))
            except BaseException:  # the interpreter may be taking itself apart; an observer must not complain
                return

        def poll(self, *args: Any, **named: Any) -> Any:
            told = timeouts.of(args[0] if args else named.get("timeout"))
            most = args[1] if len(args) > 1 else named.get("maxevents", MOST)
            most = most if type(most) is int and 0 < most < 1 << 31 else MOST
            call = self._sp_original.poll
            return wait(self._sp_poller, self._sp_fd, told, call, args, named, _getframe(1), None, most)

        def register(self, *args: Any, **named: Any) -> Any:
            return watching.change("epoll_register", self._sp_poller, self._sp_original.register, args, named)

        def modify(self, *args: Any, **named: Any) -> Any:
            return watching.change("epoll_modify", self._sp_poller, self._sp_original.modify, args, named)

        def unregister(self, *args: Any, **named: Any) -> Any:
            return watching.change("epoll_unregister", self._sp_poller, self._sp_original.unregister, args, named)

    def make(cls: type[epoll], call: Callable[[], Any], how: str, frame: Any) -> epoll:
        began, site = recorder.enter(OP["epoll_create"], -1, 0, -1, how, frame)
        try:
            original = call()
        except BaseException as error:
            recorder.fail(OP["epoll_create"], began, 0, -1, site, -1, error, (how,))
            leave_out_this_frame(error)
            raise
        made = object.__new__(cls)
        made._sp_original, made._sp_poller, made._sp_fd = original, new_poller(), original.fileno()
        content = encode(how)
        recorder.write(OP["epoll_create"], began, monotonic_ns(), made._sp_poller, made._sp_fd, site, content=content)
        return made

    def close(made: epoll, how: str, frame: Any) -> Any:
        if made._sp_original.closed:
            return made._sp_original.close()
        poller, fd = made._sp_poller, made._sp_fd
        if how:
            began, site = monotonic_ns(), recorder.sites.find(frame)
        else:
            began, site = recorder.enter(OP["epoll_close"], fd, poller, -1, "", frame)
        try:
            result = made._sp_original.close()
        except BaseException as error:
            recorder.fail(OP["epoll_close"], began, poller, fd, site, -1, error)
            leave_out_this_frame(error)
            raise
        flags = CLOSED | (COLLECTED if how else 0)
        recorder.write(OP["epoll_close"], began, monotonic_ns(), poller, fd, site, flags=flags)
        return result

    named_like(epoll, "epoll", _epoll)
    return epoll


def interests(fd: int) -> list[tuple[int, int, int]]:
    """What an epoll that somebody else made watches: descriptor, mask, what it is; from proc_pid_fdinfo(5)."""
    try:
        with open(f"/proc/self/fdinfo/{fd}") as file:
            lines = [line.split() for line in file if line.startswith("tfd:")]
    except OSError:
        return []
    return [(int(it[1]), int(it[3], 16) & ~ALWAYS, watched.what(int(it[1]))) for it in lines]
