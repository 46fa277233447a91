"""One sentence for each event of a wait or a registration, with what is ready and why."""

from __future__ import annotations

from engine.events import (
    EDGE,
    ERROR,
    EXCEPT,
    EXCLUSIVE,
    HANG_UP,
    INVALID,
    ONE_SHOT,
    PEER_CLOSED,
    READ,
    WRITE,
    Call,
    CallReturned,
    Caption,
    PollerKind,
)
from engine.understand.pollers import Poller, Watched, peer_of
from engine.understand.sockets import Socket
from engine.understand.streams import Stream
from engine.understand.unreported import delivered

MOST_NAMED = 3
CALLS = {"select": "select()", "poll": "poll()", "epoll_wait": "epoll.poll()"}
SPOKEN = {
    "epoll_wait": "epoll.poll",
    "epoll_create": "epoll",
    "epoll_close": "epoll.close",
    **{
        f"{kind}_{call}": f"{kind}.{call}"
        for kind in ("poll", "epoll")
        for call in ("register", "modify", "unregister")
    },
}
"""The calls as a program writes them, where our names of them are others."""
BITS = (
    (READ, "POLLIN"),
    (WRITE, "POLLOUT"),
    (EXCEPT, "POLLPRI"),
    (ERROR, "POLLERR"),
    (HANG_UP, "POLLHUP"),
    (INVALID, "POLLNVAL"),
    (PEER_CLOSED, "POLLRDHUP"),
    (EDGE, "EPOLLET"),
    (ONE_SHOT, "EPOLLONESHOT"),
    (EXCLUSIVE, "EPOLLEXCLUSIVE"),
)
CHANGES = {
    "poll_register": "caption.watch.poll_registered",
    "poll_modify": "caption.watch.modified",
    "poll_unregister": "caption.watch.unregistered",
    "epoll_create": "caption.watch.epoll_created",
    "epoll_register": "caption.watch.epoll_registered",
    "epoll_modify": "caption.watch.modified",
    "epoll_unregister": "caption.watch.unregistered",
    "epoll_close": "caption.watch.epoll_closed",
}
REASONS = {
    "pipe": "caption.ready.pipe",
    "timer": "caption.ready.timer",
    "event": "caption.ready.event",
    "file": "caption.ready.file",
    "terminal": "caption.ready.terminal",
    "epoll": "caption.ready.epoll",
    "listener": "caption.ready.listener",
    "datagram": "caption.ready.datagram",
}


def mask_text(mask: int, kind: PollerKind) -> str:
    """`EPOLLIN | EPOLLET`, as the program would write it."""
    names = [name for bit, name in BITS if mask & bit]
    return " | ".join("E" + name if kind == "epoll" and name.startswith("POLL") else name for name in names) or "0"


def _args(event: Call) -> dict[str, str | int]:
    return {"who": event.process, "call": CALLS[event.op], "n": event.watched or 0}


def started(event: Call) -> Caption:
    if event.op not in CALLS:
        return Caption("caption.call.started", {"who": event.process, "call": f"{SPOKEN[event.op]}({event.args})"})
    args = _args(event)
    if event.timeout == 0:
        return Caption("caption.wait.started_poll", args)
    if event.timeout is None or event.timeout < 0:
        return Caption("caption.wait.started", args)
    return Caption("caption.wait.started_timeout", {**args, "timeout_ns": event.timeout})


def blocked(event: Call) -> Caption:
    if event.op not in CALLS:
        return Caption("caption.call.blocked", {"who": event.process, "call": f"{SPOKEN[event.op]}({event.args})"})
    is_epoll = event.op == "epoll_wait"
    if event.timeout is None or event.timeout < 0:
        return Caption("caption.wait.epoll_blocked" if is_epoll else "caption.wait.blocked", _args(event))
    key = "caption.wait.epoll_blocked_timeout" if is_epoll else "caption.wait.blocked_timeout"
    return Caption(key, {**_args(event), "timeout_ns": event.timeout})


