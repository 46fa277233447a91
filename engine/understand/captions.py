"""One sentence for each event: a key of the message catalogs and its arguments.

Literal keys only, so that a test can tell which keys are used.
"""

from __future__ import annotations

from engine.events import CallBlocked, CallReturned, CallStarted, Caption, FindingMade

TEXT_LIMIT = 60

STARTED = {
    "accept": "caption.accept.started",
    "connect": "caption.connect.started",
    "recv": "caption.recv.started",
}
BLOCKED = {
    "accept": "caption.accept.blocked",
    "connect": "caption.connect.blocked",
    "send": "caption.send.blocked",
    "sendall": "caption.send.blocked",
    "recv": "caption.recv.blocked",
}
RETURNED = {
    "socket": "caption.socket.returned",
    "bind": "caption.bind.returned",
    "listen": "caption.listen.returned",
    "accept": "caption.accept.returned",
    "connect": "caption.connect.returned",
    "close": "caption.close.returned",
}


def call_text(op: str, args: str) -> str:
    return f"{op}({args})"


def started(event: CallStarted) -> Caption:
    call = call_text(event.op, event.args)
    if event.moved == "sent" and event.asked is not None:
        return Caption("caption.send.started", {"who": event.process, "call": event.op, "n": event.asked})
    return Caption(STARTED.get(event.op, "caption.call.started"), {"who": event.process, "call": call})


def blocked(event: CallBlocked) -> Caption:
    call = event.op + "()" if event.moved == "sent" else call_text(event.op, event.args)
    return Caption(BLOCKED.get(event.op, "caption.call.blocked"), {"who": event.process, "call": call})


def returned(event: CallReturned) -> Caption:
    if event.error is not None:
        return failed(event)
    call = call_text(event.op, event.args)
    who = event.process
    if event.moved == "sent" and event.count is not None:
        if event.count == 0:
            return Caption("caption.send.nothing", {"who": who, "call": event.op})
        if event.asked is not None and event.count < event.asked:
            return Caption(
                "caption.send.partial", {"who": who, "call": event.op, "n": event.count, "asked": event.asked}
            )
        return Caption("caption.send.returned", {"who": who, "call": event.op, "n": event.count})
    if event.moved == "received" and event.count is not None:
        if event.eof:
            return Caption("caption.recv.eof", {"who": who, "call": call})
        return Caption("caption.recv.returned", {"who": who, "call": call, "n": event.count})
    if event.collected:
        return Caption("caption.close.collected", {"who": who, "fd": event.fd})
    if event.op == "setsockopt" and "SO_REUSEADDR" in event.args:
        return Caption("caption.setsockopt.reuseaddr", {"who": who, "call": call})
    if event.op == "setsockopt" and "TCP_NODELAY" in event.args:
        return Caption("caption.setsockopt.nodelay", {"who": who, "call": call})
    args: dict[str, str | int] = {"who": who, "call": call, "fd": event.fd, "result": event.result or ""}
    return Caption(RETURNED.get(event.op, "caption.call.returned"), args)


def failed(event: CallReturned) -> Caption:
    call = event.op if event.moved == "sent" else call_text(event.op, event.args)
    args: dict[str, str | int] = {
        "who": event.process,
        "call": call,
        "error": event.error or "",
        "message": event.message or "",
    }
    if event.errno == "ECONNREFUSED":
        return Caption("caption.failed.refused", args)
    if event.errno == "EADDRINUSE":
        return Caption("caption.failed.in_use", args)
    if event.errno == "ECONNRESET":
        return Caption("caption.failed.reset", args)
    return Caption("caption.failed.other", args)


def finding(event: FindingMade, call: str) -> Caption:
    size = event.end - event.start
    pieces = len(event.cuts) + 1
    if event.kind == "sticky":
        return Caption("caption.finding.sticky", {"who": event.process, "call": call, "n": size, "messages": pieces})
    return Caption("caption.finding.split", {"who": event.process, "n": size, "pieces": pieces})


def output(who: str, text: str) -> Caption:
    """What was printed: the first line, cut where it is long."""
    line = text.strip("\n").split("\n", 1)[0]
    if len(line) > TEXT_LIMIT:
        line = line[: TEXT_LIMIT - 1] + "…"
    return Caption("caption.process.output", {"who": who, "text": line})


def exited(who: str, code: int | None, signal: str | None, stopped: bool) -> Caption:
    if stopped:
        return Caption("caption.process.stopped", {"who": who, "signal": signal or ""})
    if signal is not None:
        return Caption("caption.process.killed", {"who": who, "signal": signal})
    if code:
        return Caption("caption.process.failed", {"who": who, "code": code})
    return Caption("caption.process.ended", {"who": who})
