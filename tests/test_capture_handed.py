"""Opening the packet socket needs a privilege, using it needs none; and it may see another network than ours."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import struct
import traceback
from collections.abc import Callable

import pytest

from engine.observe.capture import Capture, CaptureUnavailable, open_socket
from tests.conftest import missing

NOBODY = 65534
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP, IFF_LOOPBACK, IFF_RUNNING = 0x8914, 0x1, 0x8, 0x40
RING = 1 << 20


def in_child(work: Callable[[], None]) -> int:
    """Fork, do `work` there; the pid. The child exits with 0, with the errno of an OSError, or with 255."""
    pid = os.fork()
    if pid:
        return pid
    status = 255
    try:
        work()
        status = 0
    except OSError as error:
        status = error.errno or 255
        traceback.print_exc()
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def exit_code(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def connect_once(port: int) -> None:
    """A connection over which nothing is said."""
    with socket.create_server(("127.0.0.1", port)) as server, socket.socket() as client:
        client.connect(server.getsockname())


def test_a_process_without_privileges_uses_a_socket_it_was_handed(free_port: int) -> None:
    if os.geteuid() != 0:
        missing("root, which can become somebody else", "nothing to install, run as root")

    def work() -> None:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        with pytest.raises(CaptureUnavailable, match="not permitted"):
            open_socket()
        capture = Capture(packets, 0, RING)
        capture.watch(free_port)
        connect_once(free_port)
        capture.drain()
        assert capture.take(1)[0].destination == f"127.0.0.1:{free_port}"

    with open_socket() as packets:
        assert exit_code(in_child(work)) == 0


def set_loopback_up() -> None:
    """netdevice(7)"""
    with socket.socket() as any_socket:
        flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags))


def test_the_loopback_of_a_private_network() -> None:
    ours, theirs = socket.socketpair()

    def work() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        set_loopback_up()
        with open_socket() as packets:
            socket.send_fds(theirs, [b"x"], [packets.fileno()])
        theirs.recv(1)
        connect_once(8001)

    child = in_child(work)
    theirs.close()
    with ours:
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        if not descriptors:
            code = exit_code(child)
            assert code in (errno.EPERM, errno.ENOSPC, errno.EUSERS), f"the child failed with {code}"
            missing("permission to make a user namespace", "nothing to install, see user_namespaces(7)")
        capture = Capture(socket.socket(fileno=descriptors[0]), 0, RING)
        capture.watch(8001)
        ours.send(b"x")
        assert exit_code(child) == 0
    capture.drain()
    found = capture.take(100)
    capture.close()
    assert [it.flags for it in found[:3]] == [2, 18, 16]
    assert found[0].destination == "127.0.0.1:8001"
