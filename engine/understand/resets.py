"""Connections that were given up with RST: which call met it, and what the other side had done.

Linux sends RST instead of FIN when a socket is closed with unread data (RFC 1122 section 4.2.2.13,
RFC 2525 section 2.17), or with SO_LINGER at 0 seconds (socket(7)); and in answer to data for a
connection whose end is closed (RFC 9293 section 3.10.7.1).
"""

from __future__ import annotations

import ast
import struct
from weakref import WeakKeyDictionary, WeakSet

import msgspec

from engine.events import CallReturned, Caption, FindingMade
from engine.understand.findings import Findings
from engine.understand.sockets import Socket

BROKEN = frozenset({"ECONNRESET", "EPIPE"})
LINGER = "SOL_SOCKET, SO_LINGER, "


class End(msgspec.Struct, gc=False):
    """How a socket was closed: by which call (0: by the kernel, at the exit), and how far it had read of what."""

    call: int
    read: int
    written: int

    @property
    def unread(self) -> int:
        return max(self.written - self.read, 0)


class Resets:
    """Sees how sockets are closed, and the calls that fail because of it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        # Weak, so that this keeps no socket that is otherwise forgotten.
        self._ends: WeakKeyDictionary[Socket, End] = WeakKeyDictionary()
        self._lingers: WeakKeyDictionary[Socket, bool] = WeakKeyDictionary()
        self._told: WeakSet[Socket] = WeakSet()

    def option(self, event: CallReturned, socket: Socket) -> None:
        """A setsockopt has returned."""
        if event.args.startswith(LINGER):
            self._lingers[socket] = linger_seconds(event.args) == 0

    def closed(self, socket: Socket, call: int) -> None:
        """Nobody refers to the socket any more."""
        stream = socket.incoming
        if stream is not None:
            self._ends[socket] = End(call, stream.read, stream.written)

    def failed(self, event: CallReturned, socket: Socket) -> list[FindingMade]:
        """The first call on a connection to fail since it was reset."""
        stream = socket.outgoing
        if event.errno not in BROKEN or stream is None or socket in self._told:
            return []
        self._told.add(socket)
        peer = socket.peer
        end = self._ends.get(peer) if peer is not None else None
        start = stream.written if end is None else min(end.read, stream.written)
        proof = [event.call] if end is None else [event.call, end.call]
        found = self._findings.tell("reset", event.t, event.process, stream.name, start, stream.written, [], proof)
        for finding in found:
            finding.caption = self._findings.last_reset = self._caption(event, socket, peer, end)
        return found

    def _caption(self, event: CallReturned, socket: Socket, peer: Socket | None, end: End | None) -> Caption:
        args: dict[str, str | int] = {"who": event.process, "call": event.op, "error": event.error or ""}
        if peer is None or end is None:
            return Caption("caption.finding.reset", args)
        args["whom"] = peer.process
        if self._lingers.get(peer):
            return Caption("caption.finding.reset_linger", args)
        if end.unread:
            return Caption("caption.finding.reset_unread", {**args, "n": end.unread})
        if socket.outgoing is not None and socket.outgoing.written > end.written:
            return Caption("caption.finding.reset_late", args)
        return Caption("caption.finding.reset", args)


def linger_seconds(args: str) -> int | None:
    """The time in the `struct linger` a setsockopt was given (socket(7)); None where lingering is off.

    None too where the argument is no plain bytes, such as a bytearray: its text is not ours to evaluate.
    """
    try:
        value = ast.literal_eval(args.removeprefix(LINGER))
    except (ValueError, SyntaxError):
        return None
    if not isinstance(value, bytes) or len(value) != struct.calcsize("ii"):
        return None
    is_on, seconds = struct.unpack("ii", value)
    return int(seconds) if is_on else None
