"""What moves past the probe is on the record to the byte, also when it moves right before the end of its socket.

Without the kernel's tables (as with `--portable`) the probe's own question before a close is all there is; with
them, the end of a process that closes nothing is covered too.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import dedent, indent

import pytest

from engine.events import AnyEvent, BytesMoved, CallReturned
from tests.conftest import RequireTool
from tests.truth.recorded import calls, record
from tests.truth.test_byte_accounting import PAIR, certificate

TIMES = 50
PROGRAM = """
import os, signal, socket, struct, sys
server = socket.create_server(("127.0.0.1", 0))

def receive(sock, count):
    while count:
        count -= len(sock.recv(count))

for n in range(1, {times} + 1):
    client = socket.create_connection(server.getsockname())
    conn, _ = server.accept()
{body}
"""

ENDS = {
    "reader closes first": ("os.read(conn.fileno(), 100)\nconn.close()\nclient.close()", "all"),
    "writer closes first": ("client.close()\nos.read(conn.fileno(), 100)\nconn.close()", "all"),
    "reader sees the end": (
        "client.close()\nwhile os.read(conn.fileno(), 100):\n    pass\nconn.close()",
        "all",
    ),
    "after shutdown": (
        "client.shutdown(socket.SHUT_WR)\nconn.shutdown(socket.SHUT_WR)\nos.read(conn.fileno(), 100)\n"
        "conn.close()\nclient.close()",
        "all",
    ),
    "time-wait": (
        "client.shutdown(socket.SHUT_WR)\nreceive(conn, n)\nassert not conn.recv(1)\n"
        "os.write(conn.fileno(), b'y' * n)\nconn.close()\nos.read(client.fileno(), 100)\nclient.close()",
        "back",
    ),
    "nobody reads": ("conn.close()\nclient.close()", "sent"),
    "reset": (
        "client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
        "os.read(conn.fileno(), 100)\nclient.close()\nconn.close()",
        "all",
    ),
    "detached": (
        "os.read(conn.fileno(), 100)\nos.close(conn.detach())\nos.close(client.detach())",
        "all",
    ),
    "the last of them": (
        "os.read(conn.fileno(), 100)\nif n < {times}:\n    conn.close(), client.close()",
        "all",
    ),
}
"""What follows an os.write of n bytes by the client, and which of them are then on the record."""


def past(events: list[AnyEvent]) -> Counter[tuple[str, str]]:
    """Bytes moved past the probe, by direction and stream."""
    found: Counter[tuple[str, str]] = Counter()
    for event in events:
        if isinstance(event, BytesMoved):
            found[event.moved, event.stream] += event.end - event.start
    return found


def wanted(which: str, times: int) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for n in range(1, times + 1):
        found["sent", f"{n}>"] = n
        if which == "all":
            found["received", f"{n}>"] = n
        if which == "back":
            found["sent", f"{n}<"] = found["received", f"{n}<"] = n
    return found


def in_order(events: list[AnyEvent]) -> bool:
    """Each byte is sent before it is received, and neither twice."""
    sent: Counter[str] = Counter()
    received: Counter[str] = Counter()
    for event in events:
        if isinstance(event, BytesMoved | CallReturned) and event.stream and event.moved:
            assert event.start is not None
            assert event.end is not None
            ends = sent if event.moved == "sent" else received
            if event.start != ends[event.stream] or event.end < event.start:
                return False
            ends[event.stream] = event.end
            if received[event.stream] > sent[event.stream]:
                return False
    return True


@pytest.mark.parametrize("sampled", [False, True], ids=["probe alone", "with the tables"])
@pytest.mark.parametrize("end", ENDS)
def test_what_moved_right_before_a_close(end: str, sampled: bool, tmp_path: Path) -> None:
    then, which = ENDS[end]
    body = "os.write(client.fileno(), b'x' * n)\n" + then.replace("{times}", str(TIMES))
    text = PROGRAM.replace("{times}", str(TIMES)).replace("{body}", indent(body, "    "))
    events, _ = record(tmp_path, text, sampled)
    assert past(events) == wanted(which, TIMES)
    assert in_order(events)


KILLED = """
import os, signal, socket
server = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    client = socket.create_connection(server.getsockname())
    client.sendall(b"12345")
    os.write(client.fileno(), b"x" * 70)
    {end}
