"""While the programs of a lesson wait, ss shows the queues and states that are in the log of its run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.events import SocketSampled, decoder
from engine.playground import Playground
from engine.run import Run
from tests.plays import Play
from tests.quiet import quiet_port
from tests.truth.ss import Shown, shown
from tests.truth.test_ss import same

LONG = 10.0
"""Seconds for which a program does nothing: longer than we look."""
PATIENCE = 8.0

Key = tuple[str, str, str]

PAIR = ["ESTABLISHED", "ESTABLISHED", "LISTEN"]
BACKLOG = ["ESTABLISHED"] * 4 + ["LISTEN", "SYN-SENT", "SYN-SENT"]
"""Two clients and what the kernel has accepted of them, one more than the 1 asked for; and two whose SYN it ignores."""


class Standing(NamedTuple):
    """A lesson at a moment when nothing goes on: the states of its sockets, and what nobody has taken yet."""

    play: Play
    states: list[str]
    backlog: list[int]
    """Of each listener."""
    unread: int | None = 0
    """Bytes in all receive queues; None: as many as go in, on both sides."""


STANDING = [
    Standing(Play("backlog", values={"DELAY": LONG, "CLIENTS": 4, "BACKLOG": 1}), BACKLOG, [2], 2 * len(b"hello")),
    Standing(Play("blocking", values={"CONNECT_AFTER": 0, "SEND_AFTER": LONG}), PAIR, [0]),
    Standing(Play("dialogue", values={"CLIENTS": 2}), ["ESTABLISHED", "ESTABLISHED", *PAIR], [1]),
    Standing(Play("goodbye", values={"FORGET": LONG}), ["CLOSE-WAIT", "FIN-WAIT-2", "LISTEN"], [0]),
    Standing(Play("partial-send", values={"BLOCKING": True, "READ_DELAY": LONG}), PAIR, [0], None),
    Standing(Play("udp-limits", values={"READ_DELAY": LONG}), ["CONNECTED", "UNCONNECTED"], []),
]


@pytest.mark.parametrize("standing", STANDING, ids=lambda it: it.play.lesson)
def test_ss_shows_what_is_in_the_log(standing: Standing, tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    ss, port = require_tool("ss"), quiet_port()
    play = standing.play.at(port)

    async def tell() -> tuple[dict[Key, SocketSampled], dict[Key, Shown]]:
        here = Playground(tmp_path)
        try:
            run = await here.start_run(play.lesson, play.values, play.variant)
            return await both(run, ss, port, standing.states)
        finally:
            await here.close()

    ours, theirs = asyncio.run(tell())
    assert ours.keys() == theirs.keys()
    for key, sample in ours.items():
        same(sample, theirs[key])
    assert [sample.backlog for sample in ours.values() if sample.state == "LISTEN"] == standing.backlog
    unread = [sample.receive_queue or 0 for sample in ours.values()]
    if standing.unread is not None:
        assert sum(unread) == standing.unread
    else:
        assert max(unread) > 0
        assert max(sample.unsent or 0 for sample in ours.values()) > 0
    if play.lesson == "udp-limits":
        assert max(sample.drops or 0 for sample in ours.values()) > 0


async def both(run: Run, ss: str, port: int, states: list[str]) -> tuple[dict[Key, SocketSampled], dict[Key, Shown]]:
    """Our last samples, and the lines of ss: of a moment at which the log says those states, and did not grow."""
    deadline = time.monotonic() + PATIENCE
    found: list[str] = []
    while time.monotonic() < deadline:
        await asyncio.sleep(0.3)  # delayed acknowledgements and samples come; what then stands still is compared
        seen, ours = run.recording.last_seq, samples(run)
        found = sorted(sample.state for sample in ours.values())
        lines = await asyncio.to_thread(lambda: list(shown(ss, port)))
        await asyncio.sleep(0.1)
        if found == states and run.recording.last_seq == seen:
            return ours, {(it.protocol, it.local, it.remote): it for it in lines}
    raise AssertionError(f"it never stood still as {states}, but as {found}")


def samples(run: Run) -> dict[Key, SocketSampled]:
    """The last of each socket that still exists."""
    found: dict[Key, SocketSampled] = {}
    for line in run.recording.lines():
        event = decoder.decode(line)
        if isinstance(event, SocketSampled):
            key = (event.protocol, event.local, event.remote)
            found[key] = event
            if event.destroyed:
                del found[key]
    return found
