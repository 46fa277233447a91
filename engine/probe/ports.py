"""The port that a call is about, so that the engine can be asked to watch it in time."""

from __future__ import annotations

import _socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .calls import Observed

INTERNET = (_socket.AF_INET, _socket.AF_INET6)
_family = _socket.socket.family.__get__  # the number; that of socket.socket makes an enum of it

PEER_AT = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
"""Where the address of the peer stands among the arguments."""
CHOOSE = frozenset({"bind", "listen"})
"""Calls after which the socket may have a port that the kernel has chosen."""


def peer_port(sock: Observed, name: str, args: tuple[Any, ...]) -> int:
    """The port this call speaks to; 0 if there is none."""
    return port_of(sock, peer_address(name, args))


def peer_address(name: str, args: tuple[Any, ...]) -> Any:
    at = PEER_AT[name]
    return args[at] if len(args) > max(at, 0) else None


def own_port(sock: Observed) -> int:
    """The port the socket is bound to; 0 if there is none."""
    try:
        return port_of(sock, _socket.socket.getsockname(sock))
    except OSError:
        return 0


def port_of(sock: Observed, address: Any) -> int:
    if type(address) is tuple and len(address) >= 2 and _family(sock) in INTERNET:
        port = address[1]
        return port if type(port) is int and 0 < port < 65536 else 0
    return 0
