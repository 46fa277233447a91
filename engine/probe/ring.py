"""The writing end of a ring.

There is no lock. `next(numbers)` (one C call, so atomic under the interpreter lock) hands out a sequence number,
and with it a slot; one `pack_into` fills the slot and ends with that number. A signal handler or a finalizer
that runs between the two, or in the middle of the caller's code, takes a number of its own.
A process killed between the two leaves a slot that stays empty; the reader counts it as lost.
"""

from __future__ import annotations

import fcntl
import os
import sys
from _thread import _local, get_native_id
from itertools import count
from mmap import mmap
from time import monotonic, monotonic_ns, sleep

from . import layout

NEVER = 1 << 62
CROWD = 256
CROWD_SECONDS = 10.0
"""Rings of one run: more than these are made only as fast as the reader opens them, if it does."""
FIRST_TABLE = 64
"""How many descriptors a process's table holds before it grows (NR_OPEN_DEFAULT, linux/fdtable.h)."""


class Ring:
    """The ring of this process. After a fork the child gets its own (`renew`)."""

    __slots__ = ("asked", "folder", "forked_at", "free", "limit", "local", "memory", "numbers", "parent", "path")
    path: str
    memory: mmap
    limit: int

    def __init__(self, folder: str, told: bytes, parent: int) -> None:
        """`told` is what the engine tells the process from the start (`hold.told`)."""
        self.folder = folder
        self.forked_at = monotonic_ns()
        self.parent = parent
        self.local = _local()
        self.asked: set[int] = set()
        """Ports that the engine was asked to watch, or was known to."""
        self.renew(told)

    def renew(self, told: bytes) -> None:
        """Start a new, empty ring: at the start of a process and in a forked child."""
        self.numbers = count(1)
        try:
            self.path, self.memory = create(self.folder, self.forked_at, self.parent, told)
            self.limit = layout.SLOTS
        except OSError:
            self.turn_off()
        # In a forked child only the forking thread lives on; it takes a slot like any new thread.
        self.free = list(range(layout.THREADS - 1, 0, -1))
        self.local.__dict__.clear()

    def wait_in_a_crowd(self) -> None:
        """Of a program that forks without end, let the reader take up the new ring before it goes on."""
        deadline = monotonic() + CROWD_SECONDS
        while self.path and not self.memory[layout.OPENED_AT] and monotonic() < deadline:
            if rings_in(self.folder) <= CROWD:
                return
            sleep(0.0005)

    def turn_off(self) -> None:
        """Nobody reads any more: go on at the same cost, into memory that is private and thrown away."""
        self.path = ""
        self.memory = mmap(-1, layout.RING_BYTES)
        self.limit = NEVER

    def thread_slot(self) -> int:
        """The number of this thread's slot; called once for each thread."""
        keeper = Keeper(self.free, self.memory)
        self.local.offset = offset = layout.THREADS_AT + keeper.slot * layout.THREAD_SLOT  # offset >> 8 names the slot
        self.local.keeper = keeper
        return offset

    def wait(self, index: int) -> None:
        """The ring is full: wait until the reader has made room for record `index`. Never drops."""
        offset = self.local.offset
        self.memory[offset + layout.WAITING_AT] = 1
        patience = monotonic() + 1
        while index > self.limit:
            if self.limit is not NEVER:
                (taken,) = layout.TAIL.unpack_from(self.memory, layout.TAIL_AT)
                self.limit = taken + layout.SLOTS
            if index <= self.limit:
                break
            sleep(0.0005)
            if monotonic() > patience:
                patience = monotonic() + 1
                if reader_is_gone(self.path):
                    self.turn_off()
        self.memory[offset + layout.WAITING_AT] = 0


class Keeper:
    """Gives a thread's slot back when the thread ends, since its thread-local storage goes then."""

    __slots__ = ("free", "slot")

    def __init__(self, free: list[int], memory: mmap) -> None:
        self.free = free
        # More threads than slots share slot 0: their records stay exact, "what is it doing now" does not.
        self.slot = free.pop() if free else 0
        offset = layout.THREADS_AT + self.slot * layout.THREAD_SLOT
        layout.THREAD_ID.pack_into(memory, offset + layout.THREAD_ID_AT, get_native_id())

    def __del__(self) -> None:
        if self.slot:
            self.free.append(self.slot)


def create(folder: str, since: int, parent: int, told: bytes) -> tuple[str, mmap]:
    """A new ring file and its mapping; the file gets its final name only when its header is written."""
    path = f"{folder}/{os.getpid()}-{os.urandom(4).hex()}.ring"
    fd = os.open(path + ".new", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, layout.RING_BYTES)
        memory = map_out_of_the_way(fd)
    finally:
        os.close(fd)
    layout.HEADER.pack_into(memory, 0, layout.MAGIC, layout.VERSION, os.getpid(), parent, layout.SLOTS, since)
    memory[layout.TOLD] = told
    os.rename(path + ".new", path)
    return path, memory


def map_out_of_the_way(fd: int) -> mmap:
    """Map `fd` so that the program's own descriptors get the numbers they would have had.

    mmap keeps a duplicate of the descriptor open (until Python 3.13 unavoidably), and a duplicate
    takes the lowest free number: fill the low ones while it is made. It goes to the last place of the
    table every process begins with: a higher number would make the table grow, and select(2) looks at
    no descriptor beyond the table.
    """
    if sys.version_info >= (3, 13):
        return mmap(fd, layout.RING_BYTES, trackfd=False)
    high = min(os.sysconf("SC_OPEN_MAX"), FIRST_TABLE) - 2
    fillers: list[int] = []
    try:
        while not fillers or fillers[-1] < high:
            fillers.append(os.dup(fd))
        return mmap(fd, layout.RING_BYTES)
    finally:
        for filler in fillers:
            os.close(filler)


def rings_in(folder: str) -> int:
    try:
        return len(os.listdir(folder))
    except OSError:  # the run has been cleared up
        return 0


def reader_is_gone(path: str) -> bool:
    """The reader holds a lock on the ring file for as long as it lives (flock(2))."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
