"""A subclass of `socket.socket` that notes every call, put in the place of the original.

`accept`, `create_connection`, `create_server`, `fromfd`, `makefile`, asyncio and socketserver look
the class up by name, so they need no wrappers of their own. A call made by one of them is
attributed to the nearest line of the program itself.
"""

from __future__ import annotations

import _socket
import socket as _module
import sys
from _weakref import ref
from time import monotonic_ns

from . import texts, tls
from .layout import CLOSED, FIELD, OP
from .recorder import FAR, bytes_of, encode, receiver, sender, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Self, TypeVar

    from .recorder import Recorder

    T = TypeVar("T")
    Outcome = tuple[int, bytes, int, tuple[str, ...]]

    class Observed(_module.socket):
        """What every socket of the observed class has."""

        _sp_cookie: int
        _sp_watch: Watch | None

    _original = Observed
else:
    _original = _module.socket
_socketpair: Any = getattr(_module, "socketpair", None)
_fileno = _socket.socket.fileno
# Code that makes a socket object of a descriptor as part of a call that is recorded itself.
_INSIDE = {_original.accept.__code__} | ({_socketpair.__code__} if hasattr(_socketpair, "__code__") else set())
SO_COOKIE = 57  # asm-generic/socket.h; not in every Python's socket module


def install(recorder: Recorder) -> None:
    """Make `socket.socket` the observed class."""
    calls = Calls(recorder)
    _module.socket = make_class(recorder, calls)  # type: ignore[misc]
    if _socketpair is not None:
        _module.socketpair = make_socketpair(calls)


