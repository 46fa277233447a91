"""What we capture is what tshark captures of the same traffic, and what it reads in our files."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from engine.export.pcapng import write
from engine.observe.capture import SNAPLEN, Capture, CaptureUnavailable, open_socket
from engine.records import SegmentRecord
from engine.understand.wire import ACK, Conversations, Placed
from tests.conftest import missing
from tests.truth import tshark
from tests.truth.tshark import Live, Seen

Traffic = Callable[[str, int], None]
S = TypeVar("S", Seen, SegmentRecord)


def connect(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
        client = socket.create_connection((host, port))
        return client, listener.accept()[0]


def small_messages(host: str, port: int) -> None:
    client, server = connect(host, port)
    with client, server:
        for number in range(20):
            client.sendall(b"%06d" % number)
        assert len(server.recv(120, socket.MSG_WAITALL)) == 120
        server.sendall(b"thanks")
        client.shutdown(socket.SHUT_WR)
        client.recv(100)


def bulk(host: str, port: int) -> None:
    client, server = connect(host, port)

    def read() -> None:
        while server.recv(1 << 16):
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with server:
        with client:
            client.sendall(bytes(3_000_000))
        reader.join()


def full_buffers(host: str, port: int) -> None:
    """The reader does not read: the window closes, and opens again."""
    client, server = connect(host, port)
    with client, server:
        client.setblocking(False)
        sent = 0
        while select.select([], [client], [], 0)[1]:
            sent += client.send(bytes(100_000))
        while sent:
            sent -= len(server.recv(1 << 20))


def reset(host: str, port: int) -> None:
    client, server = connect(host, port)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.sendall(b"unread")
    client.close()
    server.close()


def refused(host: str, port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port))


def datagrams(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server, socket.socket(family, socket.SOCK_DGRAM) as client:
        server.bind((host, port))
        for size in (0, 1, 1500, 60_000):
            client.sendto(bytes(size), (host, port))
            data, peer = server.recvfrom(65536)
            server.sendto(data[:100], peer)


TRAFFIC: list[tuple[Traffic, str]] = [
    *[(traffic, "127.0.0.1") for traffic in (small_messages, bulk, full_buffers, reset, refused, datagrams)],
    *[(traffic, "::1") for traffic in (small_messages, datagrams)],
]


@pytest.fixture
def program(require_tool: Callable[[str], str]) -> str:
    return require_tool("tshark")


@pytest.fixture
def packets() -> socket.socket:
    try:
        return open_socket()
    except CaptureUnavailable as reason:
        missing(f"CAP_NET_RAW ({reason})", "nothing to install, run as root")
        raise


class Knock:
    """Datagrams to a port nobody has: tshark has begun, or has told everything, when it shows one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._stop = threading.Event()

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._knock, name="knock")
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _knock(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            while not self._stop.wait(0.02):
                sender.sendto(b"knock", ("127.0.0.1", self.port))

    def is_from(self, segment: Seen) -> bool:
        return segment.flags is None and segment.destination.endswith(f":{self.port}")


def live(program: str, what: str, traffic: Callable[[], None]) -> list[Seen]:
    """What tshark captures while `traffic` runs; `what` in libpcap's words."""
    found: list[Seen] = []
    with socket.socket(type=socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))  # keeps the port of the knocks from being anybody else's
        begin, end = Knock(nobody.getsockname()[1]), Knock(nobody.getsockname()[1])
        with Live(program, f"{what} or (udp and dst port {end.port})") as capture:
            with begin:
                while not begin.is_from(capture.next()):
                    pass
            traffic()
            with end:
                # Knocks of the beginning may still be on their way; after the traffic's last they are the end's.
                last = time.time_ns()
                while not (end.is_from(segment := capture.next()) and segment.time > last):
                    if not end.is_from(segment):
                        found.append(segment)
    return found


def in_words_of_tshark(segment: SegmentRecord, placed: Placed | None) -> Seen:
    options = segment.options
    return Seen(
        segment.source,
        segment.destination,
        segment.flags if placed else None,
        placed.seq if placed else None,
        placed.ack if placed else None,
        segment.length,
        placed.window if placed else None,
        options.mss if options else None,
        options.window_scale if options else None,
        options.timestamp[0] if options and options.timestamp else None,
        segment.wire_length,
        segment.t,
        "",
    )


def known_to_us(theirs: Seen, own: Seen) -> Seen:
    """Without what we say we cannot know, where tshark guesses: numbers of a side whose SYN was never seen."""
    return theirs._replace(
        seq=theirs.seq if own.seq is not None else None,
        ack=theirs.ack if theirs.flags is None or theirs.flags & ACK else None,
        window=theirs.window if own.window is not None else None,
        time=0,
        comment="",
    )


def in_order(segments: Sequence[S], traffic: Traffic) -> list[S]:
    """The order in which both captures must agree.

    Two threads send from two processors at once: then each capture comes upon the two directions in
    an order of its own, and only that within a direction is the traffic's.
    """
    return sorted(segments, key=lambda it: it.source) if traffic is bulk else list(segments)


def assert_same(theirs: list[Seen], own: list[Seen]) -> None:
    assert len(theirs) == len(own)
    assert [known_to_us(a, b) for a, b in zip(theirs, own, strict=True)] == [it._replace(time=0) for it in own]


@pytest.mark.parametrize(("traffic", "host"), TRAFFIC, ids=lambda it: getattr(it, "__name__", it))
def test_the_same_segments_as_tshark(
    program: str, packets: socket.socket, free_port: int, traffic: Traffic, host: str, tmp_path: Path
) -> None:
    origin = time.monotonic_ns()
    began_at = time.time_ns()
    capture = Capture(packets, origin)
    capture.watch(free_port)
    theirs = live(program, f"port {free_port}", lambda: traffic(host, free_port))
    capture.drain()
    segments = capture.take(1_000_000)
    dropped = capture.dropped
    capture.close()
    assert dropped == 0
    conversations = Conversations()
    own = [in_words_of_tshark(it, conversations.take(it) if it.protocol == "tcp" else None) for it in segments]
    assert_same(in_order(theirs, traffic), in_order(own, traffic))
    pairs = zip(in_order(theirs, traffic), in_order(segments, traffic), strict=True)
    assert max(abs(a.time - began_at - b.t) for a, b in pairs) < 1_000_000

    path = tmp_path / "run.pcapng"
    with path.open("wb") as file:
        write(file, segments, lambda it: f"{it.length} bytes", began_at=began_at, snaplen=SNAPLEN, dropped=dropped)
    assert tshark.malformed(program, path) == ""
    read = tshark.read(program, path)
    assert_same(read, own)
    assert [it.comment for it in read] == [f"{it.length} bytes" for it in segments]
    assert [it.time for it in read] == [began_at + it.t for it in segments]
