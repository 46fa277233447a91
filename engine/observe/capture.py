"""Captures this run's segments on `lo`: an AF_PACKET socket with a ring in shared memory (packet(7)).

The ring is of TPACKET_V2: each packet has a frame of its own, which can be read as soon as it is
there. (TPACKET_V3 hands out whole blocks, when they are full or their timer has fired: 1 ms later at
best, and 4 to 8 ms where the kernel counts it in ticks. That is too late to be put in order with the
calls, and says less about up to when everything is known.)
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import socket
import struct
import sys
from collections import deque
from typing import Literal, NamedTuple

from engine.observe import portfilter
from engine.observe.segments import parse
from engine.observe.stamps import Reading, Stamps
from engine.records import SegmentRecord

INTERFACE = "lo"

SOL_PACKET = 263
PACKET_RX_RING, PACKET_STATISTICS, PACKET_VERSION, PACKET_IGNORE_OUTGOING = 5, 6, 10, 23
TPACKET_V2 = 1
ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
"""linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h."""

FRAME_BYTES = 256
DATA_AT = 66
"""Where a frame's Ethernet header begins: struct tpacket2_hdr (32) and sockaddr_ll (20), then room
so that the network header, 14 bytes on, is aligned to 16."""
SNAPLEN = FRAME_BYTES - DATA_AT
"""Bytes kept of each packet: every header of TCP and UDP, and 76 or more of the payload."""
BLOCK_BYTES = 1 << 18
RING_BYTES = 32 << 20
"""131,072 packets: half a second of the fastest flood this was measured with."""
BACKLOG_BYTES = 256 << 20
"""Of packets copied out of the ring that wait to be read: a million. Beyond that they stay in the ring."""

HEADER = struct.Struct(f"=IIIHHII{FRAME_BYTES - 24}x")
"""struct tpacket2_hdr: status, length, kept length, offsets of link and network header, seconds, ns."""
STATISTICS = struct.Struct("=II")
"""struct tpacket_stats: packets, and how many of them were dropped; both since the last reading."""
RING = struct.Struct("=IIII")
"""struct tpacket_req: bytes a block, blocks, bytes a frame, frames."""
TO_USER = 1
"""TP_STATUS_USER: the kernel has finished this frame."""
WORDS = FRAME_BYTES // 4


class CaptureUnavailable(Exception):
    """The segments of this run cannot be captured, and why."""

    def __init__(self, why: Literal["not linux", "not permitted", "not supported"], detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why


def open_socket() -> socket.socket:
    """A packet socket that receives nothing yet. Raises CaptureUnavailable.

    This alone needs CAP_NET_RAW in the network namespace (packet(7)), so another process may do it
    and pass the descriptor on.
    """
    if not sys.platform.startswith("linux"):
        raise CaptureUnavailable("not linux")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    except OSError as error:
        why: Literal["not permitted", "not supported"] = (
            "not permitted" if error.errno in (errno.EPERM, errno.EACCES) else "not supported"
        )
        raise CaptureUnavailable(why, str(error)) from error


class Batch(NamedTuple):
    """Frames as they lay in the ring, copied out in one go."""

    raw: bytes
    reading: Reading


class Capture:
    """Takes the segments of the watched ports, in the order in which they arrived.

    `drain` makes room in the ring and keeps up with any flood; `take` reads headers, which is slower.
    """

    def __init__(self, packets: socket.socket, origin: int, ring_bytes: int = RING_BYTES) -> None:
        """`packets` comes from `open_socket` and is ours from now on; `origin` is the monotonic ns of time 0.

        Nothing is captured before the first `watch`. Raises CaptureUnavailable.
        """
        self._socket = packets
        self._ports: set[int] = set()
        self._stamps = Stamps(origin)
        self._backlog: deque[Batch] = deque()
        self._backlog_bytes = 0
        self._taken = 0
        self._next = 0
        self._frames = ring_bytes // FRAME_BYTES
        self._received = 0
        self._dropped = 0
        try:
            self._ring = self._prepare(ring_bytes)
        except OSError as error:
            packets.close()
            raise CaptureUnavailable("not supported", str(error)) from error
        self._words = memoryview(self._ring).cast("I")

    def _prepare(self, ring_bytes: int) -> mmap.mmap:
        """The filter comes before the interface, so that not one packet of anybody else is seen."""
        packets = self._socket
        self._attach()
        packets.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)  # on `lo` each packet leaves and arrives
        packets.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V2)
        request = RING.pack(BLOCK_BYTES, ring_bytes // BLOCK_BYTES, FRAME_BYTES, ring_bytes // FRAME_BYTES)
        packets.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
        ring = mmap.mmap(packets.fileno(), ring_bytes)
        packets.bind((INTERFACE, ETH_P_ALL))
        return ring

    def watch(self, *ports: int) -> None:
        """Capture from now on what comes from or goes to these ports as well, TCP or UDP.

        Raises ValueError for more ports than a filter can hold (portfilter.MOST_PORTS).
        """
        watched = self._ports.union(ports)
        if watched != self._ports:
            self._attach(watched)
            self._ports = watched

    def _attach(self, ports: frozenset[int] | set[int] = frozenset()) -> None:
        """Replaces the filter in one step: no packet passes in between (socket(7), SO_ATTACH_FILTER)."""
        instructions = portfilter.program(ports, SNAPLEN)
        memory = ctypes.create_string_buffer(instructions, len(instructions))
        count = len(instructions) // portfilter.INSTRUCTION.size
        program = struct.pack("@HP", count, ctypes.addressof(memory))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    @property
    def dropped(self) -> int:
        """Packets of the watched ports that were lost because the ring was full."""
        self._count()
        return self._dropped

    @property
    def received(self) -> int:
        """Packets of the watched ports, without those dropped."""
        self._count()
        return self._received

    def _count(self) -> None:
        packets, dropped = STATISTICS.unpack(self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size))
        self._received += packets - dropped
        self._dropped += dropped

    @property
    def behind(self) -> int | None:
        """When packets wait to be read: the time, in ns since the run began, up to which all are. Else None."""
        if not self._backlog:
            return None
        batch = self._backlog[0]
        *_, seconds, nanoseconds = HEADER.unpack_from(batch.raw, self._taken * FRAME_BYTES)
        return self._stamps.peek(seconds * 1_000_000_000 + nanoseconds, batch.reading)

    def drain(self) -> None:
        """Copy the packets that have arrived out of the ring."""
        while self._backlog_bytes < BACKLOG_BYTES:
            count = self._arrived()
            if not count:
                return
            start = self._next * FRAME_BYTES
            raw = self._ring[start : start + count * FRAME_BYTES]
            self._hand_back(count)
            self._backlog.append(Batch(raw, self._stamps.read()))
            self._backlog_bytes += len(raw)

    def _arrived(self) -> int:
        """How many frames from the next one on are the kernel's no more, up to the end of the ring."""
        most = min(self._frames - self._next, BACKLOG_BYTES // FRAME_BYTES)
        count, step = 0, 64
        while count < most:
            first = (self._next + count) * WORDS
            step = min(step, most - count)
            for status in self._words[first : first + step * WORDS : WORDS].tolist():
                if not status & TO_USER:
                    return count
                count += 1
            step *= 2
        return count

    def _hand_back(self, count: int) -> None:
        first = self._next * WORDS
        self._words[first : first + count * WORDS : WORDS] = memoryview(bytes(4 * count)).cast("I")
        self._next = (self._next + count) % self._frames

    def take(self, most: int) -> list[SegmentRecord]:
        """Read the oldest drained packets, at most `most`."""
        segments: list[SegmentRecord] = []
        while self._backlog and most > 0:
            batch = self._backlog[0]
            total = len(batch.raw) // FRAME_BYTES
            count = min(most, total - self._taken)
            self._read(batch, count, segments)
            most -= count
            self._taken += count
            if self._taken == total:
                self._backlog.popleft()
                self._backlog_bytes -= len(batch.raw)
                self._taken = 0
        return segments

    def _read(self, batch: Batch, count: int, segments: list[SegmentRecord]) -> None:
        raw, reading = batch
        at = self._taken * FRAME_BYTES
        headers = HEADER.iter_unpack(memoryview(raw)[at : at + count * FRAME_BYTES])
        for _, length, kept, link, _, seconds, nanoseconds in headers:
            t = self._stamps.convert(seconds * 1_000_000_000 + nanoseconds, reading)
            segment = parse(t, raw[at + link : at + link + kept], length)
            if segment is not None:
                segments.append(segment)
            at += FRAME_BYTES

    def close(self) -> None:
        """Stop capturing and let go of the ring. The descriptor is closed; a duplicate of it can be used again."""
        self._attach()
        self._words.release()
        self._ring.close()
        self._socket.setsockopt(SOL_PACKET, PACKET_RX_RING, RING.pack(0, 0, 0, 0))
        self._socket.close()