def cookie_of(sock: _socket.socket) -> int:
    """The kernel's identity of a socket (SO_COOKIE, socket(7)): never used again while the machine runs."""
    try:
        return int.from_bytes(_socket.socket.getsockopt(sock, _module.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
    except OSError:
        return 0


class Watch(ref):  # type: ignore[type-arg]
    """Tells when a socket that nobody closed is collected: its finalizer has then closed the descriptor."""

    __slots__ = ("cookie", "fd")
    cookie: int
    fd: int


class Calls:
    """The ways in which a call is made and recorded."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.watches: set[Watch] = set()

    def observe(
        self,
        sock: Observed,
        op: str,
        text: str,
        call: Callable[[], T],
        frame: FrameType,
        describe: Callable[[T | None], tuple[str, ...]] | None = None,
        asked: int = -1,
    ) -> T:
        """Make `call()`, record it with its outcome, return its result or raise its exception.

        `describe(result)` gives further texts; after a BlockingIOError, which may only mean "not
        yet", it is asked with None.
        """
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, text, frame)
        try:
            result = call()
        except BaseException as error:
            more = describe(None) if describe and isinstance(error, BlockingIOError) else ()
            recorder.fail(OP[op], began, cookie, fd, site, asked, error, (text, *more))
            raise
        ended = monotonic_ns()
        parts = (text, *(describe(result) if describe else ()))
        recorder.write(OP[op], began, ended, cookie, fd, site, asked=asked, content=encode(FIELD.join(parts)))
        return result

    def move(
        self,
        sock: Observed,
        op: str,
        asked: int,
        call: Callable[[], T],
        frame: FrameType,
        outcome: Callable[[T], Outcome],
    ) -> T:
        """Like `observe` for calls that move bytes.

        `outcome(result)` is (count, content, flags, texts): texts, such as an address, go into a
        note before the record.
        """
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, "", frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, cookie, fd, site, asked, error)
            raise
        ended = monotonic_ns()
        count, content, flags, notes = outcome(result)
        if notes:
            recorder.write(OP["note"], began, ended, cookie, fd, site, content=encode(FIELD.join(notes)))
        recorder.write(
            OP[op], began, ended, cookie, fd, site, count=count, asked=asked, detail=flags & 0xFFFF, content=content
        )
        return result

    def close(self, sock: Observed, op: str, call: Callable[[], T], frame: FrameType) -> T:
        """A call that may close the descriptor (it does not while a `makefile` is open)."""
        recorder = self.recorder
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, -1, "", frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, cookie, fd, site, -1, error)
            raise
        closed = fd >= 0 and _fileno(sock) < 0
        if closed and sock._sp_watch is not None:
            sock._sp_watch.fd = -1
        recorder.write(OP[op], began, monotonic_ns(), cookie, fd, site, flags=CLOSED if closed else 0)
        return result

    def opened(self, sock: Observed, began: int, frame: FrameType, adopted: bool) -> None:
        """A socket object was made: give it its identity, and record it unless it is part of another call."""
        ended = monotonic_ns()
        sock._sp_cookie = cookie_of(sock)
        sock._sp_watch = watch = Watch(sock, self.forget)
        watch.fd, watch.cookie = _fileno(sock), sock._sp_cookie
        self.watches.add(watch)
        if frame.f_code in _INSIDE:
            return
        ends = (texts.local_text(sock), texts.remote_text(sock)) if adopted else ("", "")
        content = encode(FIELD.join(("", *ends, texts.kind_text(sock))))
        site = self.recorder.sites.find(frame)
        self.recorder.write(OP["socket"], began, ended, watch.cookie, watch.fd, site, content=content)

    def forget(self, watch: Watch) -> None:
        """Called by the interpreter when a watched socket is gone."""
        self.watches.discard(watch)
        if watch.fd < 0:
            return
        try:
            now = monotonic_ns()
            site = self.recorder.sites.find(sys._getframe(1))
            self.recorder.write(OP["collected"], now, now, watch.cookie, watch.fd, site, flags=CLOSED)
        except BaseException:  # the interpreter may be taking itself apart; an observer must not complain
            return


def make_socketpair(calls: Calls) -> Callable[..., Any]:
    def socketpair(*args: Any, **kwargs: Any) -> tuple[Observed, Observed]:
        frame = sys._getframe(1)
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
    getframe = sys._getframe
    observe, move, plain = calls.observe, calls.move, _socket.socket

    class socket(_original):  # noqa: N801 -- the original's name
        __slots__ = ("_sp_cookie", "_sp_watch")

        def __new__(cls, *args: Any, **kwargs: Any) -> Self:
            self: Self = super().__new__(cls, *args, **kwargs)
            self._sp_cookie, self._sp_watch = 0, None
            return self

        def __init__(self, family: Any = -1, type: Any = -1, proto: Any = -1, fileno: Any = None) -> None:  # noqa: A002
            frame = getframe(1)
            began = monotonic_ns()
            try:
                super().__init__(family, type, proto, fileno)
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

        def bind(self, *args: Any) -> None:
            return observe(
                self,
                "bind",
                texts.list_text(args),
                lambda: plain.bind(self, *args),
                getframe(1),
                lambda _: (texts.local_text(self),),
            )

        def listen(self, *args: Any) -> None:
            return observe(
                self,
                "listen",
                texts.list_text(args),
                lambda: plain.listen(self, *args),
                getframe(1),
                lambda _: (texts.local_text(self),),
                size_at(args, 0),
            )

        def accept(self) -> Any:
            return observe(self, "accept", "", super().accept, getframe(1), accepted)

        def connect(self, *args: Any) -> None:
            return observe(
                self,
                "connect",
                texts.list_text(args),
                lambda: plain.connect(self, *args),
                getframe(1),
                lambda _: (texts.local_text(self), texts.address_text(args[0])),
            )

        def connect_ex(self, *args: Any) -> int:
            return observe(
                self,
                "connect_ex",
                texts.list_text(args),
                lambda: plain.connect_ex(self, *args),
                getframe(1),
                lambda result: (texts.local_text(self), texts.address_text(args[0]), str(result)),
            )

        def sendto(self, *args: Any) -> int:
            data = args[0] if args else b""
            flags = args[1] if len(args) == 3 and type(args[1]) is int else 0
            return move(
                self,
                "sendto",
                size_of(data),
                lambda: plain.sendto(self, *args),
                getframe(1),
                lambda count: (
                    count,
                    bytes_of(data, count),
                    flags,
                    (texts.address_text(args[-1]), texts.local_text(self)),
                ),
            )

        def recv_into(self, *args: Any, **kwargs: Any) -> int:
            buffer = args[0] if args else kwargs.get("buffer", b"")
            size, flags = buffer_args(buffer, args[1:], kwargs)
            return move(
                self,
                "recv_into",
                size,
                lambda: plain.recv_into(self, *args, **kwargs),
                getframe(1),
                lambda count: (count, bytes_of(buffer, count), flags, ()),
            )

        def recvfrom(self, *args: Any) -> tuple[bytes, Any]:
            return move(
                self,
                "recvfrom",
                size_at(args, 0),
                lambda: plain.recvfrom(self, *args),
                getframe(1),
                lambda result: (len(result[0]), result[0], flag_at(args, 1), (texts.address_text(result[1]),)),
            )

        def recvfrom_into(self, *args: Any, **kwargs: Any) -> tuple[int, Any]:
            buffer = args[0] if args else kwargs.get("buffer", b"")
            size, flags = buffer_args(buffer, args[1:], kwargs)
            return move(
                self,
                "recvfrom_into",
                size,
                lambda: plain.recvfrom_into(self, *args, **kwargs),
                getframe(1),
                lambda result: (result[0], bytes_of(buffer, result[0]), flags, (texts.address_text(result[1]),)),
            )

        if hasattr(plain, "sendmsg"):

            def sendmsg(self, *args: Any) -> int:
                # The original takes any iterables, which can be walked only once.
                args = tuple(listed(arg) if index < 2 else arg for index, arg in enumerate(args))
                sizes = [size_of(buffer) for buffer in args[0]] if args and isinstance(args[0], list) else [-1]
                return move(
                    self,
                    "sendmsg",
                    sum(sizes) if -1 not in sizes else -1,
                    lambda: plain.sendmsg(self, *args),
                    getframe(1),
                    lambda count: (
                        count,
                        b"".join(map(bytes_of, args[0], sizes))[:count],
                        flag_at(args, 2),
                        (
                            texts.address_text(args[3]) if len(args) > 3 else "",
                            texts.ancillary_text(args[1]) if len(args) > 1 else "",
                            texts.local_text(self) if len(args) > 3 else "",
                        ),
                    ),
                )

        if hasattr(plain, "recvmsg"):

            def recvmsg(self, *args: Any) -> tuple[bytes, list[Any], int, Any]:
                return move(
                    self,
                    "recvmsg",
                    size_at(args, 0),
                    lambda: plain.recvmsg(self, *args),
                    getframe(1),
                    lambda result: (
                        len(result[0]),
                        result[0],
                        flag_at(args, 2) | result[2],
                        (texts.address_text(result[3]), texts.ancillary_text(result[1])),
                    ),
                )

            def recvmsg_into(self, *args: Any) -> tuple[int, list[Any], int, Any]:
                args = tuple(listed(arg) if index == 0 else arg for index, arg in enumerate(args))
                buffers: list[Any] = args[0] if args and isinstance(args[0], list) else []
                return move(
                    self,
                    "recvmsg_into",
                    sum(max(size_of(buffer), 0) for buffer in buffers),
                    lambda: plain.recvmsg_into(self, *args),
                    getframe(1),
                    lambda result: (
                        result[0],
                        b"".join(bytes_of(buffer, size_of(buffer)) for buffer in buffers)[: result[0]],
                        flag_at(args, 2) | result[2],
                        (texts.address_text(result[3]), texts.ancillary_text(result[1])),
                    ),
                )

        def _sendfile_use_sendfile(self, file: Any, offset: Any = 0, count: Any = None) -> int:
            """The zero-copy way of `sendfile`; when it gives up, the file is sent through `send`."""
            given_up: list[BaseException] = []

            def call() -> int:
                try:
                    return _original._sendfile_use_sendfile(self, file, offset, count)  # type: ignore[attr-defined, no-any-return]
                except _module._GiveupOnSendfile as error:  # type: ignore[attr-defined]
                    given_up.append(error)
                    return 0

            sent = move(self, "sendfile", -1, call, getframe(1), lambda sent: (sent, b"", 0, ()))
            if given_up:
                raise given_up.pop()  # kept here, it would keep its own frames alive, and with them what they hold
            return sent

        def shutdown(self, *args: Any) -> None:
            text = texts.shutdown_text(args)
            return observe(self, "shutdown", text, lambda: plain.shutdown(self, *args), getframe(1))

        def setsockopt(self, *args: Any) -> None:
            text = texts.option_text(args)
            return observe(self, "setsockopt", text, lambda: plain.setsockopt(self, *args), getframe(1))

        def setblocking(self, *args: Any) -> None:
            text = texts.list_text(args)
            return observe(self, "setblocking", text, lambda: plain.setblocking(self, *args), getframe(1))

        def settimeout(self, *args: Any) -> None:
            text = texts.list_text(args)
            return observe(self, "settimeout", text, lambda: plain.settimeout(self, *args), getframe(1))

        def close(self) -> None:
            return calls.close(self, "close", super().close, getframe(1))

        def detach(self) -> int:
            return calls.close(self, "detach", super().detach, getframe(1))

    socket.__module__, socket.__qualname__, socket.__doc__ = "socket", "socket", _original.__doc__
    for name, method in vars(socket).items():
        if callable(method) and hasattr(_original, name):
            method.__qualname__, method.__doc__ = "socket." + name, getattr(_original, name).__doc__
    return socket


def accepted(result: tuple[Any, object] | None) -> tuple[str, ...]:
    """The texts of an `accept`: both addresses, and the new socket's kind, descriptor and cookie."""
    if result is None:
        return ()
    conn, address = result
    ends = texts.local_text(conn), texts.address_text(address)
    return (*ends, texts.kind_text(conn), str(_fileno(conn)), str(conn._sp_cookie))


def size_at(args: tuple[Any, ...], index: int) -> int:
    """The size among the arguments of a call, -1 when it is not one (the original will say so)."""
    value = args[index] if len(args) > index else -1
    return value if type(value) is int and 0 <= value < FAR else -1


def listed(argument: Any) -> Any:
    """An iterable as a list; anything else as it is, for the original to refuse."""
    try:
        return list(argument)
    except TypeError:
        return argument


def flag_at(args: tuple[Any, ...], index: int) -> int:
    return int(args[index]) if len(args) > index and isinstance(args[index], int) else 0


def buffer_args(buffer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, int]:
    """(size, flags) of a receive into a buffer: `nbytes` of 0 means all of it (recv_into in the docs)."""
    size = args[0] if args else kwargs.get("nbytes", 0)
    flags = args[1] if len(args) > 1 else kwargs.get("flags", 0)
    size = size if type(size) is int and 0 < size < FAR else size_of(buffer)
    return size, flags if isinstance(flags, int) else 0
