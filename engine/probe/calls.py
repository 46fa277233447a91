"""A subclass of `socket.socket` that notes every call, put in the place of the original.

`accept`, `create_connection`, `create_server`, `socketpair`, `fromfd`, `makefile`, asyncio and
socketserver look the class up by name, so they need no wrappers of their own. A call made by one
of them is attributed to the nearest line of the program itself.
"""

import socket as _module
import sys
from _weakref import ref
from time import monotonic_ns

import _socket

from .layout import CLOSED, FIELD, OP
from .recorder import encode, receiver, sender

_original = _module.socket
_fileno = _socket.socket.fileno
_accept_code = _original.accept.__code__
SO_COOKIE = 57  # asm-generic/socket.h; not in every Python's socket module




def install(recorder):
    """Make `socket.socket` the observed class; returns it."""
    observed = make_class(recorder)
    _module.socket = observed
    return observed


def cookie_of(sock):
    """The kernel's identity of a socket (SO_COOKIE, socket(7)): never used again while the machine runs."""
    try:
        return int.from_bytes(_socket.socket.getsockopt(sock, _module.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
    except OSError:
        return 0


def address_text(address):
    """How an address is written: 127.0.0.1:8001, [::1]:8001, or a path."""
    if isinstance(address, tuple) and len(address) >= 2:
        host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
        return f"{host}:{address[1]}"
    if isinstance(address, bytes):
        return "@" + address[1:].decode("utf-8", "replace") if address[:1] == b"\0" else address.decode("utf-8", "replace")
    return str(address) if address is not None else ""


def local_text(sock):
    try:
        return address_text(_socket.socket.getsockname(sock))
    except OSError:
        return ""


def remote_text(sock):
    try:
        return address_text(_socket.socket.getpeername(sock))
    except OSError:
        return ""


def kind_text(sock):
    """tcp, tcp6, udp, udp6, unix, …: what `ss` would call it."""
    family, kind = sock.family, sock.type
    if family == getattr(_module, "AF_UNIX", None):
        return "unix"
    base = {_module.SOCK_STREAM: "tcp", _module.SOCK_DGRAM: "udp"}.get(kind, "raw")
    return base + ("6" if family == _module.AF_INET6 else "")


def names(prefix, without=()):
    """The constants of the socket module by value; `without` are prefixes of other families of names."""
    found = [name for name in vars(_module) if name.startswith(prefix) and not name.startswith(without)]
    return {int(getattr(_module, name)): name for name in sorted(found, reverse=True)}


LEVELS = {**names("IPPROTO_"), **names("SOL_SOCKET")}
OPTIONS = {
    _module.SOL_SOCKET: names("SO_", ("SO_J1939", "SO_VM_")),
    _module.IPPROTO_TCP: names("TCP_"),
    _module.IPPROTO_IP: names("IP_"),
}
HOWS = names("SHUT_")


def option_text(args):
    """`SOL_SOCKET, SO_REUSEADDR, 1` for the arguments of setsockopt."""
    if len(args) < 2 or not all(isinstance(number, int) for number in args[:2]):
        return ", ".join(map(repr, args))
    level, option = args[:2]
    named = [LEVELS.get(level, str(level)), OPTIONS.get(level, {}).get(option, str(option))]
    return ", ".join([*named, *map(repr, args[2:])])


class Watch(ref):
    """Tells when a socket that nobody closed is collected: its finalizer has then closed the descriptor."""

    __slots__ = ("cookie", "fd")


def make_class(recorder):
    getframe = sys._getframe
    watches = set()

    def observe(sock, op, args_text, call, frame, describe=None, asked=-1):
        """Make `call()`, record it with its outcome, return its result or raise its exception.

        `describe(result)` gives further texts for the record: for a call that tells addresses, the
        local and remote ones.
        """
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, args_text, frame)
        try:
            result = call()
        except BaseException as error:
            texts = (args_text, *(describe(None) if describe and isinstance(error, BlockingIOError) else ()))
            recorder.fail(OP[op], began, cookie, fd, site, asked, error, texts)
            raise
        ended = monotonic_ns()
        texts = (args_text, *(describe(result) if describe else ()))
        recorder.write(OP[op], began, ended, cookie, fd, site, asked=asked, content=encode(FIELD.join(texts)))
        return result

    def move(sock, op, asked, args_text, call, frame, outcome):
        """Like `observe` for calls that move bytes; `outcome(result)` is (count, content bytes, flags)."""
        fd, cookie = _fileno(sock), sock._sp_cookie
        began, site = recorder.enter(OP[op], fd, cookie, asked, args_text, frame)
        try:
            result = call()
        except BaseException as error:
            recorder.fail(OP[op], began, cookie, fd, site, asked, error, (args_text,))
            raise
        ended = monotonic_ns()
        count, content, flags = outcome(result)
        recorder.write(
            OP[op], began, ended, cookie, fd, site, count=count, asked=asked, detail=flags & 0xFFFF, content=content
        )
        return result

    def forget(watch):
        """Called by the interpreter when a watched socket is gone."""
        watches.discard(watch)
        if watch.fd < 0:
            return
        try:
            now = monotonic_ns()
            site = recorder.sites.find(getframe(1))
            recorder.write(OP["collected"], now, now, watch.cookie, watch.fd, site, flags=CLOSED)
        except BaseException:  # the interpreter may be taking itself apart; an observer must not complain
            return

    def closing(sock, op, call, frame):
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

    class socket(_original):
        __slots__ = ("_sp_cookie", "_sp_watch")

        def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
            frame = getframe(1)
            self._sp_cookie, self._sp_watch = 0, None
            began = monotonic_ns()
            try:
                super().__init__(family, type, proto, fileno)
            except BaseException as error:
                recorder.fail(OP["socket"], began, 0, -1, recorder.sites.find(frame), -1, error)
                raise
            ended = monotonic_ns()
            self._sp_cookie = cookie_of(self)
            self._sp_watch = watch = Watch(self, forget)
            watch.fd, watch.cookie = _fileno(self), self._sp_cookie
            watches.add(watch)
            if frame.f_code is not _accept_code:
                texts = ["", local_text(self), remote_text(self), kind_text(self)] if fileno is not None else ["", "", "", kind_text(self)]
                recorder.write(
                    OP["socket"],
                    began,
                    ended,
                    self._sp_cookie,
                    _fileno(self),
                    recorder.sites.find(frame),
                    content=encode(FIELD.join(texts)),
                )

        def bind(self, *args):
            text = ", ".join(map(repr, args))
            return observe(
                self, "bind", text, lambda: super(socket, self).bind(*args), getframe(1), lambda _: (local_text(self),)
            )

        def listen(self, *args):
            text = ", ".join(map(repr, args))
            asked = args[0] if args and isinstance(args[0], int) else -1
            return observe(
                self, "listen", text, lambda: super(socket, self).listen(*args), getframe(1),
                lambda _: (local_text(self),), asked,
            )

        def accept(self):
            def describe(result):
                if result is None:
                    return ()
                conn, address = result
                return (
                    local_text(conn), address_text(address), kind_text(conn), str(_fileno(conn)), str(conn._sp_cookie)
                )

            return observe(self, "accept", "", super().accept, getframe(1), describe)

        def connect(self, *args):
            text = ", ".join(map(repr, args))
            return observe(
                self, "connect", text, lambda: super(socket, self).connect(*args), getframe(1),
                lambda _: (local_text(self), address_text(args[0])),
            )

        def connect_ex(self, *args):
            text = ", ".join(map(repr, args))
            return observe(
                self, "connect_ex", text, lambda: super(socket, self).connect_ex(*args), getframe(1),
                lambda result: (local_text(self), address_text(args[0]), str(result)),
            )

        send = sender(recorder, "send")
        sendall = sender(recorder, "sendall")
        recv = receiver(recorder)

        def shutdown(self, *args):
            text = ", ".join(HOWS.get(how, repr(how)) for how in args)
            return observe(self, "shutdown", text, lambda: super(socket, self).shutdown(*args), getframe(1))

        def setsockopt(self, *args):
            return observe(
                self, "setsockopt", option_text(args), lambda: super(socket, self).setsockopt(*args), getframe(1)
            )

        def setblocking(self, *args):
            text = ", ".join(map(repr, args))
            return observe(self, "setblocking", text, lambda: super(socket, self).setblocking(*args), getframe(1))

        def settimeout(self, *args):
            text = ", ".join(map(repr, args))
            return observe(self, "settimeout", text, lambda: super(socket, self).settimeout(*args), getframe(1))

        def close(self):
            return closing(self, "close", super().close, getframe(1))

        def detach(self):
            return closing(self, "detach", super().detach, getframe(1))

    socket.__module__, socket.__qualname__, socket.__doc__ = "socket", "socket", _original.__doc__
    return socket
