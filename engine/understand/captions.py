"""One sentence for each event: a key of the message catalogs and its arguments.

Literal keys only, so that a test can tell which keys are used.
"""

from __future__ import annotations

from engine.events import CallBlocked, CallHeld, CallReturned, CallStarted, Caption, FindingMade
from engine.understand import wait_captions
from engine.understand.resets import LINGER, linger_seconds

STARTED = {
    "accept": "caption.accept.started",
    "connect": "caption.connect.started",
}
BLOCKED = {
    "accept": "caption.accept.blocked",
    "connect": "caption.connect.blocked",
}
RETURNED = {
    "socket": "caption.socket.returned",
    "bind": "caption.bind.returned",
    "listen": "caption.listen.returned",
    "accept": "caption.accept.returned",
    "connect": "caption.connect.returned",
    "close": "caption.close.returned",
}
OPTIONS = (
    ("SO_REUSEADDR", "caption.setsockopt.reuseaddr"),
    ("TCP_NODELAY", "caption.setsockopt.nodelay"),
    ("SO_RCVBUF", "caption.setsockopt.rcvbuf"),
    ("SO_SNDBUF", "caption.setsockopt.sndbuf"),
)
WAITING = {
    ("setblocking", "False"): "caption.setblocking.off",
    ("setblocking", "True"): "caption.setblocking.on",
    ("shutdown", "SHUT_WR"): "caption.shutdown.write",
}
ERRORS = {
    "ECONNREFUSED": "caption.failed.refused",
    "EADDRINUSE": "caption.failed.in_use",
    "ECONNRESET": "caption.failed.reset",
    "EPIPE": "caption.failed.broken_pipe",
}
FAILED_CALLS = {
    ("accept", "EAGAIN"): "caption.failed.none_waiting",
    ("connect", "EINPROGRESS"): "caption.failed.connecting",
    ("epoll_register", "EPERM"): "caption.failed.not_pollable",
}
FAILED_SELECTS = (
    ("out of range in select", "caption.failed.select_limit"),
    ("negative", "caption.failed.select_closed"),
)
"""By what CPython's select says (Modules/selectmodule.c)."""
FAILED_SENDS = {"BlockingIOError": "caption.failed.no_room"}
FAILED_RECEIVES = {"BlockingIOError": "caption.failed.nothing_yet", "TimeoutError": "caption.failed.timeout"}


def call_text(op: str, args: str) -> str:
    return f"{wait_captions.SPOKEN.get(op, op)}({args})"


def held(event: CallHeld) -> Caption:
    args: dict[str, str | int] = {"who": event.process, "call": call_text(event.op, event.args)}
    if event.moved == "sent" and event.asked is not None:
        return Caption("caption.send.held", {**args, "call": event.op, "n": event.asked})
    return Caption("caption.call.held", args)


def started(event: CallStarted, datagram: bool) -> Caption:
    """`datagram`: of a UDP socket."""
    if event.poller is not None:
        return wait_captions.started(event)
    args: dict[str, str | int] = {"who": event.process, "call": call_text(event.op, event.args)}
    if event.moved == "sent" and event.asked is not None:
        args |= {"call": event.op, "n": event.asked}
        return Caption("caption.datagram.started" if datagram else "caption.send.started", args)
    if event.moved == "received":
        return Caption("caption.recv.started", args)
    if datagram:
        return Caption("caption.call.started", args)
    return Caption(STARTED.get(event.op, "caption.call.started"), args)


def blocked(event: CallBlocked) -> Caption:
    if event.poller is not None:
        return wait_captions.blocked(event)
    args: dict[str, str | int] = {"who": event.process, "call": call_text(event.op, event.args)}
    if event.moved == "sent":
        return Caption("caption.send.blocked", {**args, "call": event.op + "()"})
    if event.moved == "received":
        return Caption("caption.recv.blocked", args)
    return Caption(BLOCKED.get(event.op, "caption.call.blocked"), args)


