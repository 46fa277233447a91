"""What observers hand to understanding: raw facts, before they are ordered and placed on streams."""

from __future__ import annotations

import msgspec


class CallRecord(msgspec.Struct, gc=False):
    """One call as the probe wrote it. Times in ns since the run began.

    `ended` is None while the call is in flight. `texts` are the texts of a call that has some: the
    argument text first, then what the call told (addresses, a new descriptor), see `probe/calls.py`.
    """

    process: str
    pid: int
    thread: int
    op: str
    began: int
    ended: int | None
    cookie: int
    fd: int
    file: str
    line: int | None
    asked: int | None = None
    count: int | None = None
    msg_flags: int = 0
    """MSG_* flags of a call that succeeded (recv(2))."""
    errno: int = 0
    failed: bool = False
    closed: bool = False
    content: bytes | None = None
    texts: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, int, int]:
        """Names the call: a thread makes one call at a time."""
        return self.pid, self.thread, self.began