def returned(event: CallReturned, reasons: list[Caption]) -> Caption:
    args = {**_args(event), "waited_ns": event.t - event.began}
    number = len(event.ready or ())
    if number:
        more = [Caption("caption.ready.more", {"n": number - len(reasons)})] if number > len(reasons) else []
        return Caption("caption.wait.ready", {**args, "ready": number}, [*reasons, *more])
    if not event.watched:
        return Caption("caption.wait.slept", args)
    if event.op == "epoll_wait":  # which may not report what is ready, when it is watched edge-triggered
        return Caption("caption.wait.epoll_none" if event.timeout == 0 else "caption.wait.epoll_expired", args)
    return Caption("caption.wait.none" if event.timeout == 0 else "caption.wait.expired", args)


def registered(event: CallReturned, poller: Poller, op: str) -> Caption:
    if event.collected:
        return Caption("caption.close.collected", {"who": event.process, "fd": event.fd})
    masks = event.args.partition(", ")[2]
    args: dict[str, str | int] = {"who": event.process, "fd": event.fd, "masks": masks, "n": len(poller.interests)}
    return Caption(CHANGES[op], {**args, "call": poller.kind})


def reason(it: Watched, mask: int) -> Caption:
    """Why this one is ready, in a few words."""
    args: dict[str, str | int] = {"fd": it.fd}
    if mask & INVALID:
        return Caption("caption.ready.invalid", args)
    if it.what == "connection" and it.socket is not None:
        return _connection(args, it.socket, mask)
    if mask & READ:
        return Caption(REASONS.get(it.what, "caption.ready.readable"), args)
    return _other(args, mask)


def _connection(args: dict[str, str | int], socket: Socket, mask: int) -> Caption:
    peer = peer_of(socket) or ""
    args = {**args, "peer": peer}
    stream = socket.incoming
    waiting = delivered(socket, stream) - stream.read if stream is not None else 0
    if is_connecting(socket):
        failed = mask & ERROR or (mask & READ and mask & WRITE and waiting <= 0 and not has_peer(socket))
        return Caption("caption.ready.not_connected" if failed else "caption.ready.connected", args)
    if mask & READ and waiting > 0:
        return Caption("caption.ready.bytes", {**args, "n": waiting})
    if mask & ERROR:
        return Caption("caption.ready.error", args)
    if mask & (READ | HANG_UP | PEER_CLOSED) and stream is not None and has_ended(socket, stream):
        return Caption("caption.ready.ended", args)
    return Caption("caption.ready.readable", args) if mask & READ else _other(args, mask)


def _other(args: dict[str, str | int], mask: int) -> Caption:
    if mask & EXCEPT:
        return Caption("caption.ready.urgent", args)
    if mask & ERROR:
        return Caption("caption.ready.error", args)
    if mask & (HANG_UP | PEER_CLOSED):
        return Caption("caption.ready.hang_up", args)
    return Caption("caption.ready.writable" if mask & WRITE else "caption.ready.readable", args)


def is_connecting(socket: Socket) -> bool:
    """Has it asked for a connection, and not moved a byte over it yet?"""
    streams = [stream for stream in (socket.incoming, socket.outgoing) if stream is not None]
    return socket.state == "connecting" and not any(stream.settled or stream.read for stream in streams[-1:])


def has_peer(socket: Socket) -> bool:
    connection = socket.connection
    if connection is None:
        return False
    conversation = connection.conversation
    return connection.server is not None or (conversation is not None and not conversation.reset)


def has_ended(socket: Socket, stream: Stream) -> bool:
    """Has the other end closed its direction? By its FIN, or by the calls of the run."""
    if socket.peer is not None and socket.peer.state == "closed":
        return True
    captured = socket.connection.captured(stream) if socket.connection is not None else None
    return captured is not None and captured.end is not None
