"""Fixtures for all tests."""

from __future__ import annotations

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


@pytest.fixture
def free_port() -> int:
    """A TCP port on 127.0.0.1 on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
