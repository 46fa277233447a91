"""A thousand downloads from Python's own HTTP server: every connection, every byte of it, as curl counted them."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import NamedTuple

from engine.events import AnyEvent, CallReturned, SocketChanged
from tests.truth.recorded import Recorded, calls
from tests.truth.waits import check_waits

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


def served(events: list[AnyEvent]) -> list[Fetch]:
    """What the recording says of each accepted connection, in the order of accepting (the status it does not know)."""
    moved: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    for event in calls(events, *SENT, *RECEIVED):
        if event.count is not None:
            moved[event.socket]["out" if event.op in SENT else "in"] += event.count
    return [Fetch(port, 0, moved[socket]["in"], moved[socket]["out"]) for socket, port in accepted(events)]


def accepted(events: list[AnyEvent]) -> Iterator[tuple[int, int]]:
    """The socket and the client's port of each accept."""
    for event, joined in pairwise(events):
        if isinstance(event, CallReturned) and event.op == "accept" and not event.error:
            assert isinstance(joined, SocketChanged)
            assert joined.remote is not None
            yield joined.socket, int(joined.remote.rpartition(":")[2])


def test_a_thousand_downloads(tmp_path: Path, require_tool: Callable[[str, str], str]) -> None:
    program = require_tool("curl", "curl")
    shelf = tmp_path / "files"
    shelf.mkdir()
    for name, size in SIZES.items():
        (shelf / name).write_bytes(b"x" * size)
    server = Recorded(tmp_path, ["-m", "http.server", "--bind", "127.0.0.1", "--directory", str(shelf), "0"])
    assert server.process.stdout is not None
    port = int(server.process.stdout.readline().split()[5])
    with (tmp_path / "curl.output").open("w+") as output:
        client = subprocess.Popen(curl(program, tmp_path, port), stdout=output)
        while client.poll() is None:
            server.pump()
        output.seek(0)
        fetched = fetches(output.read())
    server.process.send_signal(signal.SIGINT)
    events = server.finish()
    assert client.returncode == 0
    assert Counter(fetch.status for fetch in fetched) == {200: FETCHES * 7 // 8, 404: FETCHES // 8}
    assert sorted(served(events)) == sorted(fetch._replace(status=0) for fetch in fetched)
    assert check_waits(events)["poll_register"] == 1  # of the listener; a connection has a thread of its own
    assert sum(len(it.ready or ()) for it in calls(events, "poll")) == FETCHES
