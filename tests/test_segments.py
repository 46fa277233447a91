"""Headers are read as the RFCs lay them out; what is cut off or foreign is left alone."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.observe.segments import options, parse
from engine.records import SegmentRecord, TcpOptions

ETHERNET = bytes(12)
SYN_OPTIONS = bytes.fromhex("0204ffd7 0402 080a 01020304 00000000 01 030307")


def tcp(length: int = 0, tcp_options: bytes = b"", flags: int = 16) -> bytes:
    words = (20 + len(tcp_options)) // 4
    header = struct.pack("!HHIIHHHH", 40000, 8001, 7, 9, words << 12 | flags, 512, 0, 0)
    return header + tcp_options + bytes(length)


def udp(length: int, claimed: int | None = None) -> bytes:
    return struct.pack("!HHHH", 40000, 8001, (length if claimed is None else claimed) + 8, 0) + bytes(length)


def ipv4(protocol: int, payload: bytes, ip_options: bytes = b"", total: int | None = None) -> bytes:
    words = 5 + len(ip_options) // 4
    header = struct.pack(
        "!BBHHHBBH4s4s",
        0x40 | words,
        0,
        4 * words + len(payload) if total is None else total,
        0,
        0,
        64,
        protocol,
        0,
        socket.inet_aton("127.0.0.1"),
        socket.inet_aton("127.0.0.2"),
    )
    return ETHERNET + b"\x08\x00" + header + ip_options + payload


def ipv6(protocol: int, payload: bytes) -> bytes:
    one = socket.inet_pton(socket.AF_INET6, "::1")
    return ETHERNET + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + one + one + payload


def read(frame: bytes) -> SegmentRecord:
    segment = parse(5, frame, len(frame))
    assert segment is not None
    return segment


def test_tcp_over_ipv4() -> None:
    frame = ipv4(6, tcp(10, flags=24))
    assert read(frame) == SegmentRecord(
        t=5,
        protocol="tcp",
        source="127.0.0.1:40000",
        destination="127.0.0.2:8001",
        length=10,
        wire_length=len(frame),
        frame=frame,
        seq=7,
        ack=9,
        flags=24,
        window=512,
    )


def test_tcp_over_ipv6() -> None:
    segment = read(ipv6(6, tcp(10)))
    assert (segment.source, segment.destination, segment.length) == ("[::1]:40000", "[::1]:8001", 10)


def test_ip_options_are_stepped_over() -> None:
    assert read(ipv4(6, tcp(3), ip_options=bytes(8))).length == 3


def test_ethernet_padding_is_no_payload() -> None:
    assert read(ipv4(6, tcp(0)) + bytes(6)).length == 0


def test_a_segment_too_large_for_the_length_field() -> None:
    segment = parse(0, ipv4(6, tcp(0), total=0), 14 + 40 + 100_000)
    assert segment is not None
    assert segment.length == 100_000


def test_options_of_a_syn() -> None:
    found = read(ipv4(6, tcp(0, SYN_OPTIONS, flags=2))).options
    assert found == TcpOptions(mss=65495, window_scale=7, sack_permitted=True, timestamp=(0x01020304, 0))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("", None),
        ("0101080a0000000100000002", TcpOptions(timestamp=(1, 2))),
        ("0101050a0000000100000005", TcpOptions(sack=((1, 5),))),
        ("01010512000000010000000500000009000000ff", TcpOptions(sack=((1, 5), (9, 255)))),
        ("03030f00", TcpOptions(window_scale=14)),
        ("0000020405b40000", TcpOptions()),  # the list had ended
        ("fe0401020204 05b4", TcpOptions(mss=1460)),  # an unknown one is stepped over
        ("020405b4 0301", TcpOptions(mss=1460)),  # a length that cannot be
        ("020405b4 08", TcpOptions(mss=1460)),  # no length
        ("020405b4 080a0000", TcpOptions(mss=1460)),  # longer than what is there
    ],
)
def test_options_as_they_may_come(data: str, found: TcpOptions | None) -> None:
    assert options(bytes.fromhex(data)) == found


def test_the_length_of_a_datagram_is_its_own_not_its_first_fragments() -> None:
    segment = read(ipv4(17, udp(1472, claimed=4000)))
    assert (segment.protocol, segment.length) == ("udp", 4000)
    fragment_header = struct.pack("!BBHI", 17, 0, 1, 99)
    assert read(ipv6(44, fragment_header + udp(1000, claimed=4000))).length == 4000


@pytest.mark.parametrize("frame", [b"", ETHERNET + b"\x08\x06" + bytes(28), ipv4(1, bytes(20)), ipv6(58, bytes(20))])
def test_what_is_neither_tcp_nor_udp_is_nothing(frame: bytes) -> None:
    assert parse(0, frame, len(frame)) is None


@given(st.sampled_from([ipv4(6, tcp(4, SYN_OPTIONS)), ipv6(6, tcp(4, SYN_OPTIONS)), ipv4(17, udp(4))]), st.data())
def test_a_frame_cut_short_gives_the_same_or_nothing(frame: bytes, data: st.DataObject) -> None:
    whole = read(frame)
    kept = data.draw(st.integers(0, len(frame)))
    segment = parse(5, frame[:kept], len(frame))
    if segment is not None:
        assert (segment.source, segment.destination, segment.length, segment.seq) == (
            whole.source,
            whole.destination,
            whole.length,
            whole.seq,
        )


@given(st.sampled_from([b"\x08\x00", b"\x86\xdd"]), st.binary(max_size=200), st.integers(0, 70_000))
def test_no_bytes_can_hurt_the_reader(kind: bytes, rest: bytes, wire_length: int) -> None:
    segment = parse(0, ETHERNET + kind + rest, wire_length)
    assert segment is None or segment.length >= 0
