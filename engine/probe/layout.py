"""What a ring looks like in memory: the one definition that writer and reader share.

A ring is a file mapped by the observed process (writer) and by the engine (reader)::

    0       header     magic, version, pid, parent pid, and the words below
    512     threads    THREADS slots: what each thread is doing now
    ...     records    SLOTS slots of SLOT bytes: what each call did

A record ends with its sequence number, written last, so a reader that finds the number it expects
finds the whole record. Times are CLOCK_MONOTONIC in ns (clock_gettime(2)), the same clock in all
processes of the machine. All numbers are little-endian.
"""

from __future__ import annotations

from struct import Struct

MAGIC = b"SOCKRING"
VERSION = 3

HEADER = Struct("<8sIIIIQ")
"""magic, version, pid, parent pid, number of record slots, ns at which the process began (or was forked)."""
TAIL_AT = 64
"""u64, written by the reader: the number of records it has taken."""
TAIL = Struct("<Q")
OPENED_AT = 72
"""u8: 1 once a reader has opened the ring."""

HOLD_AT = 128
"""u8, written by the engine: 1 while the process is held. Looked at before every call, so on a cache line of its own:
the reader writes TAIL all the time."""
ASK_AT = 129
"""u8: 1 if the engine watches ports, and wants a thread to wait until it watches that thread's."""
PORTS_AT = 192
PORTS_TOLD = 64
PORTS = Struct(f"<{PORTS_TOLD}H")
"""The first of the ports that the engine watches, from the front; 0 where there is none."""
TOLD = slice(HOLD_AT, PORTS_AT + PORTS.size)
"""What the engine tells the process. A forked child begins with a copy of it."""

THREADS_AT = 512
"""In the header's page: a program that moves much data has hardly a page in the processor's TLB when it calls."""
THREADS = 256
THREAD_SLOT = 256
"""A record names its thread by the offset of the thread's slot divided by this."""
CALL = Struct("<QqIiHHBB")
"""What a call is: cookie, asked, site, fd, thread, detail, op, flags. In a thread's slot and in a record alike, so that
it need be packed but once, and not again when the same call is made once more."""
ENTER = Struct("<QqIi4xB3xQ")
"""A thread's slot: of a CALL cookie, asked, site, fd and op, and the start of the call in ns, written last.

The call is over when a record with the same thread and start is in the ring. While the thread stands before
a call (STANDS_AT), the start is the moment from which it has stood there.
"""
ENTER_PACKED = Struct(f"<{CALL.size}s2xQ")
"""The same, with the CALL as it was packed."""
BEGAN_AT = ENTER.size - 8
BEGAN = Struct("<Q")
ENTER_TEXT_AT = 64
ENTER_TEXT = Struct("<H128s")
"""Argument text of the calls that have one: length, then up to 128 bytes; written before ENTER."""
PERMIT_AT = 200
"""BEGAN, written by the engine: the thread may go on from where it has stood since then."""
THREAD_ID_AT = 240
THREAD_ID = Struct("<Q")
"""The kernel's thread id (gettid(2)); 0 while the slot is free."""
WAITING_AT = 248
"""u8: 1 while the thread waits for the reader to make room."""
STANDS_AT = 249
"""u8: HELD or ASKING while the thread stands before a call that it has not made; else 0."""
HELD = 1
ASKING = 2
"""It waits until the port in `asked` is watched."""

