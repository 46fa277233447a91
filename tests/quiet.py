"""A port that no socket on this machine has at either of its ends."""

from __future__ import annotations

import os

from engine.observe.netlink import Diag


def quiet_port() -> int:
    """Below the ephemeral range (ip(7)), so that no other program's connection happens to get it."""
    with Diag() as diag:
        for port in range(20_000 + os.getpid() % 5_000, 32_000):
            if not diag.dump([port]):
                return port
    raise AssertionError("every port is in use")
