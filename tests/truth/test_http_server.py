"""A thousand downloads from Python's own HTTP server: every connection, every byte of it, as curl counted them."""

from __future__ import annotations

import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from engine.events import AnyEvent, CallReturned
from tests.truth.recorded import Recorded, calls

FETCHES = 1000
SIZES = {"empty": 0, "one": 1, "small": 1000, "ring": 4097, "big": 70_000, "bigger": 300_001}
PATHS = (*SIZES, "missing", "")
SENT = ("send", "sendall")
RECEIVED = ("recv", "recv_into")


class Fetch(NamedTuple):
    """What curl says of one connection."""

    port: int
    status: int
    request: int
    answer: int
    """Bytes, headers included."""


def curl(program: str, folder: Path, port: int) -> list[str]:
    """The command that fetches FETCHES times, each over a connection of its own, and says what it moved."""
    config = folder / "curl.config"
    lines = []
    for path in islice(cycle(PATHS), FETCHES):
        lines += [f'url = "http://127.0.0.1:{port}/{path}"', 'output = "/dev/null"']
    config.write_text("\n".join(lines))
    counts = "%{local_port} %{http_code} %{size_request} %{size_header} %{size_download}\\n"
    return [program, "--disable", "--silent", "--noproxy", "*", "--config", str(config), "--write-out", counts]


def fetches(output: str) -> list[Fetch]:
    rows = (map(int, line.split()) for line in output.splitlines())
    return [Fetch(port, status, request, head + body) for port, status, request, head, body in rows]


def served(events: list[AnyEvent]) -> Iterator[Fetch]:
    """What the recording says of each accepted connection, in the order of accepting."""
    moved: defaultdict[int | None, Counter[str | None]] = defaultdict(Counter)
    for event in calls(events, *SENT, *RECEIVED):
        assert event.count is not None
        assert event.stream is not None
        moved[event.socket][event.moved] += event.count
    opened = accepted(events)
    assert len(opened) == len({socket for socket, _ in opened}), "a socket has one identity"
    for socket, port in opened:
        yield Fetch(port, 0, moved[socket]["received"], moved[socket]["sent"])
