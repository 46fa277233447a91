"""The bytes on the record are the bytes the kernel counted, or the difference is what went past the probe.

Each program asks the kernel before it closes (TCP_INFO, tcp(7)) and prints what each socket, named by its cookie,
has sent and received. tcpi_bytes_sent is less tcpi_bytes_retrans; tcpi_bytes_received counts a FIN as a byte, so
nobody has closed yet.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from engine.events import AnyEvent, BytesMoved, SocketChanged
from tests.truth.recorded import calls, record

PAIR = dedent("""
    import fcntl, json, os, socket, ssl, struct, subprocess, termios, threading
    SO_COOKIE = 57  # asm-generic/socket.h

    def kernel(sock):
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        (received,) = struct.unpack_from("=Q", info, 128)
        sent, again = struct.unpack_from("=QQ", info, 200)
        return sent - again, received

    def report(**outside):
        print(json.dumps({"client": kernel(client), "server": kernel(conn), **outside}))

    def receive(sock, count):
        while count:
            count -= len(sock.recv(count))

    def again(sock):
        try:
            sock.recv(1)
        except TimeoutError:
            pass

    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    conn, _ = server.accept()
""")

SENDING = ("send", "sendall", "sendto", "sendmsg", "sendfile")
RECEIVING = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into")
TLS = {"client": "tls_write", "server": "tls_read"}
TLS_SIZES = [1, 100, 16_384, 16_385, 100_000]

PARTIAL = """
client.setblocking(False)
sent = 0
try:
    while True:
        sent += client.send(b"x" * 50_000)
except BlockingIOError:
    receive(conn, sent)
"""
URGENT = """
client.send(b"x"), client.send(b"!", socket.MSG_OOB)
receive(conn, 1)
conn.recv(1, socket.MSG_OOB)
"""
INLINE = """
conn.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
client.send(b"abc"), client.send(b"!", socket.MSG_OOB), client.send(b"de")
receive(conn, 6)
"""
FORKED = """
for _ in range(3):
    if os.fork() == 0:
        for _ in range(50):
            client.sendall(b"x" * 10)
        os._exit(0)
receive(conn, 1500)
for _ in range(3):
    os.wait()
"""
THREADS = """
threads = [threading.Thread(target=client.sendall, args=(b"x" * 1000,)) for _ in range(9)]
for thread in threads:
    thread.start()
receive(conn, 9000)
for thread in threads:
    thread.join()
"""
PASSED = """
left, right = socket.socketpair()
if os.fork() == 0:
    _, (fd,), _, _ = socket.recv_fds(right, 1, 1)
    with socket.socket(fileno=fd) as passed:
        passed.sendall(b"from the child")
    os._exit(0)
