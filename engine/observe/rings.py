"""The reading end of the probes' rings.

The reader holds a lock on the ring file for as long as it lives (flock(2)): that is how a probe
whose ring is full can tell a slow reader from a dead one.
"""

from __future__ import annotations

import fcntl
import os
from mmap import mmap
from pathlib import Path

from engine.probe import layout
from engine.records import CallRecord

MOVERS = frozenset(op for op in layout.OPS if op.startswith(("send", "recv")))
FIRST_THREAD = layout.THREADS_AT // layout.THREAD_SLOT
GAP_NS = 100_000_000
"""How long a record may stay unfinished while later ones are there, before it is counted as lost."""


def owner(path: Path) -> tuple[int, int]:
    """The pid of a ring's owner, and of the parent it had when it made the ring."""
    with path.open("rb") as file:
        _, _, pid, parent, _ = layout.HEADER.unpack(file.read(layout.HEADER.size))
    return pid, parent


class RingReader:
    """Takes records out of one ring, in the order they were begun to be written."""

    def __init__(self, path: Path, process: str, origin: int) -> None:
        """`process` is the name of the ring's owner; `origin` the monotonic ns at which the run began."""
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        self._memory = mmap(self._fd, layout.RING_BYTES)
        magic, version, self.pid, _, _ = layout.HEADER.unpack_from(self._memory, 0)
        if magic != layout.MAGIC or version != layout.VERSION:
            raise ValueError(f"{path} is not a ring of version {layout.VERSION}")
        self.path = path
        self.process = process
        self.lost = 0
        self._origin = origin
        self._next = 1
        self._missing_since: int | None = None
        self._sites: dict[int, tuple[str, int]] = {}
        self._last_began: dict[int, int] = {}

    def drain(self, now: int, most: int = 4096) -> list[CallRecord]:
        """The finished records not taken yet, at most `most`. `now` in ns, any steady clock."""
        records: list[CallRecord] = []
        memory, places, slots = self._memory, layout.PLACES, layout.SLOTS
        unpack = layout.RECORD.unpack_from
        sequence = self._next
        stop = sequence + most
        while sequence < stop:
            fields = unpack(memory, places[(sequence - 1) % slots])
            if fields[13] != sequence:
                if not self._skip_gap(sequence, now):
                    break
                sequence += 1
                continue
            record = self._record(sequence, fields)
            if record is not None:
                records.append(record)
            sequence += 1
        if sequence != self._next:
            self._missing_since = None
            self._next = sequence
            layout.TAIL.pack_into(memory, layout.TAIL_AT, sequence - 1)
        return records

    def in_flight(self) -> list[CallRecord]:
        """What each thread is in the middle of. Take this before `drain`, and drop what drain then returns."""
        calls = []
        for thread in range(1, layout.THREADS):
            if not self.thread_id(thread):
                break  # slots are handed out in order
            offset = layout.THREADS_AT + thread * layout.THREAD_SLOT
            cookie, asked, site, fd, op, began = layout.ENTER.unpack_from(self._memory, offset)
            if began and began != self._last_began.get(thread):
                calls.append(self._in_flight(thread, offset, cookie, asked, site, fd, op, began))
        return calls

    def thread_id(self, thread: int) -> int:
        """The kernel's id of the thread in slot `thread`."""
        offset = layout.THREADS_AT + thread * layout.THREAD_SLOT
        (number,) = layout.THREAD_ID.unpack_from(self._memory, offset + layout.THREAD_ID_AT)
        return int(number)

    def finish(self) -> list[CallRecord]:
        """What is left in the ring of a process that is gone: records after a torn one are kept."""
        records: list[CallRecord] = []
        while True:
            more = self.drain(0)
            records += more
            if more:
                continue
            later = self._next_written()
            if later is None:
                return records
            self.lost += later - self._next
            self._next = later

    def close(self) -> None:
        """Let go of the ring and delete its file."""
        self._memory.close()
        os.close(self._fd)
        self.path.unlink(missing_ok=True)

    def _skip_gap(self, sequence: int, now: int) -> bool:
        """Is the unfinished record `sequence` to be given up? Only when a later one is there, after GAP_NS."""
        if self._written(sequence + 1):
            if self._missing_since is None:
                self._missing_since = now
            if now - self._missing_since > GAP_NS:
                self._missing_since = None
                self.lost += 1
                return True
        return False

    def _written(self, sequence: int) -> bool:
        at = layout.PLACES[(sequence - 1) % layout.SLOTS]
        return bool(layout.RECORD.unpack_from(self._memory, at)[13] == sequence)

    def _next_written(self) -> int | None:
        """The next finished record after the first unfinished one; as many may be torn as there were threads."""
        for sequence in range(self._next + 1, self._next + layout.THREADS):
            if self._written(sequence):
                return sequence
        return None

    def _record(self, sequence: int, fields: tuple[int, ...]) -> CallRecord | None:
        small, began, ended, cookie, count, asked, site, fd, thread, detail, op, flags, length, _ = fields
        if length == 0:
            content = b""
        elif length <= layout.SMALL:
            content = small[:length]  # type: ignore[index]
        else:
            far = layout.content_at(sequence)
            content = self._memory[far : far + length]
        name = layout.OPS[op] if op < len(layout.OPS) else ""
        if name == "site":
            self._learn_site(site, content)
            return None
        self._last_began[thread - FIRST_THREAD] = began
        file, line = self._sites.get(site, ("", None))
        failed = bool(flags & layout.FAILED)
        moved = name in MOVERS and not failed
        return CallRecord(
            self.process,
            self.pid,
            thread - FIRST_THREAD,
            name,
            began - self._origin,
            ended - self._origin,
            cookie,
            fd,
            file,
            line,
            asked if asked >= 0 else None,
            count if count >= 0 else None,
            0 if failed else detail,
            detail if failed else 0,
            failed,
            bool(flags & layout.CLOSED),
            content if moved else None,
            () if moved else tuple(content.decode("utf-8", "replace").split(layout.FIELD)),
        )

    def _in_flight(
        self, thread: int, offset: int, cookie: int, asked: int, site: int, fd: int, op: int, began: int
    ) -> CallRecord:
        name = layout.OPS[op] if op < len(layout.OPS) else ""
        texts: tuple[str, ...] = ()
        if name not in ("send", "sendall", "recv"):
            length, text = layout.ENTER_TEXT.unpack_from(self._memory, offset + layout.ENTER_TEXT_AT)
            texts = (text[:length].decode("utf-8", "replace"),)
        file, line = self._sites.get(site, ("", None))
        return CallRecord(
            self.process,
            self.pid,
            thread,
            name,
            began - self._origin,
            None,
            cookie,
            fd,
            file,
            line,
            asked if asked >= 0 else None,
            texts=texts,
        )

    def _learn_site(self, site: int, content: bytes) -> None:
        path, line = content.decode("utf-8", "replace").rsplit(layout.FIELD, 1)
        self._sites[site] = (os.path.basename(path), int(line))
