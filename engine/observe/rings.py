"""The reading end of the probes' rings.

The reader holds a lock on the ring file for as long as it lives (flock(2)): that is how a probe
whose ring is full can tell a slow reader from a dead one.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from mmap import mmap
from pathlib import Path
from typing import Any, NamedTuple

from engine.observe.polled import POLLS, PolledReader, of_slot
from engine.observe.threads import Slot, Threads
from engine.probe import layout
from engine.records import WAITS, CallRecord

MOVERS = frozenset(op for op in layout.OPS if op.startswith(("send", "recv", "tls_")))
UNTOLD = frozenset({"send", "sendall", "recv"})
"""Calls whose arguments are not written as text, since they are made most."""
FIRST_THREAD = layout.THREADS_AT // layout.THREAD_SLOT
GAP_NS = 100_000_000
"""How long a record may stay unfinished while later ones are there, before it is counted as lost."""

STREAMS = {1: "stdout", 2: "stderr"}

BACKLOG_BYTES = 8 << 20
"""Of drained records that wait to be decoded: 65 thousand, which are explained within 2 s after a Stop. (Of 64 MiB it
took 19 s, in which the log of a run that was over did not end.)"""


class Batch(NamedTuple):
    """Records as they lay in the ring, copied out in one go."""

    first: int
    raw: bytes
    contents: dict[int, bytes]
    """By sequence number, of the records whose content is longer than SMALL."""


class Wrote(NamedTuple):
    """The process was about to write `size` bytes, its stream's from `start` on, at `t` ns since the run began."""

    stream: str
    start: int
    size: int
    t: int
    head: bytes
    """The first of them."""


