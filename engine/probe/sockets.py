"""A subclass of `socket.socket` that notes every call, put in the place of the original.

`accept`, `create_connection`, `create_server`, `fromfd`, `makefile`, asyncio and socketserver look
the class up by name, so they need no wrappers of their own. A call made by one of them is
attributed to the nearest line of the program itself.
"""

from __future__ import annotations

import _socket
import atexit
import socket as _module
import sys
from time import monotonic_ns
from types import FunctionType

from . import texts, tls
from .arguments import left_of_file
from .calls import Calls, is_observed
from .layout import FIELD, OP
from .methods import methods
from .movers import NOTHING_KNOWN, receiver, sender
from .recorder import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .calls import Observed
    from .recorder import Recorder

    _original = Observed
else:
    _original = _module.socket
_socketpair: Any = getattr(_module, "socketpair", None)
_fileno = _socket.socket.fileno
_getframe = sys._getframe


def install(recorder: Recorder) -> Calls:
    """Make `socket.socket` the observed class."""
    calls = Calls(recorder, frozenset(getattr(it, "__code__", None) for it in (_original.accept, _socketpair)))
    atexit.register(calls.left_open)  # the first to be registered is the last to be called
    _module.socket = make_class(recorder, calls)  # type: ignore[misc]
    if _socketpair is not None:
        _module.socketpair = make_socketpair(calls)
    return calls


def make_socketpair(calls: Calls) -> Callable[..., Any]:
    def socketpair(*args: Any, **kwargs: Any) -> tuple[Observed, Observed]:
        frame = _getframe(1)
        calls.recorder.stop_before("socketpair", frame)
        began = monotonic_ns()
        left, right = _socketpair(*args, **kwargs)
        ended = monotonic_ns()
        ends = [str(part) for sock in (left, right) for part in (_fileno(sock), sock._sp_cookie)]
        content = encode(FIELD.join((texts.list_text(args), texts.kind_text(left), *ends)))
        site = calls.recorder.sites.find(frame)
        calls.recorder.write(OP["socketpair"], began, ended, left._sp_cookie, _fileno(left), site, content=content)
        return left, right

    socketpair.__doc__, socketpair.__module__ = _socketpair.__doc__, "socket"
    return socketpair


def make_class(recorder: Recorder, calls: Calls) -> type[Observed]:
    class socket(_original):  # noqa: N801 -- the original's name
        __slots__ = ("_sp_cookie", "_sp_received", "_sp_sent", "_sp_watch")

        def __new__(*args: Any, **kwargs: Any) -> Observed:  # type: ignore[misc]
            self: Observed = _original.__new__(*args, **kwargs)
            self._sp_cookie, self._sp_watch = 0, None
            self._sp_sent = self._sp_received = NOTHING_KNOWN
            return self

        def __init__(self, family: Any = -1, type: Any = -1, proto: Any = -1, fileno: Any = None) -> None:  # noqa: A002
            frame = _getframe(1)
            if frame.f_code not in calls.inside:
                recorder.stop_before("socket", frame)
            began = monotonic_ns()
            try:
                _original.__init__(self, family, type, proto, fileno)
            except BaseException as error:
                recorder.fail(OP["socket"], began, 0, -1, recorder.sites.find(frame), -1, error)
                raise
            calls.opened(self, began, frame, fileno is not None)

        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            if cls.__module__ == "ssl" and cls.__name__ == "SSLSocket":
                tls.observe(cls, calls)

        send = sender(recorder, "send")
        sendall = sender(recorder, "sendall")
        recv = receiver(recorder)

        def accept(self) -> Any:
            if not is_observed(self):
                return _original.accept(self)
            return calls.observe(self, "accept", "", lambda: _original.accept(self), _getframe(1), accepted)

        def _sendfile_use_sendfile(self, file: Any, offset: Any = 0, count: Any = None) -> int:
            """The zero-copy way of `sendfile`; when it gives up, the file is sent through `send`."""
            if not is_observed(self):
                return _original._sendfile_use_sendfile(self, file, offset, count)  # type: ignore[attr-defined, no-any-return]
            given_up: list[BaseException] = []

            def call() -> int:
                try:
                    return _original._sendfile_use_sendfile(self, file, offset, count)  # type: ignore[attr-defined, no-any-return]
                except _module._GiveupOnSendfile as error:  # type: ignore[attr-defined]
                    given_up.append(error)
                    return 0

            asked = left_of_file(file, offset, count)
            sent = calls.move(self, "sendfile", asked, call, _getframe(1), lambda sent: (sent, b"", 0, ()))
            if given_up:
                raise given_up.pop()  # kept here, it would keep its own frames alive, and with them what they hold
            return sent

        def close(self) -> None:
            if not is_observed(self):
                return _original.close(self)
            return calls.close(self, "close", lambda: _original.close(self), _getframe(1))

        def detach(self) -> int:
            if not is_observed(self):
                return _original.detach(self)
            return calls.close(self, "detach", lambda: _original.detach(self), _getframe(1))

    for name, method in methods(calls):
        setattr(socket, name, method)
    socket.__module__, socket.__qualname__, socket.__doc__ = "socket", "socket", _original.__doc__
    for name, found in vars(socket).items():
        method = getattr(found, "__func__", found)  # __new__ is a static method
        if isinstance(method, FunctionType) and hasattr(_original, name):
            method.__name__, method.__qualname__ = name, "socket." + name
            method.__doc__ = getattr(_original, name).__doc__
    return socket


def accepted(result: tuple[Any, object] | None) -> tuple[str, ...]:
    """The texts of an `accept`: both addresses, and the new socket's kind, descriptor and cookie."""
    if result is None:
        return ()
    conn, address = result
    ends = texts.local_text(conn), texts.address_text(address)
    return (*ends, texts.kind_text(conn), str(_fileno(conn)), str(conn._sp_cookie))
