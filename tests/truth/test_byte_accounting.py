"""The bytes on the record are the bytes the kernel counted, or the difference is what went past the probe.

Each program asks the kernel before it closes (TCP_INFO, tcp(7)) and prints what each socket, named by its cookie,
has sent and received. tcpi_bytes_sent is less tcpi_bytes_retrans; tcpi_bytes_received counts a FIN as a byte, so
nobody has closed yet.
"""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from engine.events import AnyEvent
from tests.truth.recorded import calls, record

PAIR = dedent("""
    import json, os, select, socket, ssl, struct, subprocess, sys, threading
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

    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    conn, _ = server.accept()
""")

ADVANCING = {"recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"}
SENDING = {"send", "sendall", "sendto", "sendmsg", "sendfile"}


class Bytes(NamedTuple):
    """Of one socket."""

    sent: int
    received: int


def recorded(events: list[AnyEvent]) -> dict[str, Bytes]:
    """What the calls on each end of the one connection moved, by all processes that held it."""
    moved: defaultdict[int | None, list[int]] = defaultdict(lambda: [0, 0])
    for event in calls(events, *SENDING, *ADVANCING):
        if event.count is not None and event.moved is not None:
            moved[event.socket][event.op in ADVANCING] += event.count
    (connect,), (accept,) = calls(events, "connect"), calls(events, "accept")
    server = next(it.socket for it in events if isinstance(it, SocketChanged) and it.seq > accept.seq)
    return {"client": Bytes(*moved[connect.socket]), "server": Bytes(*moved[server])}
