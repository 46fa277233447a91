"""Packet sockets that somebody with the right to open them has passed to this engine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.errors import CannotStart

HELPER = Path(__file__).with_name("capture_helper.py")
SECONDS = 120
"""To type a password in."""


class PacketSockets:
    """Lends each socket to one run at a time."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._free = sockets

    @classmethod
    def from_helper(cls, command: tuple[str, ...] = ("sudo",)) -> PacketSockets:
        """Ask for them with `sudo`, once; it may ask for a password in the terminal. Raises CannotStart."""
        with (
            tempfile.TemporaryDirectory(prefix="socket-playground-") as folder,
            socket.socket(socket.AF_UNIX) as listener,
        ):
            path = os.path.join(folder, "helper")
            listener.bind(path)  # nobody but root and we can go there
            listener.listen(1)
            listener.settimeout(SECONDS)
            try:
                done = subprocess.run([*command, sys.executable, "-I", str(HELPER), path], check=False, timeout=SECONDS)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise CannotStart(HELPER.name, str(error)) from error
            if done.returncode != 0:
                raise CannotStart(HELPER.name, f"exit code {done.returncode}")
            connection, _ = listener.accept()
            with connection:
                _, fds, _, _ = socket.recv_fds(connection, 1, 16)
        for fd in fds:
            os.set_inheritable(fd, False)
        return cls([socket.socket(fileno=fd) for fd in fds])

    def lend(self) -> socket.socket | None:
        """One that no run is using; None when all are in use."""
        return self._free.pop() if self._free else None

    def take_back(self, packets: socket.socket) -> None:
        self._free.append(packets)

    def close(self) -> None:
        for packets in self._free:
            packets.close()
