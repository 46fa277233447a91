"""The methods of a socket that do no more than one call: what is asked of the kernel, what came of it.

A tuple in DESCRIBED or MOVING makes one method of the observed class. What never becomes a call on a socket of
ours (`socket.socket.bind(5, 5)`, a keyword no such method has) goes to the original as it is.
"""

from __future__ import annotations

import _socket
import sys

from . import texts
from .arguments import MISSING, bytes_of, flag_at, into, listed, pass_on, size_at, size_of, sizes_of
from .calls import is_observed
from .hold import ask
from .layout import ASK_AT, HOLD_AT
from .ports import CHOOSE, PEER_AT, own_port, peer_address, peer_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .calls import Calls, Observed, Outcome

_getframe = sys._getframe


def methods(calls: Calls) -> Iterator[tuple[str, Callable[..., Any]]]:
    """By name, those that this Python has."""
    for name, text, describe in DESCRIBED:
        yield name, describing(calls, name, text, describe)
    for name, lists, asked, outcome in MOVING:
        if hasattr(_socket.socket, name):
            yield name, moving(calls, name, lists, asked, outcome)


def describing(
    calls: Calls,
    name: str,
    text: Callable[[tuple[Any, ...]], str],
    describe: Callable[[Observed, tuple[Any, ...], Any], tuple[str, ...]],
) -> Callable[..., Any]:
    """A method that moves no bytes: `describe(sock, args, result)` gives the texts about its outcome."""
    original, observe = getattr(_socket.socket, name), calls.observe
    ring, has_peer, chooses = calls.recorder.ring, name in PEER_AT, name in CHOOSE

    def method(self: Any = MISSING, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not is_observed(self):
            return pass_on(original, self, args, kwargs)
        if has_peer and ring.memory[ASK_AT]:
            ask(ring, peer_port(self, name, args))
        result = observe(
            self,
            name,
            text(args),
            lambda: original(self, *args),
            _getframe(1),
            lambda result: describe(self, args, result),
            size_at(args, 0) if name == "listen" else -1,
        )
        if chooses and ring.memory[ASK_AT]:
            ask(ring, own_port(self))
        return result

    return method


def moving(
    calls: Calls,
    name: str,
    lists: int,
    asked: Callable[[tuple[Any, ...], dict[str, Any]], int],
    outcome: Callable[[Observed, tuple[Any, ...], dict[str, Any], Any], Outcome],
) -> Callable[..., Any]:
    """A method that moves bytes; the first `lists` of its arguments are iterables."""
    original, move = getattr(_socket.socket, name), calls.move
    takes_names = name.endswith("_into") and not lists
    ring, has_peer = calls.recorder.ring, name in PEER_AT

    def method(self: Any = MISSING, /, *args: Any, **kwargs: Any) -> Any:
        if (kwargs and not takes_names) or not is_observed(self):
            return pass_on(original, self, args, kwargs)
        args = listed(args, lists)
        if has_peer and ring.memory[ASK_AT]:
            ask(ring, peer_port(self, name, args))
        return move(
            self,
            name,
            asked(args, kwargs),
            lambda: original(self, *args, **kwargs),
            _getframe(1),
            lambda result: outcome(self, args, kwargs, result),
            texts.address_text(peer_address(name, args)) if has_peer and ring.memory[HOLD_AT] else "",
        )

    return method


def nothing(sock: Observed, args: tuple[Any, ...], result: object) -> tuple[str, ...]:
    return ()


def bound(sock: Observed, args: tuple[Any, ...], result: object) -> tuple[str, ...]:
    return (texts.local_text(sock),)


def connected(sock: Observed, args: tuple[Any, ...], result: int | None) -> tuple[str, ...]:
    """Both addresses, and of `connect_ex` the number it returned."""
    return (
        texts.local_text(sock),
        texts.address_text(args[0]),
        *([] if result is None else [str(result)]),
    )


DESCRIBED = (
    ("bind", texts.list_text, bound),
    ("listen", texts.list_text, bound),
    ("connect", texts.list_text, connected),
    ("connect_ex", texts.list_text, connected),
    ("shutdown", texts.shutdown_text, nothing),
    ("setsockopt", texts.option_text, nothing),
    ("setblocking", texts.list_text, nothing),
    ("settimeout", texts.list_text, nothing),
)


def first_size(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    return size_at(args, 0)


def size_of_first(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    return size_of(args[0]) if args else size_of(b"")


def size_into(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    return into(args, named)[1]


def size_of_all(args: tuple[Any, ...], named: dict[str, Any]) -> int:
    sizes = sizes_of(args[0]) if args else [-1]
    return sum(sizes) if -1 not in sizes else -1


def sentto(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], count: int) -> Outcome:
    flags = args[1] if len(args) == 3 and type(args[1]) is int else 0
    return count, bytes_of(args[0], count), flags, (texts.address_text(args[-1]), texts.local_text(sock))


def received_into(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], count: int) -> Outcome:
    buffer, _, flags = into(args, named)
    return count, bytes_of(buffer, count), flags, ()


def received_from(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], result: tuple[bytes, Any]) -> Outcome:
    data, address = result
    return len(data), data, flag_at(args, 1), (texts.address_text(address),)


def received_from_into(
    sock: Observed, args: tuple[Any, ...], named: dict[str, Any], result: tuple[int, Any]
) -> Outcome:
    buffer, _, flags = into(args, named)
    count, address = result
    return count, bytes_of(buffer, count), flags, (texts.address_text(address),)


def sent_message(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], count: int) -> Outcome:
    addressed = len(args) > 3
    notes = (
        texts.address_text(args[3]) if addressed else "",
        texts.ancillary_text(args[1]) if len(args) > 1 else "",
        texts.local_text(sock) if addressed else "",
    )
    return count, b"".join(map(bytes_of, args[0], sizes_of(args[0])))[:count], flag_at(args, 2), notes


def received_message(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], result: Any) -> Outcome:
    data, ancillary, flags, address = result
    notes = texts.address_text(address), texts.ancillary_text(ancillary)
    return len(data), data, flag_at(args, 2) | flags, notes


def received_message_into(sock: Observed, args: tuple[Any, ...], named: dict[str, Any], result: Any) -> Outcome:
    count, ancillary, flags, address = result
    content = b"".join(map(bytes_of, args[0], sizes_of(args[0])))[:count]
    return count, content, flag_at(args, 2) | flags, (texts.address_text(address), texts.ancillary_text(ancillary))


MOVING = (
    ("sendto", 0, size_of_first, sentto),
    ("recv_into", 0, size_into, received_into),
    ("recvfrom", 0, first_size, received_from),
    ("recvfrom_into", 0, size_into, received_from_into),
    ("sendmsg", 2, size_of_all, sent_message),
    ("recvmsg", 0, first_size, received_message),
    ("recvmsg_into", 1, size_of_all, received_message_into),
)
