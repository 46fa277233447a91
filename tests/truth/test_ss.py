"""While programs are blocked, ss shows the same queues and states as our samples."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine.events import SocketSampled
from engine.observe.netlink import Diag
from engine.observe.sampler import Sampler
from engine.records import Sample
from tests.quiet import quiet_port
from tests.truth.ss import Shown, shown

RECV_BLOCKED = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    say("ready")
    conn.recv(1024)
"""

UNREAD = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    client.sendall(b"Hello, ")
    client.sendall(b"world")
    say("ready")
    server.accept()
"""

SEND_BLOCKED = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    say("ready")
    client.sendall(b"x" * 20_000_000)
"""

NOBODY_ACCEPTS = """
    server = socket.create_server((HOST, PORT), family=FAMILY, backlog=1)
    clients = [socket.create_connection((HOST, PORT)) for _ in range(2)]
    clients[0].sendall(b"to nobody")
    say("ready")
    socket.create_connection((HOST, PORT))
"""

HALF_OPEN = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10)
    client = socket.create_connection((HOST, PORT))
    say("ready")
    server.accept()
"""

HALF_CLOSED = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    client.sendall(b"Hello, world")
    client.shutdown(socket.SHUT_WR)
    say("ready")
    client.recv(1024)
"""

FIN_BEHIND_DATA = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    client.setblocking(False)
    try:
        while True:
            client.send(b"x" * 65536)
    except BlockingIOError:
        pass
    client.shutdown(socket.SHUT_WR)
    say("ready")
    server.accept()
"""

TIME_WAIT = """
    server = socket.create_server((HOST, PORT), family=FAMILY)
    client = socket.create_connection((HOST, PORT))
    conn, _ = server.accept()
    client.close()
    conn.close()
    say("ready")
    server.accept()