def returned(event: CallReturned, datagram: bool) -> Caption:
    """`datagram`: of a UDP socket."""
    if event.error is not None:
        return failed(event, datagram)
    if event.moved == "sent" and event.count is not None:
        return sent(event, event.count, datagram)
    if event.moved == "received" and event.count is not None:
        return received(event, event.count, datagram)
    if event.collected:
        return Caption("caption.close.collected", {"who": event.process, "fd": event.fd})
    args: dict[str, str | int] = {
        "who": event.process,
        "call": call_text(event.op, event.args),
        "fd": event.fd,
        "result": event.result or "",
    }
    if event.op == "setsockopt":
        return option(event, args)
    if event.op == "settimeout" and event.args != "None":
        return Caption("caption.settimeout.returned", {**args, "seconds": event.args})
    if event.op == "connect" and datagram:
        return Caption("caption.connect.datagram", args)
    key = WAITING.get((event.op, event.args), RETURNED.get(event.op, "caption.call.returned"))
    return Caption(key, args)


def option(event: CallReturned, args: dict[str, str | int]) -> Caption:
    if event.args.startswith(LINGER) and (seconds := linger_seconds(event.args)) is not None:
        return Caption("caption.setsockopt.linger" if seconds else "caption.setsockopt.no_linger", args)
    for name, key in OPTIONS:
        if name in event.args:
            return Caption(key, {**args, "value": event.args.rpartition(", ")[2]})
    return Caption("caption.call.returned", args)


def sent(event: CallReturned, count: int, datagram: bool) -> Caption:
    args: dict[str, str | int] = {"who": event.process, "call": event.op, "n": count}
    if datagram:
        return Caption("caption.datagram.sent", args)
    if count == 0:
        return Caption("caption.send.nothing", args)
    if event.asked is not None and count < event.asked:
        return Caption("caption.send.partial", {**args, "asked": event.asked})
    return Caption("caption.send.returned", args)


def received(event: CallReturned, count: int, datagram: bool) -> Caption:
    args: dict[str, str | int] = {"who": event.process, "call": call_text(event.op, event.args), "n": count}
    if datagram:
        if event.result:
            return Caption("caption.datagram.received_from", {**args, "whom": event.result})
        return Caption("caption.datagram.received", args)
    return Caption("caption.recv.eof" if event.eof else "caption.recv.returned", args)


def failed(event: CallReturned, datagram: bool) -> Caption:
    call = event.op if event.moved == "sent" else call_text(event.op, event.args)
    args: dict[str, str | int] = {
        "who": event.process,
        "call": call,
        "error": event.error or "",
        "message": event.message or "",
    }
    if event.errno == "ECONNREFUSED" and datagram:
        return Caption("caption.failed.datagram_refused", args)
    if event.op == "select":
        told = (key for part, key in FAILED_SELECTS if part in (event.message or ""))
        return Caption(next(told, "caption.failed.other"), args)
    by_error = FAILED_SENDS if event.moved == "sent" else FAILED_RECEIVES if event.moved == "received" else {}
    key = by_error.get(event.error or "") or FAILED_CALLS.get((event.op, event.errno or ""))
    key = key or ERRORS.get(event.errno or "", "caption.failed.other")
    return Caption(key, args)


def finding(event: FindingMade, call: str, as_asked: bool) -> Caption:
    """Of what a receive from a stream has shown; `as_asked`: each of its receives got all that it had asked for."""
    size = event.end - event.start
    pieces = len(event.cuts) + 1
    args: dict[str, str | int] = {"who": event.process, "call": call, "n": size}
    if event.kind == "sticky":
        return Caption("caption.finding.sticky", {**args, "messages": pieces})
    if event.kind == "character":
        return Caption("caption.finding.character", {**args, "n": event.cuts[0] - event.start, "size": size})
    key = "caption.finding.split_as_asked" if as_asked else "caption.finding.split"
    return Caption(key, {"who": event.process, "n": size, "pieces": pieces})
