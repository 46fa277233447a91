"""Reads the headers of a captured frame: Ethernet, IPv4 or IPv6, then TCP or UDP."""

from __future__ import annotations

import socket
import struct
from functools import lru_cache

from engine.records import SegmentRecord, TcpOptions

ETHERNET = 14
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
TCP, UDP, IPV6_FRAGMENT = 6, 17, 44

TCP_HEADER = struct.Struct("!HHIIHH")
"""Ports, sequence and acknowledgment number, header length and flags, window (RFC 9293 section 3.1)."""
UDP_HEADER = struct.Struct("!HHH")
"""Ports and length (RFC 768)."""

END_OF_OPTIONS, NO_OPERATION, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMP = 0, 1, 2, 3, 4, 5, 8
ONLY_TIMESTAMP = b"\x01\x01\x08\x0a"
"""How Linux lays out the options of nearly every segment after the handshake."""


def parse(t: int, frame: bytes, wire_length: int) -> SegmentRecord | None:
    """The segment in a frame of which `frame` are the first bytes; None when it is none we can read.

    `t` in ns since the run began, `wire_length` in bytes with the Ethernet header.
    """
    try:
        kind = frame[12:14]
        if kind == IPV4:
            return _ipv4(t, frame, wire_length)
        if kind == IPV6:
            return _ipv6(t, frame, wire_length)
    except (struct.error, IndexError):  # cut off inside a header
        return None
    return None


def _ipv4(t: int, frame: bytes, wire_length: int) -> SegmentRecord | None:
    header = (frame[14] & 15) * 4
    # The kernel leaves the total length 0 where a segment is too large for the field (BIG TCP).
    total = int.from_bytes(frame[16:18]) or wire_length - ETHERNET
    return _transport(t, frame, wire_length, frame[23], frame[26:30], frame[30:34], ETHERNET + header, total - header)


def _ipv6(t: int, frame: bytes, wire_length: int) -> SegmentRecord | None:
    protocol, at = frame[20], ETHERNET + 40
    length = int.from_bytes(frame[18:20]) or wire_length - at
    if protocol == IPV6_FRAGMENT:
        protocol, at, length = frame[at], at + 8, length - 8
    return _transport(t, frame, wire_length, protocol, frame[22:38], frame[38:54], at, length)


def _transport(
    t: int, frame: bytes, wire_length: int, protocol: int, source: bytes, destination: bytes, at: int, length: int
) -> SegmentRecord | None:
    """`length` in bytes from `at`, where the transport's header begins, to the end of the packet."""
    if protocol == TCP:
        from_port, to_port, seq, ack, offset_and_flags, window = TCP_HEADER.unpack_from(frame, at)
        header = (offset_and_flags >> 12) * 4
        return SegmentRecord(
            t,
            "tcp",
            address_text(source, from_port),
            address_text(destination, to_port),
            max(length - header, 0),
            wire_length,
            frame,
            seq,
            ack,
            offset_and_flags & 0xFFF,
            window,
            options(frame[at + 20 : at + header]),
        )
    if protocol == UDP:
        # Not the packet's length: of a fragmented datagram this is the first fragment.
        from_port, to_port, length = UDP_HEADER.unpack_from(frame, at)
        return SegmentRecord(
            t,
            "udp",
            address_text(source, from_port),
            address_text(destination, to_port),
            max(length - UDP_HEADER.size - 2, 0),
            wire_length,
            frame,
        )
    return None


@lru_cache(maxsize=65536)
def address_text(host: bytes, port: int) -> str:
    """127.0.0.1:8001 or [::1]:8001."""
    if len(host) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, host)}:{port}"
    return f"[{socket.inet_ntop(socket.AF_INET6, host)}]:{port}"


def options(data: bytes) -> TcpOptions | None:
    """The options in the bytes after a TCP header; None when there are none. Reads up to the first broken one."""
    if len(data) == 12 and data[:4] == ONLY_TIMESTAMP:
        return TcpOptions(timestamp=(int.from_bytes(data[4:8]), int.from_bytes(data[8:12])))
    if not data:
        return None
    found = TcpOptions()
    at = 0
    while at < len(data) and data[at] != END_OF_OPTIONS:
        if data[at] == NO_OPERATION:
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2 or at + length > len(data):
            break
        _note(found, data[at], data[at + 2 : at + length])
        at += length
    return found


def _note(found: TcpOptions, kind: int, value: bytes) -> None:
    numbers = [int.from_bytes(value[i : i + 4]) for i in range(0, len(value) - 3, 4)]
    if kind == MSS and len(value) == 2:
        found.mss = int.from_bytes(value)
    elif kind == WINDOW_SCALE and len(value) == 1:
        found.window_scale = min(value[0], 14)  # a larger one counts as 14 (RFC 7323 section 2.3)
    elif kind == SACK_PERMITTED and not value:
        found.sack_permitted = True
    elif kind == SACK:
        found.sack = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    elif kind == TIMESTAMP and len(numbers) == 2:
        found.timestamp = (numbers[0], numbers[1])
