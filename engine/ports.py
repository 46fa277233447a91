"""Is a port free on loopback?"""

from __future__ import annotations

import errno
import socket

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Could a server that sets SO_REUSEADDR, as the lessons' do, listen on the port now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_port_after(port: int) -> int:
    """The next free port above `port`; any free one when there is none."""
    for candidate in range(port + 1, min(port + 200, 65536)):
        if is_free(candidate):
            return candidate
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