client.sendall(b"from the parent")
socket.send_fds(left, [b"!"], [client.fileno()])
receive(conn, 29)
os.wait()
"""


def connection(events: list[AnyEvent]) -> dict[str, int | None]:
    """The sockets at the two ends of the first connection."""
    connect = next(calls(events, "connect"))
    accept = next(calls(events, "accept"))
    joined = next(it for it in events if isinstance(it, SocketChanged) and it.seq > accept.seq)
    return {"client": connect.socket, "server": joined.socket}


def recorded(events: list[AnyEvent]) -> dict[str, list[int]]:
    """Bytes sent and received by the calls on each end, whichever process made them; a peek takes nothing."""
    ends = connection(events)
    moved = {name: [0, 0] for name in ends}
    for event in calls(events, *SENDING, *RECEIVING):
        for name, socket in ends.items():
            if event.socket == socket and event.count is not None and event.moved is not None:
                moved[name][event.op in RECEIVING] += event.count
    return moved


def past_the_probe(events: list[AnyEvent]) -> dict[str, list[int]]:
    """By end: the bytes that are on the record as sent and received past the probe."""
    found = {"client": [0, 0], "server": [0, 0]}
    for event in events:
        if isinstance(event, BytesMoved) and event.stream in ("1>", "1<"):
            sender, reader = ("client", "server") if event.stream == "1>" else ("server", "client")
            name, at = (sender, 0) if event.moved == "sent" else (reader, 1)
            found[name][at] += event.end - event.start
    return found


def outside(folder: Path, program: str) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """By end: the bytes sent and received that the kernel counted and no call on the record moved. And the output.

    They are on the record all the same, less those that nobody has read.
    """
    events, printed = record(folder, PAIR + dedent(program))
    ours = recorded(events)
    difference = {name: [printed[name][at] - ours[name][at] for at in (0, 1)] for name in ours}
    past = past_the_probe(events)
    past["server"][1] += printed.get("queued", 0)
    assert past == difference
    return difference, printed


NOTHING = {"client": [0, 0], "server": [0, 0]}


@pytest.mark.parametrize(
    "exchange",
    {
        "send": "client.send(b'x' * 100); receive(conn, 100)",
        "sendall": "client.sendall(b'x' * 200_000); receive(conn, 200_000)",
        "both ways": "client.sendall(b'x' * 10); receive(conn, 10); conn.sendall(b'y' * 7); receive(client, 7)",
        "sendmsg": "client.sendmsg([b'ab', b'', b'cde']); conn.recvmsg(5)",
        "recvmsg_into": "client.sendmsg([b'abcde']); conn.recvmsg_into([bytearray(2), bytearray(3)])",
        "recv_into": "client.send(b'x' * 9); conn.recv_into(bytearray(4)); conn.recv_into(bytearray(9), 5)",
        "recvfrom": "client.sendto(b'x' * 9, server.getsockname()); conn.recvfrom(4); conn.recvfrom_into(bytearray(5))",
        "waitall": "client.send(b'x' * 9); conn.recv(9, socket.MSG_WAITALL)",
        "sendfile": "client.sendfile(open(__file__, 'rb')); receive(conn, os.path.getsize(__file__))",
        "makefile": "f = client.makefile('wb'); f.write(b'line\\n' * 9); f.flush(); conn.makefile('rb').read(45)",
        "partial": PARTIAL,
        "peek": "client.send(b'x' * 9); conn.recv(5, socket.MSG_PEEK); conn.recv(9, socket.MSG_PEEK); conn.recv(9)",
        "urgent": URGENT,
        "urgent inline": INLINE,
        "forked writers": FORKED,
        "threads": THREADS,
        "passed": PASSED,
        "timeout": "client.settimeout(0.01); client.send(b'ab'); conn.settimeout(0.01); receive(conn, 2); again(conn)",
    }.items(),
    ids=lambda item: item[0],
)
def test_the_calls_moved_what_the_kernel_counted(exchange: tuple[str, str], tmp_path: Path) -> None:
    difference, printed = outside(tmp_path, exchange[1] + "\nreport()\n")
    assert difference == NOTHING
    assert printed["client"][0] == printed["server"][1] > 0


@pytest.mark.parametrize(("sent", "received"), [(12, 0), (0, 7), (5, 5), (30_000, 30_000)])
def test_what_went_past_the_probe_is_the_difference(sent: int, received: int, tmp_path: Path) -> None:
    program = f"""
        client.sendall(b"x" * 40_000)
        written = os.write(client.fileno(), b"y" * {sent}) if {sent} else 0
        read = len(os.read(conn.fileno(), {received})) if {received} else 0
        receive(conn, 40_000 + written - read)
        report(written=written, read=read)
    """
    difference, printed = outside(tmp_path, program)
    assert (printed["written"], printed["read"]) == (sent, received)
    assert difference == {"client": [sent, 0], "server": [0, received]}


def test_what_a_child_that_is_no_python_wrote_is_the_difference(tmp_path: Path) -> None:
    program = """
        client.sendall(b"from us")
        subprocess.run(["/bin/echo", "from the child"], stdout=client.fileno(), check=True)
        receive(conn, 22)
        report()
    """
    difference, _ = outside(tmp_path, program)
    assert difference == {"client": [15, 0], "server": [0, 0]}


def test_of_tls_the_record_has_the_plain_text_and_the_difference_is_the_ciphertext(
    tmp_path: Path, require_tool: Callable[[str, str], str]
) -> None:
    certificate(tmp_path, require_tool("openssl", "openssl"))
    program = f"""
        sizes = {TLS_SIZES}
        ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ours.load_cert_chain("certificate.pem", "key.pem")
        ours.minimum_version = ssl.TLSVersion.TLSv1_3
        theirs.load_verify_locations("certificate.pem")
        accepting = threading.Thread(target=lambda: globals().update(conn=ours.wrap_socket(conn, server_side=True)))
        accepting.start()
        client = theirs.wrap_socket(client, server_hostname="localhost")
        accepting.join()
        before = kernel(client)[0]
        for size in sizes:
            client.sendall(b"x" * size)
            receive(conn, size)
        report(before=before, plain=sum(sizes))
    """
    events, printed = record(tmp_path, PAIR + dedent(program))
    ends = connection(events)
    plain = {
        name: sum(it.count or 0 for it in calls(events, op) if it.socket == ends[name]) for name, op in TLS.items()
    }
    assert plain == {"client": printed["plain"], "server": printed["plain"]}
    assert recorded(events) == NOTHING
    assert printed["client"][0] - printed["before"] == sum(map(ciphertext, TLS_SIZES))
    assert printed["client"][0] == printed["server"][1]


def ciphertext(size: int) -> int:
    """Bytes on the wire of a write: records of at most 2**14, each with a header of 5, a type of 1 and a tag of 16.

    RFC 8446, sections 5.1 and 5.2, with any of the cipher suites that OpenSSL offers by itself.
    """
    return size + 22 * -(-size // 2**14)


def certificate(folder: Path, openssl: str) -> None:
    """A key and a certificate for localhost, signed with that key."""
    options = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([openssl, *options.split(), *files], check=True, capture_output=True)


def test_bytes_nobody_read_are_still_in_the_queue(tmp_path: Path) -> None:
    program = """
        client.sendall(b"x" * 100)
        receive(conn, 60)
        (queued,) = struct.unpack("i", fcntl.ioctl(conn, termios.FIONREAD, b"    "))
        report(queued=queued)
    """
    difference, printed = outside(tmp_path, program)
    assert printed["queued"] == 40
    assert difference == {"client": [0, 0], "server": [0, 40]}