class RingReader:
    """Takes records out of one ring, in the order they were begun to be written.

    `drain` makes room in the ring and is fast enough for any program; `take` decodes, which is
    slower. What lies between the two is bounded by BACKLOG_BYTES: beyond that the ring stays full
    and its program waits.
    """

    def __init__(self, path: Path, process: str, origin: int) -> None:
        """`process` is the name of the ring's owner; `origin` the monotonic ns at which the run began.

        Raises ValueError for a ring of another version: our files have been replaced since this engine was started.
        """
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        size = os.fstat(self._fd).st_size
        self._memory = mmap(self._fd, min(size, layout.RING_BYTES))
        magic, version, self.pid, _, _, self.began = layout.HEADER.unpack_from(self._memory, 0)
        if magic != layout.MAGIC or version != layout.VERSION or size != layout.RING_BYTES:
            self.close()  # else the lock stays, and who tries again waits for ever
            raise ValueError(f"{path} is not a ring of version {layout.VERSION}")
        self._memory[layout.OPENED_AT] = 1
        self.threads = Threads(self._memory)
        self.replaced = False
        """Its process has become another program, which has a ring of its own."""
        self.process = process
        self.lost = 0
        self._origin = origin
        self._next = 1
        self._missing_since: int | None = None
        self._backlog: deque[Batch] = deque()
        self._backlog_bytes = 0
        self._decoded = 0
        self._sites: dict[int, tuple[str, int]] = {}
        self._last_began: dict[int, int] = {}
        self._notes: dict[int, tuple[str, ...]] = {}
        self._polled = PolledReader()
        self._wrote: list[Wrote] = []

    @property
    def behind(self) -> int | None:
        """When records wait to be decoded: the time, in ns since the run began, up to which all are. Else None."""
        if not self._backlog:
            return None
        batch = self._backlog[0]
        ended = layout.RECORD.unpack_from(batch.raw, self._decoded * layout.SLOT)[2]
        return int(ended) - self._origin

    def drain(self, now: int) -> None:
        """Copy the finished records out of the ring. `now` in ns, any steady clock."""
        while self._backlog_bytes < BACKLOG_BYTES:
            finished = self._finished()
            if finished:
                self._copy(finished)
                self._missing_since = None
            elif not self._skip_gap(self._next, now):
                return

    def _finished(self) -> int:
        """How many records from the next one on are finished, up to the end of the ring."""
        words = layout.SLOT // 8
        start = layout.record_at(self._next)
        with memoryview(self._memory) as view, view[start : layout.CONTENT_AT].cast("Q") as numbers:
            count = 1
            total = (layout.CONTENT_AT - start) // layout.SLOT
            if numbers[words - 1] != self._next:
                return 0
            while count < total:
                further = min(2 * count, total)
                if numbers[further * words - 1] != self._next + further - 1:
                    break
                count = further
            # The numbers up to `count` are mostly in order, but one may still be missing among them.
            found = numbers[words - 1 : min(2 * count, total) * words : words].tolist()
        for index, number in enumerate(found):
            if number != self._next + index:
                return index
        return len(found)

    def _copy(self, count: int) -> None:
        start = layout.record_at(self._next)
        raw = self._memory[start : start + count * layout.SLOT]
        contents = {}
        with memoryview(raw) as view, view.cast("H") as halves:
            lengths = halves[layout.LENGTH_AT // 2 :: layout.SLOT // 2].tolist()
        if max(lengths) > layout.SMALL:
            for sequence, length in enumerate(lengths, self._next):
                if length > layout.SMALL:
                    far = layout.content_at(sequence)
                    contents[sequence] = self._memory[far : far + length]
        self._backlog.append(Batch(self._next, raw, contents))
        self._backlog_bytes += len(raw)
        self._next += count
        layout.TAIL.pack_into(self._memory, layout.TAIL_AT, self._next - 1)

    def take(self, most: int) -> list[CallRecord]:
        """Decode the oldest drained records, at most `most`."""
        records: list[CallRecord] = []
        while self._backlog and most > 0:
            batch = self._backlog[0]
            count = min(most, len(batch.raw) // layout.SLOT - self._decoded)
            start = self._decoded * layout.SLOT
            for fields in layout.RECORD.iter_unpack(memoryview(batch.raw)[start : start + count * layout.SLOT]):
                record = self._record(fields, batch.contents)
                if record is not None:
                    records.append(record)
            most -= count
            self._decoded += count
            if self._decoded * layout.SLOT == len(batch.raw):
                self._backlog.popleft()
                self._backlog_bytes -= len(batch.raw)
                self._decoded = 0
        return records

    def take_wrote(self) -> list[Wrote]:
        """What the process wrote, by the records that were taken since the last time."""
        wrote, self._wrote = self._wrote, []
        return wrote

    def in_flight(self) -> list[Slot]:
        """What each thread is in the middle of; nothing while records wait to be decoded.

        Look at this before `drain`; after `take`, `describe` it and drop what `take` returned.
        """
        slots = () if self._backlog else self.threads.slots()
        return [slot for slot in slots if not slot.stands and slot.began > self._last_began.get(slot.thread, 0)]

    def standing(self) -> list[Slot]:
        """Before which call each thread stands, or for which port. Like `in_flight`, but whatever waits."""
        return [slot for slot in self.threads.slots() if slot.stands]

    def describe(self, slots: list[Slot]) -> list[CallRecord]:
        """Slots as calls: what has been taken since tells which line a new site number stands for."""
        return [self._describe(slot) for slot in slots]

    @property
    def waiting(self) -> bool:
        """The backlog is full, the ring is full, and a thread waits for room in it."""
        if self._backlog_bytes < BACKLOG_BYTES:
            return False
        return self.threads.wait_for_room()

    def finish(self) -> list[CallRecord]:
        """What is left in the ring of a process that is gone: records after a torn one are kept."""
        records: list[CallRecord] = []
        while True:
            self.drain(0)
            more = self.take(layout.SLOTS)
            records += more
            if more or self._backlog:
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
                self._next += 1
                return True
        return False

    def _written(self, sequence: int) -> bool:
        return bool(layout.RECORD.unpack_from(self._memory, layout.record_at(sequence))[13] == sequence)

    def _next_written(self) -> int | None:
        """The next finished record after the first unfinished one; as many may be torn as there were threads."""
        for sequence in range(self._next + 1, self._next + layout.THREADS):
            if self._written(sequence):
                return sequence
        return None

    def _record(self, fields: tuple[Any, ...], contents: dict[int, bytes]) -> CallRecord | None:
        small, began, ended, count, cookie, asked, site, fd, thread, detail, op, flags, length, sequence = fields
        content: bytes = contents[sequence] if length > layout.SMALL else small[:length]
        name = layout.OPS[op] if op < len(layout.OPS) else ""
        number = thread - FIRST_THREAD
        if name == "site":
            self._learn_site(site, content)
            return None
        if name == "note":
            self._notes[number] = texts_of(content)
            return None
        if name == "wrote":
            self._wrote.append(Wrote(STREAMS[fd], asked, count, began - self._origin, content))
            return None
        polled = None
        if name in POLLS:
            polled = self._polled.take(name, number, cookie, asked, detail, flags, content)
            if polled is None:
                return None
            cookie, count, asked = 0, -1, -1
            content = content if flags & layout.FAILED or name not in (*WAITS, "watch") else b""
        # Not every record had its call in the thread's slot, and a signal handler's call ends before the one around it.
        self._last_began[number] = max(began, self._last_began.get(number, 0))
        file, line = self._sites.get(site, ("", None))
        failed = bool(flags & layout.FAILED)
        moved = name in MOVERS and not failed
        return CallRecord(
            process=self.process,
            pid=self.pid,
            thread=number,
            op=name,
            began=began - self._origin,
            ended=ended - self._origin,
            cookie=cookie,
            fd=fd,
            file=file,
            line=line,
            asked=asked if asked >= 0 else None,
            count=count if count >= 0 else None,
            msg_flags=0 if failed else detail,
            errno=detail if failed else 0,
            failed=failed,
            closed=bool(flags & layout.CLOSED),
            content=content if moved else None,
            texts=self._notes.pop(number, ()) if moved else texts_of(content),
            polled=polled,
        )

    def _describe(self, slot: Slot) -> CallRecord:
        name = layout.OPS[slot.op] if slot.op < len(layout.OPS) else ""
        file, line = self._sites.get(slot.site, ("", None))
        polled = of_slot(name, slot.cookie, slot.asked, text_of(slot.text)) if name in POLLS else None
        return CallRecord(
            process=self.process,
            pid=self.pid,
            thread=slot.thread,
            op=name,
            began=slot.began - self._origin,
            ended=None,
            cookie=slot.cookie if polled is None else 0,
            fd=slot.fd,
            file=file,
            line=line,
            asked=slot.asked if slot.asked >= 0 and polled is None else None,
            texts=() if name in (UNTOLD if slot.stands else MOVERS) else (text_of(slot.text),),
            polled=polled,
        )

    def _learn_site(self, site: int, content: bytes) -> None:
        line, path = content.decode("utf-8", "replace").split(layout.FIELD, 1)
        self._sites[site] = (os.path.basename(path), int(line))


def text_of(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("utf-8", "replace")


def texts_of(content: bytes) -> tuple[str, ...]:
    return tuple(content.decode("utf-8", "replace").split(layout.FIELD))
