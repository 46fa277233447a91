"""TCP ports of this machine: one to listen on, and who listens on one already."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NamedTuple

from engine.errors import NoFreePort

HOST = "127.0.0.1"
TRIES = 100
HIGHEST = 65535
LISTEN = "0A"
"""TCP_LISTEN in the `st` column of /proc/net/tcp (include/net/tcp_states.h)."""


def listen(port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free port after it."""
    for candidate in range(port, min(port + TRIES, HIGHEST + 1)):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            listener.bind((HOST, candidate))
            listener.listen()
            return listener
        except OSError:
            listener.close()
    raise NoFreePort(port, min(port + TRIES - 1, HIGHEST))


class Owner(NamedTuple):
    """A process that holds a listening socket."""

    name: str
    pid: int


def listener_of(port: int) -> Owner | None:
    """The process that listens on `port`; None when nobody does, or it is not ours to see.

    From /proc (Linux, proc(5)).
    """
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*") if wanted else ():
        try:
            if any(str(fd.readlink()) in wanted for fd in (folder / "fd").iterdir()):
                return Owner((folder / "comm").read_text().strip(), int(folder.name))
        except OSError:  # it has ended meanwhile, or belongs to somebody else
            continue
    return None


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found
