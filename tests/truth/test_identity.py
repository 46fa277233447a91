"""A socket keeps its identity whoever holds it and under whatever number; a number used again is another socket."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from engine.events import AnyEvent, CallReturned, SocketChanged
from tests.truth.recorded import calls, record

PAIR = dedent("""
    import array, os, socket, sys
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    conn, _ = server.accept()
""")
RECEIVE_ALL = dedent("""
    received = 0
    while received < 29:
        received += len(conn.recv(100))
""")


def call(events: list[AnyEvent], op: str, data: bytes) -> CallReturned:
    """The one call of `op` that moved `data`."""
    (found,) = [event for event in calls(events, op) if event.data == data]
    return found


def assert_one_socket_two_processes(events: list[AnyEvent]) -> None:
    ours, theirs = call(events, "sendall", b"from the parent"), call(events, "sendall", b"from the child")
    (connect,) = calls(events, "connect")
    assert ours.process == connect.process != theirs.process
    assert ours.socket == theirs.socket == connect.socket
    assert (ours.stream, ours.start, ours.end) == ("1>", 0, 15)
    assert (theirs.stream, theirs.start, theirs.end) == ("1>", 15, 29)
    receives = [event for event in calls(events, "recv") if event.stream == "1>"]
    assert (receives[0].start, receives[-1].end) == (0, 29)


def test_a_forked_child_holds_the_same_socket(tmp_path: Path) -> None:
    program = """
        client.sendall(b"from the parent")
        if os.fork() == 0:
            client.sendall(b"from the child")
            os._exit(0)
        os.wait()
    """
    events, _ = record(tmp_path, PAIR + dedent(program) + RECEIVE_ALL)
    assert_one_socket_two_processes(events)


GIVE = {
    "send_fds": 'socket.send_fds(left, [b"!"], [client.fileno()])',
    "sendmsg": 'left.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [client.fileno()]))])',
}
TAKE = {
    "recv_fds": "_, (fd,), _, _ = socket.recv_fds(right, 1, 1)",
    "recvmsg": "fd = int.from_bytes(right.recvmsg(1, socket.CMSG_LEN(4))[1][0][2], sys.byteorder)",
}
ADOPT = {"socket": "socket.socket(fileno=fd)", "fromfd": "socket.fromfd(fd, socket.AF_INET, socket.SOCK_STREAM)"}


@pytest.mark.parametrize(
    ("give", "take", "adopt"), [("send_fds", "recv_fds", "socket"), ("sendmsg", "recvmsg", "fromfd")]
)
def test_a_descriptor_passed_to_another_process_is_the_same_socket(
    give: str, take: str, adopt: str, tmp_path: Path
) -> None:
    program = f"""
        left, right = socket.socketpair()
        if os.fork() == 0:
            for inherited in (server, client, conn, left):
                inherited.close()
            {TAKE[take]}
            with {ADOPT[adopt]} as passed:
                passed.sendall(b"from the child")
            os._exit(0)
        client.sendall(b"from the parent")
        {GIVE[give]}
        os.wait()
    """
    events, _ = record(tmp_path, PAIR + dedent(program) + RECEIVE_ALL)
    assert_one_socket_two_processes(events)


def test_a_descriptor_inherited_over_exec_is_the_same_socket(tmp_path: Path) -> None:
    program = """
        import subprocess
        child = "import socket, sys; socket.socket(fileno=int(sys.argv[1])).sendall(b'from the child')"
        client.sendall(b"from the parent")
        command = [sys.executable, "-c", child, str(client.fileno())]
        subprocess.run(command, pass_fds=[client.fileno()], check=True)
    """
    events, _ = record(tmp_path, PAIR + dedent(program) + RECEIVE_ALL)
    assert_one_socket_two_processes(events)


def test_a_connection_handed_to_a_multiprocessing_worker_is_the_same_socket(tmp_path: Path) -> None:
    program = """
        import array, os, socket, sys
        from multiprocessing import get_context

        def work(sock):
            sock.sendall(b"from the child")

        if __name__ == "__main__":
            server = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(server.getsockname())
            conn, _ = server.accept()
            client.sendall(b"from the parent")
            worker = get_context("spawn").Process(target=work, args=(client,))
            worker.start()
            worker.join()
            received = 0
            while received < 29:
                received += len(conn.recv(100))
    """
    events, _ = record(tmp_path, dedent(program))
    ours, theirs = call(events, "sendall", b"from the parent"), call(events, "sendall", b"from the child")
    assert ours.process != theirs.process
    assert (ours.socket, ours.stream, theirs.stream, theirs.start) == (theirs.socket, "1>", "1>", 15)


@pytest.mark.parametrize(
    "again",
    [
        "client.dup()",
        "socket.socket(fileno=os.dup(client.fileno()))",
        "socket.socket(fileno=client.detach())",
        "socket.fromfd(client.fileno(), socket.AF_INET, socket.SOCK_STREAM)",
    ],
)
def test_another_object_of_the_same_socket_is_the_same_socket(again: str, tmp_path: Path) -> None:
    program = f"""
        client.sendall(b"one")
        other = {again}
        client.close()
        other.sendall(b"two")
    """
    events, _ = record(tmp_path, PAIR + dedent(program))
    one, two = call(events, "sendall", b"one"), call(events, "sendall", b"two")
    assert (one.socket, one.stream, one.start) == (two.socket, two.stream, 0)
    assert (two.start, two.end) == (3, 6)


def test_a_socket_is_open_until_its_last_descriptor_is_closed(tmp_path: Path) -> None:
    program = """
        other = client.dup()
        client.close()
        other.sendall(b"two")
        other.close()
    """
    events, _ = record(tmp_path, PAIR + dedent(program))
    send = call(events, "sendall", b"two")
    closed = [
        it for it in events if isinstance(it, SocketChanged) and it.socket == send.socket and it.state == "closed"
    ]
    assert [it.t > send.t for it in closed] == [True]


def test_a_descriptor_number_used_again_is_another_socket(tmp_path: Path) -> None:
    program = """
        client.sendall(b"one")
        client.close()
        client = socket.create_connection(server.getsockname())
        second, _ = server.accept()
        client.sendall(b"two")
    """
    events, _ = record(tmp_path, PAIR + dedent(program))
    one, two = call(events, "sendall", b"one"), call(events, "sendall", b"two")
    assert one.fd == two.fd
    assert one.socket != two.socket
    assert (one.stream, two.stream, two.start) == ("1>", "2>", 0)
