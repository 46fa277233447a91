"""Real packets on `lo`: what is watched is captured, whole and in order, and nothing else is."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from engine.observe.capture import BLOCK_BYTES, FRAME_BYTES, SNAPLEN, Capture, CaptureUnavailable, open_socket
from engine.observe.portfilter import INSTRUCTION, MOST_PORTS, program
from engine.records import SegmentRecord
from tests.conftest import missing

CaptureFrom = Callable[..., Capture]
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


@pytest.fixture
def begin() -> Iterator[CaptureFrom]:
    """`begin()` opens a capture; time 0 is `origin`, in ns of the monotonic clock."""
    started: list[Capture] = []

    def capture(ring_bytes: int = 1 << 20, origin: int = 0) -> Capture:
        try:
            packets = open_socket()
        except CaptureUnavailable as reason:
            missing(f"CAP_NET_RAW ({reason})", "nothing to install, run as root")
        started.append(Capture(packets, origin, ring_bytes))
        return started[-1]

    yield capture
    for capture_ in started:
        capture_.close()


def listen(host: str = "127.0.0.1") -> tuple[socket.socket, int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, 0), family=family)
    return server, server.getsockname()[1]


def segments(capture: Capture) -> list[SegmentRecord]:
    """All that has been captured. On `lo` a packet is captured before the call that sends it returns."""
    capture.drain()
    found = capture.take(1_000_000)
    assert capture.behind is None
    return found


def text(segment: SegmentRecord) -> str:
    """`8001 > SYN ACK 0`: from the server or to it, flags, length."""
    names = [name for name, bit in [("FIN", FIN), ("SYN", SYN), ("RST", RST), ("ACK", ACK)] if segment.flags & bit]
    return " ".join([*names, str(segment.length)])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_connection_from_its_first_syn_to_its_last_ack(begin: CaptureFrom, host: str) -> None:
    capture = begin()
    server, port = listen(host)
    capture.watch(port)
    with server, socket.create_connection((host, port)) as client:
        accepted, _ = server.accept()
        client.sendall(b"hello")
        accepted.recv(9)
        with accepted:
            client.close()
            assert accepted.recv(9) == b""
    found = segments(capture)
    ends = {found[0].source: "client", found[0].destination: "server"}
    assert [(ends[it.source], text(it)) for it in found] == [
        ("client", "SYN 0"),
        ("server", "SYN ACK 0"),
        ("client", "ACK 0"),
        ("client", "ACK 5"),
        ("server", "ACK 0"),
        ("client", "FIN ACK 0"),
        *([("server", "ACK 0")] if len(found) == 9 else []),  # at once, or with the FIN
        ("server", "FIN ACK 0"),
        ("client", "ACK 0"),
    ]
    assert found[0].destination.endswith(f":{port}")
    assert found[3].frame.endswith(b"hello")
    assert (capture.received, capture.dropped) == (len(found), 0)


def test_a_segment_lies_between_the_begin_of_its_send_and_the_end_of_its_recv(begin: CaptureFrom) -> None:
    origin = time.monotonic_ns()
    capture = begin(origin=origin)
    server, port = listen()
    capture.watch(port)
    with server, socket.create_connection(("127.0.0.1", port)) as client:
        accepted, _ = server.accept()
        spans = []
        with accepted:
            for _ in range(50):
                began = time.monotonic_ns() - origin
                client.sendall(b"x")
                accepted.recv(1)
                spans.append((began, time.monotonic_ns() - origin))
    times = [segment.t for segment in segments(capture) if segment.length]
    assert len(times) == 50
    assert [began < t < ended for t, (began, ended) in zip(times, spans, strict=True)] == [True] * 50


def test_datagrams(begin: CaptureFrom) -> None:
    capture = begin()
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        capture.watch(receiver.getsockname()[1])
        for size in (0, 5, 60_000):
            sender.sendto(bytes(size), receiver.getsockname())
    found = segments(capture)
    assert [(it.protocol, it.length, it.wire_length, len(it.frame)) for it in found] == [
        ("udp", 0, 42, 42),
        ("udp", 5, 47, 47),
        ("udp", 60_000, 60_042, SNAPLEN),
    ]


def test_nothing_is_captured_but_the_watched_ports(begin: CaptureFrom) -> None:
    capture = begin()
    (first, port), (second, other) = listen(), listen()
    with first, second:
        socket.create_connection(("127.0.0.1", port)).close()
        assert segments(capture) == []
        capture.watch(port)
        socket.create_connection(("127.0.0.1", port)).close()
        socket.create_connection(("127.0.0.1", other)).close()
        found = segments(capture)
        assert found
        assert all(f":{port}" in (it.source[-6:] + it.destination[-6:]) for it in found)
        assert not any(it.destination.endswith(f":{other}") for it in found)
        capture.watch(other)
        socket.create_connection(("127.0.0.1", port)).close()
        socket.create_connection(("127.0.0.1", other)).close()
        assert {it.destination.rsplit(":")[-1] for it in segments(capture) if it.flags == SYN} == {
            str(port),
            str(other),
        }
    assert capture.dropped == 0


def test_packets_are_read_in_order_around_the_end_of_the_ring_and_in_any_portions(begin: CaptureFrom) -> None:
    capture = begin(ring_bytes=BLOCK_BYTES)
    frames = BLOCK_BYTES // FRAME_BYTES
    sizes: list[int] = []
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        capture.watch(receiver.getsockname()[1])
        for number in range(3 * frames):
            sender.sendto(bytes(number % 1000), receiver.getsockname())
            if number % 700 == 699:
                capture.drain()
            if number % 300 == 299:
                sizes += [it.length for it in capture.take(123)]
    sizes += [it.length for it in segments(capture)]
    assert sizes == [number % 1000 for number in range(3 * frames)]
    assert capture.dropped == 0


def test_what_a_full_ring_loses_is_counted(begin: CaptureFrom) -> None:
    capture = begin(ring_bytes=BLOCK_BYTES)
    frames = BLOCK_BYTES // FRAME_BYTES
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        capture.watch(receiver.getsockname()[1])
        for _ in range(frames + 50):
            sender.sendto(b"x", receiver.getsockname())
        assert len(segments(capture)) == capture.received == frames
        assert capture.dropped == 50
        sender.sendto(b"y", receiver.getsockname())
        assert len(segments(capture)) == 1  # and it goes on
    assert (capture.received, capture.dropped) == (frames + 1, 50)


def test_what_waits_to_be_read_says_up_to_when_all_is_known(begin: CaptureFrom) -> None:
    capture = begin()
    with socket.socket(type=socket.SOCK_DGRAM) as receiver, socket.socket(type=socket.SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        capture.watch(receiver.getsockname()[1])
        sender.sendto(b"1", receiver.getsockname())
        sender.sendto(b"2", receiver.getsockname())
    assert capture.behind is None
    capture.drain()
    behind = capture.behind
    (first,) = capture.take(1)
    assert behind == first.t
    behind = capture.behind
    (second,) = capture.take(1)
    assert behind == second.t
    assert capture.behind is None


def test_the_largest_headers_are_kept_whole() -> None:
    assert SNAPLEN >= 14 + 40 + 60  # Ethernet, IPv6, TCP with all the options it can have


def test_without_permission_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> socket.socket:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(CaptureUnavailable, match="not permitted") as caught:
        open_socket()
    assert caught.value.why == "not permitted"


def test_a_filter_holds_a_thousand_ports_and_says_when_it_cannot(begin: CaptureFrom) -> None:
    capture = begin()
    for port in range(20_000, 20_000 + MOST_PORTS):
        capture.watch(port)
    with pytest.raises(ValueError, match="more than one filter can hold"):
        capture.watch(8001)
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        for port in (19_999, 20_000, 20_000 + MOST_PORTS - 1, 20_000 + MOST_PORTS):
            sender.sendto(b"x", ("127.0.0.1", port))
    assert [it.destination.rsplit(":")[-1] for it in segments(capture)] == ["20000", "20999"]
    assert len(program(range(MOST_PORTS), SNAPLEN)) <= 4096 * INSTRUCTION.size
