"""How addresses, kinds and options of sockets are written in a record."""

from __future__ import annotations

import _socket
import socket as _module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def address_text(address: object) -> str:
    """127.0.0.1:8001, [::1]:8001, a path, or @name for an abstract one (unix(7))."""
    if isinstance(address, tuple) and len(address) >= 2:
        host = f"[{address[0]}]" if ":" in str(address[0]) else address[0]
        return f"{host}:{address[1]}"
    if isinstance(address, bytes):
        text = address.decode("utf-8", "replace")
        return "@" + text[1:] if text[:1] == "\0" else text
    return str(address) if address is not None else ""


def local_text(sock: _socket.socket) -> str:
    try:
        return address_text(_socket.socket.getsockname(sock))
    except OSError:
        return ""


def remote_text(sock: _socket.socket) -> str:
    try:
        return address_text(_socket.socket.getpeername(sock))
    except OSError:
        return ""


def kind_text(sock: _socket.socket) -> str:
    """tcp, tcp6, udp, udp6, unix, raw: what ss(8) would call it, shortened."""
    family, kind = sock.family, sock.type
    if family == getattr(_module, "AF_UNIX", None):
        return "unix"
    bases: dict[int, str] = {_module.SOCK_STREAM: "tcp", _module.SOCK_DGRAM: "udp"}
    return bases.get(kind, "raw") + ("6" if family == _module.AF_INET6 else "")


def names(prefix: str, without: tuple[str, ...] = ()) -> dict[int, str]:
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


def option_text(args: tuple[Any, ...]) -> str:
    """`SOL_SOCKET, SO_REUSEADDR, 1` for the arguments of setsockopt."""
    if len(args) < 2 or not all(isinstance(number, int) for number in args[:2]):
        return list_text(args)
    level, option = args[:2]
    named = [LEVELS.get(level, str(level)), OPTIONS.get(level, {}).get(option, str(option))]
    return ", ".join([*named, *map(repr, args[2:])])


def shutdown_text(args: Iterable[object]) -> str:
    return ", ".join(HOWS.get(how, repr(how)) if isinstance(how, int) else repr(how) for how in args)


def list_text(args: Iterable[object]) -> str:
    return ", ".join(map(repr, args))


def ancillary_text(items: Iterable[tuple[int, int, bytes]]) -> str:
    """What sendmsg and recvmsg carry beside the bytes: `SCM_RIGHTS 4 bytes` (cmsg(3))."""
    rights = getattr(_module, "SCM_RIGHTS", None)
    return ", ".join(
        f"{'SCM_RIGHTS' if kind == rights and level == _module.SOL_SOCKET else f'{level}/{kind}'} {len(data)} bytes"
        for level, kind, data in items
    )
