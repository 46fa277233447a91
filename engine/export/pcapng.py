"""Writes captured frames as pcapng (draft-ietf-opsawg-pcapng), for Wireshark and its like.

One section, one interface; times to the nanosecond; a comment on each packet that has one; at the
end how many packets there were and how many the capture lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import IO, Protocol, TypeVar

SECTION, INTERFACE, STATISTICS, PACKET = 0x0A0D0D0A, 1, 5, 6
BYTE_ORDER = 0x1A2B3C4D
UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFF
LINKTYPE_ETHERNET = 1

END_OF_OPTIONS, COMMENT = 0, 1
INTERFACE_NAME, TIME_RESOLUTION = 2, 9
APPLICATION = 4
START_TIME, END_TIME, RECEIVED, DROPPED = 2, 3, 4, 5
"""Options: their numbers are those of the block they stand in."""

LONGEST_OPTION = 0xFFFF


class Captured(Protocol):
    """What is written of a packet: a SegmentRecord has it."""

    @property
    def t(self) -> int: ...
    @property
    def wire_length(self) -> int: ...
    @property
    def frame(self) -> bytes: ...


Packet = TypeVar("Packet", bound=Captured)


def write(
    file: IO[bytes],
    packets: Iterable[Packet],
    comment: Callable[[Packet], str],
    *,
    began_at: int,
    snaplen: int,
    dropped: int,
) -> None:
    """Write the packets of a run.

    `began_at` is the wall clock at time 0, in ns since 1970; `snaplen` how many bytes of a frame
    were kept at most; `dropped` how many packets the capture lost. An empty comment is left out.
    """
    file.write(
        block(SECTION, struct.pack("<IHHQ", BYTE_ORDER, 1, 0, UNKNOWN_LENGTH), [text(APPLICATION, "Socket Playground")])
    )
    file.write(
        block(
            INTERFACE,
            struct.pack("<HHI", LINKTYPE_ETHERNET, 0, snaplen),
            [text(INTERFACE_NAME, "lo"), option(TIME_RESOLUTION, b"\x09")],  # 10**-9 s
        )
    )
    count = end = 0
    for packet in packets:
        count += 1
        end = packet.t
        file.write(_packet(packet, began_at, comment(packet)))
    numbers = [option(RECEIVED, struct.pack("<Q", count + dropped)), option(DROPPED, struct.pack("<Q", dropped))]
    times = [option(START_TIME, stamp(began_at)), option(END_TIME, stamp(began_at + end))]
    file.write(block(STATISTICS, struct.pack("<I", 0) + stamp(began_at + end), times + numbers))


def _packet(packet: Captured, began_at: int, comment: str) -> bytes:
    frame = packet.frame
    body = struct.pack("<I", 0) + stamp(began_at + packet.t) + struct.pack("<II", len(frame), packet.wire_length)
    return block(PACKET, body + padded(frame), [text(COMMENT, comment)] if comment else [])


def block(kind: int, body: bytes, options: list[bytes]) -> bytes:
    """A block; its length stands at both ends, so that a reader can go backwards."""
    content = body + b"".join(options) + (option(END_OF_OPTIONS, b"") if options else b"")
    length = struct.pack("<I", len(content) + 12)
    return struct.pack("<I", kind) + length + content + length


def option(number: int, value: bytes) -> bytes:
    return struct.pack("<HH", number, len(value)) + padded(value)


def text(number: int, value: str) -> bytes:
    """An option of UTF-8 text, cut where an option can hold no more."""
    return option(number, value.encode("utf-8", "replace")[:LONGEST_OPTION].decode("utf-8", "ignore").encode())


def stamp(nanoseconds: int) -> bytes:
    """A time in two halves of 32 bits, the upper one first."""
    return struct.pack("<II", nanoseconds >> 32, nanoseconds & 0xFFFFFFFF)


def padded(data: bytes) -> bytes:
    """Filled up to 32 bits."""
    return data + bytes(-len(data) % 4)