conn, _ = server.accept()
if os.fork() == 0:
    taken = 0
    while taken < {taken}:
        taken += len(os.read(conn.fileno(), {taken} - taken))
    {end}
os.wait(), os.wait()
{end}
"""


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
@pytest.mark.parametrize("taken", [75, 60, 200])
def test_what_moved_right_before_the_end_of_a_process(end: str, taken: int, tmp_path: Path) -> None:
    text = dedent(KILLED).replace("{taken}", str(min(taken, 75)))
    if taken > 75:  # to the end of the stream
        text = text.replace("    {end}\nos.wait", "    os.read(conn.fileno(), 1)\n    {end}\nos.wait")
    last = text.rindex("{end}")
    events, _ = record(tmp_path, (text[:last] + "os._exit(0)").replace("{end}", end), sampled=True)
    assert past(events) == {("sent", "1>"): 70, ("received", "1>"): min(taken, 75)}
    assert in_order(events)


def test_nothing_is_claimed_of_calls_that_are_all_on_the_record(tmp_path: Path) -> None:
    body = """
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 5000)
    client.sendall(b"x" * n)
    if n % 2:
        client.shutdown(socket.SHUT_WR)
    if n % 3:
        receive(conn, n)
    if n % 4:
        conn.sendall(b"y" * 10)
    if n % 5:
        client.send(b"!", socket.MSG_OOB) if not n % 2 else client.recv(5)
    if n % 7:
        conn.close()
    client.close()
    conn.close()
    """
    text = PROGRAM.replace("{times}", "210").replace("{body}", body)
    for sampled in (False, True):
        folder = tmp_path / str(sampled)
        folder.mkdir()
        events, _ = record(folder, text, sampled)
        assert past(events) == Counter()


def test_what_a_forked_process_wrote_past_the_probe_before_it_closed(tmp_path: Path) -> None:
    body = """
    if os.fork() == 0:
        client.sendall(b"abc")
        os.write(client.fileno(), b"x" * n)
        os._exit(0)
    os.wait()
    conn.recv(3, socket.MSG_WAITALL)
    client.close(), conn.close()
    """
    events, _ = record(tmp_path, PROGRAM.replace("{times}", "10").replace("{body}", body))
    assert past(events) == {("sent", f"{n}>"): n for n in range(1, 11)}
    assert in_order(events)


@pytest.mark.parametrize("sampled", [False, True], ids=["probe alone", "with the tables"])
def test_of_tls_the_plain_text_is_in_the_calls_and_the_ciphertext_on_the_axis(
    sampled: bool, tmp_path: Path, require_tool: RequireTool
) -> None:
    certificate(tmp_path, require_tool("openssl", "openssl"))
    program = """
        import json, ssl, threading
        ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ours.load_cert_chain("certificate.pem", "key.pem")
        theirs.load_verify_locations("certificate.pem")
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        conn, _ = server.accept()
        accepting = threading.Thread(target=lambda: globals().update(conn=ours.wrap_socket(conn, server_side=True)))
        accepting.start()
        client = theirs.wrap_socket(client, server_hostname="localhost")
        accepting.join()
        client.sendall(b"x" * 30_000)
        receive(conn, 30_000)
        conn.write(b"yes")
        client.read(3)
        print(json.dumps({"client": kernel(client), "server": kernel(conn)}))
        client.close(), conn.close()
    """
    events, counted = record(tmp_path, PAIR.partition("server =")[0] + dedent(program), sampled)
    sent, received = counted["client"]
    both = {("sent", "1>"): sent, ("received", "1>"): sent, ("sent", "1<"): received, ("received", "1<"): received}
    assert past(events) == both
    assert in_order(events)
    plain = Counter({op: sum(it.count or 0 for it in calls(events, op)) for op in ("tls_write", "tls_read")})
    assert plain == {"tls_write": 30_003, "tls_read": 30_003}
    data = next(it.data or b"" for it in calls(events, "tls_read") if it.count == 3)
    assert data == b"yes"
    said = [it.caption.key for it in events if isinstance(it, BytesMoved) and it.caption is not None]
    assert {"caption.bytes.tls_sent", "caption.bytes.tls_received"} <= set(said)