RECORDS_AT = THREADS_AT + THREADS * THREAD_SLOT
SLOTS = 4096
SMALL = 64
RECORD = Struct(f"<{SMALL}sQQqQqIiHHBBHQ")
"""content, began, ended, count; cookie, asked, site, fd, thread, detail, op, flags (a CALL); content length, sequence.

Records stand close together, so that the ring of a busy process stays in the processor's cache;
content longer than SMALL bytes lies in the slot's place of the content area instead.
"""
RECORD_PACKED = Struct(f"<{SMALL}sQQq{CALL.size}sHQ")
"""The same, with the CALL as it was packed."""
SLOT = RECORD.size
LENGTH_AT = SLOT - 10
"""Offset of the content length, two bytes, in a record."""
CONTENT_LIMIT = 1024
"""Bytes of content kept for one call; counts are always exact."""
READABLE = 4096
"""Of a call that moves more than this, only the first SMALL bytes are kept: nobody reads a bulk
transfer byte by byte, and copying its pieces would push its own data out of the processor's cache."""
CONTENT_AT = RECORDS_AT + SLOTS * SLOT
RING_BYTES = CONTENT_AT + SLOTS * CONTENT_LIMIT


def record_at(sequence: int) -> int:
    """Offset of record `sequence`, counted from 1."""
    return RECORDS_AT + sequence % SLOTS * SLOT


def kept(length: int) -> int:
    """How many of `length` bytes of content are kept."""
    return min(length, CONTENT_LIMIT) if length <= READABLE else SMALL


def content_at(sequence: int) -> int:
    """Offset of the content place of record `sequence`."""
    return CONTENT_AT + sequence % SLOTS * CONTENT_LIMIT


# Flags of a record.
FAILED = 1
"""The call raised: `detail` is the errno (0 when the exception has none), content is class and message."""
CLOSED = 2
"""The call closed the descriptor."""
COLLECTED = 4
"""No call of the program, but the garbage collection closed it."""
MORE = 8
"""The next record of the same thread goes on with this one."""

FIELD = "\x1f"
"""Between the texts of a record's content."""

OPS = (
    "",
    "site",  # which file and line a site number stands for
    "note",  # texts about the next record of the same thread
    "fork",  # the process is about to fork: its descriptors will be shared
    "socket",
    "socketpair",
    "bind",
    "listen",
    "accept",
    "connect",
    "connect_ex",
    "send",
    "sendall",
    "sendto",
    "sendmsg",
    "sendfile",
    "recv",
    "recv_into",
    "recvfrom",
    "recvfrom_into",
    "recvmsg",
    "recvmsg_into",
    "tls_write",
    "tls_read",
    "shutdown",
    "setsockopt",
    "setblocking",
    "settimeout",
    "close",
    "detach",
    "collected",
    "exec",  # the process has become another program: the descriptors that stayed open
    "counted",  # no call: what the kernel had counted on a socket that was still open when the interpreter ended
    "watch",  # WATCHED: what a poller watches has changed, apart from calls that change it
    "ready",  # READY: more of what the next record of the same thread, a wait, reports
    "select",
    "poll",
    "epoll_wait",
    "poll_register",
    "poll_modify",
    "poll_unregister",
    "epoll_create",
    "epoll_register",
    "epoll_modify",
    "epoll_unregister",
    "epoll_close",
    "wrote",  # no call of a socket: the program is about to write to stdout or stderr; asked: its bytes before these
)
OP = {name: number for number, name in enumerate(OPS)}

# Calls about readiness have a poller in the place of the cookie: a number of the probe's, pid << 32 and a count.
# Masks are as the kernel has them (poll(2), epoll_ctl(2)). `asked` is the mask of a registration, of an
# epoll_wait its maxevents. Of a registration `detail` is the kind of the descriptor: an index of WHATS.
WHATS = ("other", "socket", "pipe", "timer", "event", "file", "terminal", "epoll")
WATCHED = Struct("<iIB")
"""Descriptor, mask (0: no longer watched), kind."""
WATCHED_EACH = CONTENT_LIMIT // WATCHED.size
TIMEOUT = Struct("<q")
"""Of a wait: ns it may last, FOREVER, or UNKNOWN; its content begins with it, and READY follows."""
FOREVER, UNKNOWN = -1, -2
READY = Struct("<iI")
"""Descriptor, mask."""
READY_EACH = (CONTENT_LIMIT - TIMEOUT.size) // READY.size
