"""The kernel's socket tables: what is asked, and what the answers mean."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from fcntl import ioctl
from termios import FIONREAD, TIOCOUTQ

import pytest

from engine.observe import inet_diag, netlink
from engine.observe.netlink import Diag
from engine.records import Sample

SO_COOKIE = 57


@pytest.fixture
def diag() -> Iterator[Diag]:
    with Diag() as tables:
        yield tables


class Pair:
    """A listener and one connection to it."""

    def __init__(self, stack: ExitStack, host: str = "127.0.0.1", family: int = socket.AF_INET) -> None:
        self.listener = stack.enter_context(socket.create_server((host, 0), family=family, backlog=2))
        self.port: int = self.listener.getsockname()[1]
        self.client = stack.enter_context(socket.create_connection(("127.0.0.1" if host == "::" else host, self.port)))
        self.server = stack.enter_context(self.listener.accept()[0])


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(stack)


def cookie(sock: socket.socket) -> int:
    number: int = struct.unpack("=Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]
    return number


def asked(sock: socket.socket, request: int) -> int:
    """SIOCINQ or SIOCOUTQ (tcp(7)): how many bytes a socket holds, by its own account."""
    answer = array("i", [0])
    ioctl(sock, request, answer)
    return answer[0]


def of(samples: list[Sample], sock: socket.socket) -> Sample:
    (sample,) = (it for it in samples if it.cookie == cookie(sock))
    return sample


def until(look: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.001)


def fill(sock: socket.socket) -> int:
    """Write until the kernel takes no more; the number of bytes."""
    sock.setblocking(False)
    total = 0
    try:
        while True:
            total += sock.send(b"x" * 65536)
    except BlockingIOError:
        return total


def test_a_connection_with_unread_bytes(diag: Diag, pair: Pair) -> None:
    pair.client.sendall(b"twelve bytes")
    until(lambda: asked(pair.client, TIOCOUTQ) == 0)
    samples = diag.dump([pair.port])
    listener, client, server = (of(samples, it) for it in (pair.listener, pair.client, pair.server))
    assert (listener.state, listener.backlog, listener.backlog_max) == ("LISTEN", 0, 2)
    assert (listener.receive_queue, listener.send_queue, listener.remote) == (None, None, "")
    assert (client.state, client.receive_queue, client.send_queue) == ("ESTABLISHED", 0, 0)
    assert (server.state, server.receive_queue, server.send_queue) == ("ESTABLISHED", 12, 0)
    assert (client.written, client.acked, client.bytes_sent, client.data_segments_out) == (12, 12, 12, 1)
    assert (server.delivered, server.read, server.data_segments_in) == (12, 0, 1)
    assert (server.local, server.remote) == (client.remote, client.local) == tuple(map(text, ends(pair.server)))
    assert server.receive_buffer == pair.server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    assert client.send_buffer == pair.client.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert server.receive_memory is not None
    assert server.receive_memory > 12


def ends(sock: socket.socket) -> tuple[tuple[str, int], tuple[str, int]]:
    return sock.getsockname(), sock.getpeername()


def text(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"


def test_full_queues_and_positions_on_the_stream(diag: Diag, pair: Pair) -> None:
    written = fill(pair.client)
    pair.server.recv(1000, socket.MSG_WAITALL)
    client, server = (of(diag.dump([pair.port]), it) for it in (pair.client, pair.server))
    assert client.written == written
    assert server.read == 1000
    assert server.receive_queue == asked(pair.server, FIONREAD)
    assert client.send_queue == asked(pair.client, TIOCOUTQ)
    assert client.unsent
    assert client.send_memory is not None
    assert client.send_memory > client.unsent
    assert client.acked is not None
    assert server.delivered is not None
    assert client.acked <= server.delivered < written


def test_a_fin_is_not_a_byte_of_the_queues(diag: Diag, pair: Pair) -> None:
    pair.client.sendall(b"twelve bytes")
    pair.client.shutdown(socket.SHUT_WR)
    until(lambda: of(diag.dump([pair.port]), pair.client).state == "FIN-WAIT-2")
    client, server = (of(diag.dump([pair.port]), it) for it in (pair.client, pair.server))
    assert (server.state, server.receive_queue, server.delivered, server.bytes_received) == ("CLOSE-WAIT", 12, 12, 13)
    assert (client.written, client.acked, client.send_queue) == (12, 12, 0)
    pair.server.recv(100)
    server = of(diag.dump([pair.port]), pair.server)
    assert (server.receive_queue, server.read) == (0, 12)


def test_a_fin_behind_a_full_queue(diag: Diag, pair: Pair) -> None:
    written = fill(pair.client)
    pair.client.shutdown(socket.SHUT_WR)
    client = of(diag.dump([pair.port]), pair.client)
    assert (client.state, client.written) == ("FIN-WAIT-1", written)
    pair.server.shutdown(socket.SHUT_WR)
    until(lambda: of(diag.dump([pair.port]), pair.client).state == "CLOSING")
    client, server = (of(diag.dump([pair.port]), it) for it in (pair.client, pair.server))
    assert (client.written, client.receive_queue, client.delivered) == (written, 0, 0)
    assert (server.state, server.send_queue) == ("FIN-WAIT-2", 0)


def test_a_backlog_nobody_accepts_from(diag: Diag) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))
        address = listener.getsockname()
        clients = [stack.enter_context(socket.socket()) for _ in range(3)]
        for client in clients:
            client.setblocking(False)
            assert client.connect_ex(address) == errno.EINPROGRESS
        samples = diag.dump([address[1]])
        assert (of(samples, listener).backlog, of(samples, listener).backlog_max) == (2, 1)
        assert [of(samples, client).state for client in clients] == ["ESTABLISHED", "ESTABLISHED", "SYN-SENT"]
        waiting = [it for it in samples if it.local == text(address) and it.state == "ESTABLISHED"]
        assert [it.inode for it in waiting] == [0, 0], "no process holds them before accept"
        assert of(samples, clients[2]).send_queue == 0, "a SYN is no byte"
        assert of(samples, clients[2]).rtt is None


def test_udp_charges_memory_and_counts_drops(diag: Diag) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, closing(udp_to(server, "127.0.0.1")) as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        for _ in range(20):
            client.send(b"x" * 100)
        samples = diag.dump([server.getsockname()[1]])
        taken, sender = of(samples, server), of(samples, client)
        assert (taken.protocol, taken.state, taken.remote) == ("udp", "UNCONNECTED", "")
        assert (sender.state, sender.remote) == ("CONNECTED", taken.local)
        assert taken.receive_queue is None
        assert taken.receive_memory is not None
        server.setblocking(False)
        assert taken.drops == 20 - received(server)
        assert taken.receive_memory > 100 * (20 - taken.drops)


def udp_to(server: socket.socket, host: str) -> socket.socket:
    """A UDP socket connected to `server`, which is bound first."""
    server.bind((host, 0))
    client = socket.socket(server.family, socket.SOCK_DGRAM)
    client.connect(server.getsockname())
    return client


def received(sock: socket.socket) -> int:
    count = 0
    try:
        while sock.recv(1000):
            count += 1
    except BlockingIOError:
        pass
    return count


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_one_udp_socket_is_found_by_its_addresses(diag: Diag, host: str, family: int) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as server, closing(udp_to(server, host)) as client:
        for sock in (server, client):
            listed = of(diag.dump([server.getsockname()[1]]), sock)
            assert facts(diag.query("udp", listed.local, listed.remote, listed.cookie)) == facts(listed)


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_one_tcp_socket_is_found_by_its_addresses(diag: Diag, host: str, family: int) -> None:
    with ExitStack() as stack:
        pair = Pair(stack, host, family)
        pair.client.sendall(b"hello")
        until(lambda: asked(pair.client, TIOCOUTQ) == 0)
        for sock in (pair.listener, pair.client, pair.server):
            listed = of(diag.dump([pair.port]), sock)
            assert facts(diag.query("tcp", listed.local, listed.remote, listed.cookie)) == facts(listed)


def facts(sample: Sample | None) -> list[object]:
    """All but the times."""
    assert sample is not None
    return [getattr(sample, name) for name in Sample.__struct_fields__ if name not in ("began", "t")]


def test_an_ipv4_client_of_a_dual_stack_listener(diag: Diag) -> None:
    with ExitStack() as stack:
        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        stack.enter_context(listener)
        port = listener.getsockname()[1]
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        server = stack.enter_context(listener.accept()[0])
        samples = diag.dump([port])
        assert of(samples, listener).local == f"[::]:{port}"
        assert of(samples, client).remote == f"127.0.0.1:{port}"
        accepted = of(samples, server)
        assert accepted.local == f"[::ffff:127.0.0.1]:{port}"
        for sample in samples:
            assert diag.query("tcp", sample.local, sample.remote, sample.cookie) is not None


def test_a_socket_that_is_gone_or_another_now(diag: Diag, pair: Pair) -> None:
    known = of(diag.dump([pair.port]), pair.listener)
    assert diag.query("tcp", known.local, "", known.cookie + 1) is None
    pair.listener.close()
    assert diag.query("tcp", known.local, "", known.cookie) is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        assert diag.query("udp", text(sock.getsockname()), "", cookie(sock) + 1) is None


@pytest.mark.parametrize("others", [0, 1, 2, 1500], ids=lambda n: f"among {n} other ports")
def test_only_the_wanted_ports(diag: Diag, others: int) -> None:
    with ExitStack() as stack:
        wanted, unwanted = Pair(stack), Pair(stack)
        ports = [wanted.port, *(port for port in range(1, others + 1))]
        found = {sample.cookie for sample in diag.dump(ports)}
        assert {cookie(it) for it in (wanted.listener, wanted.client, wanted.server)} <= found
        assert not {cookie(it) for it in (unwanted.listener, unwanted.client, unwanted.server)} & found


def test_the_kernel_was_asked_between_the_two_times(pair: Pair) -> None:
    ticks = iter(range(100))
    with Diag(clock=lambda: next(ticks)) as diag:
        listed = of(diag.dump([pair.port]), pair.client)
        found = diag.query("tcp", listed.local, listed.remote, listed.cookie)
    assert (listed.began, listed.t) == (0, 1)
    assert found is not None
    assert found.t == found.began + 1


def test_no_ports_no_sockets(diag: Diag, pair: Pair) -> None:
    assert diag.dump([]) == []


def test_more_sockets_than_fit_into_one_answer(diag: Diag) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        clients = [stack.enter_context(udp_to(server, "127.0.0.1"))]
        for _ in range(1000):
            clients.append(stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
            clients[-1].connect(server.getsockname())
        port = server.getsockname()[1]
        listed = [sample.cookie for sample in diag.dump([port]) if sample.protocol == "udp"]
        assert sorted(listed) == sorted(map(cookie, [server, *clients]))


def ended(diag: Diag, ports: list[int], cookies: set[int]) -> dict[int, Sample]:
    """Waits until the kernel has told of the end of all of `cookies`."""
    found: dict[int, Sample] = {}

    def look() -> bool:
        found.update((sample.cookie, sample) for sample in diag.destroyed(ports, cookies))
        return found.keys() >= cookies

    until(look)
    return found


def test_the_last_counters_of_a_socket(diag: Diag, pair: Pair) -> None:
    pair.client.sendall(b"twelve bytes")
    pair.server.recv(12, socket.MSG_WAITALL)
    pair.client.shutdown(socket.SHUT_WR)
    until(lambda: pair.server.recv(1) == b"")
    known = cookie(pair.server)
    pair.server.close()
    last = ended(diag, [pair.port], {known})[known]
    assert (last.state, last.destroyed, last.local) == ("CLOSED", True, text(("127.0.0.1", pair.port)))
    assert (last.bytes_received, last.data_segments_in, last.bytes_sent) == (13, 1, 0), "12 bytes and a FIN"
    assert last.unread == 0
    assert last.receive_queue is last.send_queue is last.delivered is None


@pytest.mark.parametrize(("fin", "unread"), [(False, 5), (True, 6)])
def test_what_was_never_read_of_a_socket_that_is_gone(diag: Diag, pair: Pair, fin: bool, unread: int) -> None:
    pair.client.sendall(b"twelve bytes")
    pair.server.recv(7, socket.MSG_WAITALL)
    if fin:
        pair.client.shutdown(socket.SHUT_WR)
    known = cookie(pair.server)
    pair.server.close()
    assert ended(diag, [pair.port], {known})[known].unread == unread


def test_an_aborted_connection_has_lost_its_counters(diag: Diag, pair: Pair) -> None:
    known = cookie(pair.client)
    pair.client.sendall(b"twelve bytes")
    pair.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    pair.client.close()
    last = ended(diag, [pair.port], {known})[known]
    assert (last.destroyed, last.remote, last.bytes_sent) == (True, "", None)


def test_the_end_of_a_udp_socket_and_of_one_that_is_not_of_the_run(diag: Diag) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        other = cookie(stranger)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, closing(udp_to(server, "127.0.0.1")) as client:
        port = server.getsockname()[1]
        known = {cookie(client), cookie(server)}
    found = ended(diag, [port], known)
    assert {(it.protocol, it.state, it.send_memory) for it in found.values()} == {("udp", "CLOSED", None)}
    assert other not in found


def test_lost_news_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netlink, "DESTROY_BUFFER_BYTES", 1)
    with Diag() as diag:

        def end_some() -> bool:
            for _ in range(100):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.bind(("127.0.0.1", 0))
            diag.destroyed([])
            return diag.overruns > 0

        until(end_some)


def test_errors_of_the_kernel_are_raised(diag: Diag, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inet_diag, "port_filter", lambda ports: b"\xff" * 8)
    with pytest.raises(OSError, match="Invalid argument"):
        diag.dump([pair.port])
    monkeypatch.undo()
    assert diag.dump([pair.port]), "and it goes on"


def test_what_is_left_of_an_answer_that_was_given_up(pair: Pair) -> None:
    requests = netlink.open_netlink()
    kind, body = inet_diag.udp_dump_request(socket.AF_INET, [1])
    requests.send(struct.pack("=IHHII", 16 + len(body), kind, 0x301, 99_999, 0) + body)
    with Diag(requests) as diag:
        found = {sample.cookie for sample in diag.dump([pair.port])}
        assert {cookie(it) for it in (pair.listener, pair.client, pair.server)} <= found


@pytest.mark.skipif(os.geteuid() != 0, reason="then every test here runs without privileges")
def test_no_privilege_is_needed(pair: Pair) -> None:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            with Diag() as diag:
                listed = of(diag.dump([pair.port]), pair.client)
                found = diag.query("tcp", listed.local, listed.remote, listed.cookie)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                    ending.bind(("127.0.0.1", 0))
                    known = cookie(ending)
                told = ended(diag, [], {known})
                status = 0 if facts(found) == facts(listed) and listed.segments_out and known in told else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_table_the_kernel_does_not_have(diag: Diag, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = 255
    monkeypatch.setitem(inet_diag.PROTOCOLS, "udp", unknown)
    assert of(diag.dump([pair.port]), pair.client).state == "ESTABLISHED"
    assert diag.missing == {"udp", "udp6"}


def answer(state: int, attributes: bytes = b"", received: int = 0, queued: int = 0) -> bytes:
    """A struct inet_diag_msg, from 127.0.0.1:8001 to 127.0.0.1:40000, with its attributes."""
    host = socket.inet_aton("127.0.0.1").ljust(16, b"\0")
    head = struct.pack("=BBBB", socket.AF_INET, state, 0, 0) + struct.pack("!HH", 8001, 40000) + host + host
    return head + struct.pack("=IQIIIII", 0, 77, 0, received, queued, 0, 5) + attributes


def attribute(kind: int, body: bytes) -> bytes:
    return struct.pack("=HH", len(body) + 4, kind) + body.ljust(-(-len(body) // 4) * 4, b"\0")


def test_an_older_kernel_tells_less() -> None:
    info = struct.pack("=26I", *range(26))
    sample = inet_diag.decode(answer(1, attribute(inet_diag.INFO, info), 3, 4), "tcp", 10, 20)
    assert (sample.began, sample.t, sample.local, sample.remote) == (10, 20, "127.0.0.1:8001", "127.0.0.1:40000")
    assert (sample.rtt, sample.ssthresh, sample.cwnd, sample.retransmissions) == (17_000, 19, 20, 25)
    assert (sample.bytes_acked, sample.send_window, sample.receive_window) == (None, None, None)
    assert (sample.receive_queue, sample.send_queue) == (3, 4)
    assert (sample.written, sample.acked, sample.delivered, sample.read) == (None, None, None, None)


def test_a_newer_kernel_tells_more() -> None:
    info = struct.pack("=60I", *range(60)) + b"\xff" * 100
    memory = struct.pack("=12I", *range(12))
    odd = attribute(inet_diag.INFO, info) + attribute(99, b"a") + attribute(inet_diag.SKMEMINFO, memory)
    sample = inet_diag.decode(answer(1, odd), "tcp", 0, 0)
    assert (sample.send_window, sample.receive_window) == (228 // 4, 232 // 4)
    assert (sample.receive_memory, sample.receive_buffer, sample.send_memory, sample.send_buffer) == (0, 1, 5, 3)
    assert sample.drops == 8


def test_the_memory_of_a_udp_socket() -> None:
    memory = attribute(inet_diag.SKMEMINFO, struct.pack("=9I", *range(9)))
    sample = inet_diag.decode(answer(7, memory, received=832), "udp", 0, 0)
    assert (sample.receive_memory, sample.receive_buffer, sample.send_memory, sample.send_buffer) == (832, 1, 2, 3)


def test_a_time_wait_has_no_queues() -> None:
    sample = inet_diag.decode(answer(6), "tcp", 0, 0)
    assert (sample.state, sample.receive_queue, sample.send_queue, sample.delivered) == ("TIME-WAIT", None, None, None)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        answer(1)[:-1],
        answer(13),
        answer(1) + struct.pack("=HH", 3, 2),
        answer(1) + struct.pack("=HH", 100, 2),
    ],
    ids=["empty", "short", "no such state", "attribute shorter than its header", "attribute longer than the message"],
)
def test_what_is_no_answer_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        inet_diag.decode(message, "tcp", 0, 0)
