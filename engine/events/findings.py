"""What follows from other events."""

from __future__ import annotations

from typing import Literal

from .base import Event, Evidence, Moved


class BytesMoved(Event, tag="bytes.moved", kw_only=True):
    """Bytes [start, end) of a stream that the kernel counted as moved and no recorded call accounts for.

    They went past the probe (`os.read`, TLS, a process without it), some time before `t`; or they are
    what the call `call`, a sendall that failed, had sent before it did.
    """

    process: str
    stream: str
    moved: Moved
    start: int
    end: int
    call: int | None = None
    evidence: Evidence = "measured"
    """Derived when they are known only from having been read."""


class FindingMade(Event, tag="finding.made", kw_only=True):
    """A named thing that happened, derived from the calls in `proof`.

    `sticky`: one receive returned bytes of several sends; `cuts` are the offsets of the send
    boundaries inside it. `split`: a send was read by several receives; `cuts` are the offsets of
    the receive boundaries inside it. `character`: a receive ended inside the UTF-8 character
    [start, end). `truncated`: a receive had no room for the whole of the datagram [start, end) and has
    thrown away what follows the cut. `dropped`: of the datagrams in [start, end), which begin at `start`
    and at the cuts, the kernel has dropped `lost`; which of them cannot be known unless it is all.
    `unreceived`: the same where the kernel was not asked, so that they may also have waited unread to the
    end. `unreachable`: `lost` datagrams were sent to a port where no socket was. `reset`: a call failed
    because the connection was reset; bytes [start, end) of what its process had sent were never read.
    `unreported`: a wait goes on though descriptor `fd`, watched edge-triggered, has bytes [start, end) to read:
    it was reported when they came and will not be again before more do (epoll(7)).
    """

    kind: Literal[
        "sticky", "split", "character", "truncated", "dropped", "unreceived", "unreachable", "reset", "unreported"
    ]
    process: str
    stream: str
    start: int
    end: int
    cuts: list[int]
    lost: int = 0
    fd: int | None = None
    proof: list[int]
    """`call` ids."""
    evidence: Evidence = "derived"