"""

DATAGRAMS = """
    server = socket.socket(FAMILY, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    server.bind((HOST, PORT))
    client = socket.socket(FAMILY, socket.SOCK_DGRAM)
    client.connect((HOST, PORT))
    for _ in range(20):
        client.send(b"x" * 200)
    say("ready")
    client.recv(1024)
"""


@contextmanager
def blocked(text: str, host: str, port: int) -> Iterator[None]:
    """Runs a program that says when it is about to block."""
    head = f"""
        import socket
        HOST, PORT, FAMILY = {host!r}, {port}, {"socket.AF_INET6" if ":" in host else "socket.AF_INET"}
        def say(text):
            print(text, flush=True)
    """
    code = textwrap.dedent(head) + textwrap.dedent(text)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            yield
        finally:
            program.kill()


def both(ss: str, port: int) -> tuple[list[Sample], list[Shown]]:
    """Our samples and the lines of ss, of a moment in which nothing changed: ours are the same before and after."""
    end = time.monotonic() + 20
    with Diag() as diag:
        sampler = Sampler(diag)
        sampler.watch(port)
        while time.monotonic() < end:
            sampler.sample(0)
            time.sleep(0.05)  # delayed acknowledgements and window probes come and go
            ours, theirs = diag.dump([port]), list(shown(ss, port))
            if not sampler.sample(0):
                return ours, theirs
    raise AssertionError("it never stood still")


def same(ours: Sample | SocketSampled, theirs: Shown) -> None:
    """Exactly the same, but for the SYN or FIN that ss counts as one byte of a queue."""
    assert (ours.protocol, ours.state, ours.local, ours.remote) == (
        theirs.protocol,
        theirs.state,
        theirs.local,
        theirs.remote,
    )
    if ours.state == "LISTEN":
        assert (ours.backlog, ours.backlog_max) == (theirs.received, theirs.queued)
    elif ours.protocol == "udp":
        assert (ours.receive_memory, ours.drops) == (theirs.received, theirs.memory["d"])
    elif ours.state not in ("SYN-RECEIVED", "TIME-WAIT"):
        fin_came = theirs.received > 0 and ours.state in ("CLOSE-WAIT", "CLOSING", "LAST-ACK")
        syn_or_fin_waits = ours.state in ("SYN-SENT", "FIN-WAIT-1", "CLOSING", "LAST-ACK")
        assert ours.receive_queue == theirs.received - fin_came
        assert ours.send_queue == theirs.queued - syn_or_fin_waits
        assert ours.unsent == max(0, theirs.number("notsent") - (syn_or_fin_waits and ours.state != "SYN-SENT"))
        same_counters(ours, theirs)
    if theirs.memory:
        assert ours.receive_buffer == theirs.memory["rb"]
        assert ours.send_buffer == theirs.memory["tb"]
        assert ours.send_memory == theirs.memory["w" if ours.protocol == "tcp" else "t"]
        assert ours.receive_memory == theirs.memory["r"]


def same_counters(ours: Sample | SocketSampled, theirs: Shown) -> None:
    assert (ours.segments_out, ours.segments_in) == (theirs.number("segs_out"), theirs.number("segs_in"))
    assert ours.data_segments_out == theirs.number("data_segs_out")
    assert ours.data_segments_in == theirs.number("data_segs_in")
    assert ours.bytes_sent == theirs.number("bytes_sent")
    assert ours.bytes_acked == theirs.number("bytes_acked")
    assert ours.bytes_received == theirs.number("bytes_received")
    assert ours.retransmissions == int(theirs.values.get("retrans", "0/0").split("/")[1])
    assert (ours.cwnd, ours.mss) == (theirs.number("cwnd"), theirs.number("mss"))
    assert ours.ssthresh == (theirs.number("ssthresh") or None)
    assert ours.send_window == theirs.number("snd_wnd")
    assert (ours.rtt or 0) == round(float(theirs.values.get("rtt", "0/0").split("/")[0]) * 1e6)


def same_unrecorded(ours: Sample, theirs: Shown) -> None:
    """What a sample has and its event in the log has not."""
    if ours.protocol == "tcp" and ours.state not in ("LISTEN", "SYN-RECEIVED", "TIME-WAIT"):
        assert ours.segments_delivered == theirs.number("delivered")
        assert ours.bytes_retransmitted == theirs.number("bytes_retrans")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("program", "states"),
    [
        (RECV_BLOCKED, ["ESTABLISHED", "ESTABLISHED", "LISTEN"]),
        (UNREAD, ["ESTABLISHED", "ESTABLISHED", "LISTEN"]),
        (SEND_BLOCKED, ["ESTABLISHED", "ESTABLISHED", "LISTEN"]),
        (NOBODY_ACCEPTS, ["ESTABLISHED"] * 4 + ["LISTEN", "SYN-SENT"]),
        (HALF_OPEN, ["ESTABLISHED", "LISTEN", "SYN-RECEIVED"]),
        (HALF_CLOSED, ["CLOSE-WAIT", "FIN-WAIT-2", "LISTEN"]),
        (FIN_BEHIND_DATA, ["ESTABLISHED", "FIN-WAIT-1", "LISTEN"]),
        (TIME_WAIT, ["LISTEN", "TIME-WAIT"]),
        (DATAGRAMS, ["CONNECTED", "UNCONNECTED"]),
    ],
    ids=["recv", "unread", "send", "backlog", "half-open", "half-closed", "FIN behind data", "TIME-WAIT", "UDP"],
)
def test_ss_shows_the_same(program: str, states: list[str], host: str, require_tool: Callable[[str], str]) -> None:
    ss, port = require_tool("ss"), quiet_port()
    with blocked(program, host, port):
        ours, theirs = both(ss, port)
        assert sorted(sample.state for sample in ours) == states
        assert sorted(sample.cookie for sample in ours) == sorted(line.cookie for line in theirs)
        by_cookie = {line.cookie: line for line in theirs}
        for sample in ours:
            same(sample, by_cookie[sample.cookie])
            same_unrecorded(sample, by_cookie[sample.cookie])


def test_the_queues_of_twelve_unread_bytes(require_tool: Callable[[str], str]) -> None:
    """Independent of how the comparison reads the two: ss shows 13 once a FIN has come."""
    ss = require_tool("ss")
    for program, queue_of_ss in ((UNREAD, 12), (HALF_CLOSED, 13)):
        port = quiet_port()
        with blocked(program, "127.0.0.1", port):
            ours, theirs = both(ss, port)
            assert sum(sample.receive_queue or 0 for sample in ours) == 12
            assert sum(line.received for line in theirs if line.state != "LISTEN") == queue_of_ss
