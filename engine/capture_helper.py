"""Opens packet sockets on behalf of an engine that may not, passes them on, and ends.

    sudo python3 engine/capture_helper.py PATH

PATH is the Unix socket of an engine that was started with `--sudo`. This is all that ever runs as
root: it reads nothing from the network, and the engine puts a filter on each socket before it is
bound to an interface. Standard library only.
"""

from __future__ import annotations

import socket
import sys

COUNT = 4
"""One for each run that may be captured at the same time."""


def main() -> None:
    sockets = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(COUNT)]
    with socket.socket(socket.AF_UNIX) as engine:
        engine.connect(sys.argv[1])
        socket.send_fds(engine, [b"."], [sock.fileno() for sock in sockets])


if __name__ == "__main__":
    main()
