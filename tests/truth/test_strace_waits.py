"""What we record of select, poll and epoll is what strace sees in the same run."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.events import AnyEvent, CallReturned, CallStarted, WatchChanged
from tests.truth import strace, strace_waits
from tests.truth.recorded import Recorded
from tests.truth.strace_calls import SystemCall

PAIR = """
import asyncio, os, select, selectors, socket, threading
left, right = socket.socketpair()
left.setblocking(False), right.setblocking(False)
"""
PROGRAMS = {
    "select": """
        right.send(b"x")
        select.select([left, right], [right], [], 0.25)
        select.select([left], [], [left])
        select.select([right], [], [], 0.01)
        select.select([], [], [], 0.0005)
        for wrong in ([-1], [2000], [50]):
            try:
                select.select(wrong, [], [], 0)
            except (OSError, ValueError):
                pass
    """,
    "poll": """
        right.send(b"x")
        poll = select.poll()
        poll.register(left), poll.register(right, select.POLLIN)
        poll.poll(12.5), poll.poll()
        poll.modify(left, select.POLLPRI), poll.unregister(right)
        poll.poll(1.01), poll.poll(0)
        right.close()
        poll.poll(-3)
    """,
    "epoll": """
        right.send(b"x")
        with select.epoll() as epoll:
            epoll.register(left, select.EPOLLIN | select.EPOLLET)
            epoll.poll(), epoll.poll(0.0101)
            epoll.modify(left, select.EPOLLOUT | select.EPOLLONESHOT)
            epoll.poll(1, 5), epoll.poll(0.001)
            epoll.unregister(left)
            for name, *args in ("unregister", left), ("register", 0xFFF), ("modify", right, 1):
                try:
                    getattr(epoll, name)(*args)
                except OSError:
                    pass
        epoll = select.epoll(3)
        epoll.register(right, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        left.close()
        epoll.poll(1)
        epoll.close()
    """,
    "selectors": """
        for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
            with kind() as selector:
                selector.register(left, selectors.EVENT_READ), selector.register(right, selectors.EVENT_WRITE)
                selector.select(0.01)
                selector.modify(left, selectors.EVENT_READ | selectors.EVENT_WRITE), selector.unregister(right)
                selector.select()
    """,
    "threads": """
        def wake():
            threading.Event().wait(0.05)
            right.send(b"x")
        thread = threading.Thread(target=wake)
        thread.start()
        select.select([left], [], [])
        thread.join()
    """,
    "asyncio": """
        async def echo(reader, writer):
            writer.write(await reader.read(100))
            await writer.drain()
            writer.close()
        async def main():
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello")
            assert await reader.read() == b"hello"
            writer.close()
            server.close()
            await asyncio.sleep(0.01)
        asyncio.run(main())
    """,
}  # fmt: skip
Ours = list[CallReturned | CallStarted | WatchChanged]


def both(folder: Path, program: str) -> tuple[Ours, list[SystemCall]]:
    """What we, and what strace saw of the same run; of the program's main thread."""
    script, traces = folder / "program.py", folder / "traces"
    traces.mkdir()
    script.write_text(PAIR + textwrap.dedent(program))
    recorded = Recorded(folder, [str(script)], before=partial(strace.strace, traces))
    events: list[AnyEvent] = recorded.finish()
    assert recorded.process.returncode == 0
    kinds = (CallReturned, CallStarted, WatchChanged)
    return [it for it in events if isinstance(it, kinds)], strace.read(traces, recorded.process.pid)


@pytest.mark.parametrize("name", PROGRAMS)
def test_waits_are_those_that_strace_sees(name: str, tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    strace_waits.compare(*both(tmp_path, PROGRAMS[name]))


@pytest.mark.parametrize("field", ["ready", "timeout", "lost"])
def test_a_difference_is_found(field: str, tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    ours, theirs = both(tmp_path, PROGRAMS["epoll"])
    wait = next(it for it in ours if isinstance(it, CallReturned) and it.op == "epoll_wait" and it.ready)
    if field == "ready":
        wait.ready = []
    elif field == "timeout":
        wait.timeout = 7_000_000
    else:
        ours.remove(wait)
    with pytest.raises(AssertionError):
        strace_waits.compare(ours, theirs)
