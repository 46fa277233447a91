"""Fixtures for all tests."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from collections.abc import Callable

import pytest
from hypothesis import settings

# How long an example takes says more about who else uses the machine than about us.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

RequireTool = Callable[..., str]

DEBIAN_PACKAGES = {
    "chromium": "chromium",
    "ip": "iproute2",
    "node": "nodejs",
    "ss": "iproute2",
    "strace": "strace",
    "sudo": "sudo",
    "tshark": "tshark",
}


def missing(what: str, package: str) -> None:
    """A test cannot run without this: a failure in CI, elsewhere a skip that says what to install."""
    message = f"{what} is missing; on Debian: apt install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def require_tool() -> RequireTool:
    """`require_tool("strace")` is the path of the program, if it is there."""

    def require(name: str, package: str | None = None) -> str:
        path = shutil.which(name)
        if path is None:
            missing(name, package or DEBIAN_PACKAGES[name])
        assert path is not None
        return path

    return require


@pytest.fixture(scope="session")
def chromium(require_tool: RequireTool) -> str:
    """The path of the browser: the environment's CHROMIUM, or else the one found."""
    return os.environ.get("CHROMIUM") or require_tool("chromium")


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
PORTS = itertools.cycle(range(12000 + 1000 * (WORKER % 16), 13000 + 1000 * (WORKER % 16)))
"""Below those the kernel gives to clients (ip_local_port_range in ip(7)), and for each worker its own."""


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 on which nobody listened a moment ago, and which no other test is given."""
    for port in itertools.islice(PORTS, 1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
