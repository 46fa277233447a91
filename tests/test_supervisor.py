"""A supervisor ends what it has started, whatever that does, and leaves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import CannotStart
from engine.process import PROGRAM, Limits, Supervisor
from tests.lifeline import Lifeline, holding
from tests.lifeline import lifeline as lifeline
from tests.supervised import GONE_SECONDS, TIMEOUT, Trace, parent_of, python, run, supervised, wait_until_gone

GENTLE = """
    import time
    print("up", flush=True)
    time.sleep(60)
"""
DEAF = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up", flush=True)
    time.sleep(60)
"""
STOPPED = """
    import os, signal
    print("up", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""
ESCAPED = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            print("up", flush=True)
            time.sleep(60)
"""
CROWD = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for _ in range(5):
        os.fork()
    print("up", flush=True)
    time.sleep(60)
"""
FORKING_AWAY = """
    import os, signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up", flush=True)
    for _ in range(100_000):  # should it ever get away, it ends
        if os.fork():
            os._exit(0)
"""
RESTARTING = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("up", flush=True)
    while True:
        if os.fork() == 0:
            time.sleep(60)
        os.wait()
"""
NASTY = {
    "gentle": GENTLE,
    "deaf to SIGTERM": DEAF,
    "stopped": STOPPED,
    "in another session": ESCAPED,
    "a crowd": CROWD,
    "forking and exiting for ever": FORKING_AWAY,
    "starting what was killed again": RESTARTING,
}


@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY)
def test_stop_leaves_nothing(tmp_path: Path, lifeline: Lifeline, body: str) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", holding(lifeline, body), tmp_path, {})
            await trace.until(lambda: "up" in trace.text["stdout"])
            assert lifeline.held()
            began = time.monotonic()
            await supervisor.stop()
            assert not lifeline.held()
            assert time.monotonic() - began < GONE_SECONDS
            exits = [line for line in trace.lines if "exited" in line]
        assert len(exits) == 1
        assert "lost" not in trace.lines

    run(scene())


def test_stop_lets_a_program_end_by_itself(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        body = """
            import signal, sys, time
            signal.signal(signal.SIGTERM, lambda *_: sys.exit("goodbye"))
            print("up", flush=True)
            time.sleep(60)
        """
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python(body), tmp_path, {})
            await trace.until_line("p stdout 'up\\n'")
            await asyncio.gather(supervisor.stop(), supervisor.stop())
        assert trace.lines == ["p stdout 'up\\n'", "p stderr 'goodbye\\n'", "p exited 1"]

    run(scene())


def test_a_lost_supervisor_is_told_of_after_the_exits(tmp_path: Path, lifeline: Lifeline) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            body = "import os, time; print(os.getppid(), flush=True); time.sleep(60)"
            await supervisor.spawn("p", holding(lifeline, body), tmp_path, {})
            await trace.until(lambda: trace.text["stdout"].endswith("\n"))
            os.kill(int(trace.text["stdout"]), signal.SIGKILL)
            await trace.until_line("lost")
            with pytest.raises(CannotStart):
                await supervisor.spawn("q", python("pass"), tmp_path, {})
        assert trace.lines[1:] == ["p exited None", "lost"]
        wait_until_gone(lifeline)

    run(scene())


def test_a_supervisor_asked_to_end_kills_and_cleans_up(tmp_path: Path, lifeline: Lifeline) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    async def scene() -> None:
        trace = Trace()
        async with supervised(trace, scratch=[scratch]) as supervisor:
            pid = await supervisor.spawn("p", holding(lifeline, DEAF), tmp_path, {})
            await trace.until_line("p stdout 'up\\n'")
            os.kill(parent_of(pid), signal.SIGTERM)
            await trace.until_line("lost")
        assert trace.lines == ["p stdout 'up\\n'", "p exited SIGKILL", "lost"]

    run(scene())
    wait_until_gone(lifeline, scratch)


def test_a_stop_leaves_the_scratch_folders_to_the_engine(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    async def scene() -> None:
        async with supervised(Trace(), scratch=[scratch]):
            pass

    run(scene())
    assert scratch.is_dir()


def test_an_orphan_is_adopted_and_reaped(tmp_path: Path, lifeline: Lifeline) -> None:
    body = """
        import os, time
        us = os.getpid()
        if os.fork() == 0:
            while os.getppid() == us:
                time.sleep(0.001)
            print(os.getppid(), os.getpid(), flush=True)
    """

    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            pid = await supervisor.spawn("p", holding(lifeline, body), tmp_path, {})
            supervisor_pid = parent_of(pid)
            await trace.until(lambda: trace.text["stdout"].endswith("\n"))
            adopter, orphan = map(int, trace.text["stdout"].split())
            assert adopter == supervisor_pid
            wait_until_gone(lifeline, Path(f"/proc/{orphan}"))

    run(scene())


ENGINE = """
    import asyncio, sys
    from pathlib import Path
    from engine.process import Limits, Supervisor

    scratch, *argv = sys.argv[1:]
    async def main():
        supervisor = await Supervisor.start(
            scratch=[Path(scratch)], limits=Limits(), on_lost=lambda: None, on_exit=lambda *_: None,
            on_output=lambda name, stream, text, dropped, t: print(text, end="", flush=True),
        )
        await supervisor.spawn("p", argv, Path(scratch), {})
        await asyncio.sleep(60)
    asyncio.run(main())
"""


@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY)
def test_nothing_is_left_when_the_engine_is_killed(tmp_path: Path, lifeline: Lifeline, body: str) -> None:
    scratch = tmp_path / "scratch"
    (scratch / "folder").mkdir(parents=True)
    argv = [sys.executable, "-c", textwrap.dedent(ENGINE), str(scratch), *holding(lifeline, body)]
    with subprocess.Popen(argv, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "up\n"
        assert lifeline.held()
        engine.kill()
    wait_until_gone(lifeline, scratch)


def test_ctrl_c_in_the_engines_terminal_does_not_reach_the_supervisor(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            body = "import os; print(os.getppid())"
            await supervisor.spawn("p", python(body), tmp_path, {})
            await trace.until_line("p exited 0")
            parent = int(trace.text["stdout"])
            assert os.getsid(parent) == parent

    run(scene())


STOPPING_ENGINE = """
    import asyncio, sys
    from pathlib import Path
    from engine.process import Limits, Supervisor

    scratch, *argv = sys.argv[1:]
    async def main():
        supervisor = await Supervisor.start(
            scratch=[Path(scratch)], limits=Limits(), on_lost=lambda: None, on_exit=lambda *_: None,
            on_output=lambda *_: None,
        )
        await supervisor.spawn("p", argv, Path(scratch), {})
        await supervisor.stop()
        print("stopped", flush=True)
        await asyncio.sleep(60)
    asyncio.run(main())
"""


def test_an_engine_killed_while_it_reads_what_was_left_leaves_no_folder(tmp_path: Path, lifeline: Lifeline) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    argv = [sys.executable, "-c", textwrap.dedent(STOPPING_ENGINE), str(scratch), *holding(lifeline, GENTLE)]
    with subprocess.Popen(argv, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "stopped\n"
        assert scratch.exists()
        engine.kill()
    wait_until_gone(lifeline, scratch)


STAYING = {
    name: "import os\nif os.fork() == 0:" + body.replace("\n", "\n    ") + "\nimport time\ntime.sleep(60)"
    for name, body in NASTY.items()
}
"""As children of a process that is still there."""


@pytest.mark.parametrize("body", STAYING.values(), ids=STAYING)
def test_one_process_is_ended_with_what_it_has_started(tmp_path: Path, lifeline: Lifeline, body: str) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("other", python(GENTLE), tmp_path, {})
            await supervisor.spawn("p", holding(lifeline, body), tmp_path, {})
            await trace.until(lambda: trace.text["stdout"].count("up") >= 2)
            began = time.monotonic()
            await asyncio.gather(supervisor.end("p"), supervisor.end("p"))
            assert not lifeline.held()
            assert time.monotonic() - began < GONE_SECONDS
            assert not [line for line in trace.lines if line.startswith("other exited")]

    run(scene())


def test_how_an_orphan_ended_is_told(tmp_path: Path) -> None:
    body = """
        import os, time
        us = os.getpid()
        for code in (0, 7):
            if os.fork() == 0:
                while os.getppid() == us:
                    time.sleep(0.001)
                os._exit(code) if code else os.kill(os.getpid(), 9)
    """

    async def scene() -> None:
        trace = Trace()
        told: list[tuple[int | None, str | None]] = []
        supervisor = await Supervisor.start(
            scratch=[],
            limits=Limits(),
            on_output=trace.output,
            on_exit=trace.exit,
            on_lost=trace.lost,
            on_orphan=lambda pid, code, name, t: told.append((code, name)),
        )
        await supervisor.spawn("p", python(body), tmp_path, {})
        async with asyncio.timeout(TIMEOUT):
            while len(told) < 2:  # noqa: ASYNC110 — there is nothing to wait on
                await asyncio.sleep(0.01)
        await supervisor.stop()
        await supervisor.close()
        assert set(told) == {(None, "SIGKILL"), (7, None)}

    run(scene())


def test_the_dead_are_buried_though_the_engine_does_not_hear_of_it(tmp_path: Path) -> None:
    """Reports fill the stream to a busy engine; zombies would fill the machine."""
    body = """
        import os
        for _ in range(2000):
            if os.fork():
                os._exit(0)
        print("over", flush=True)
        os.read(0, 1)
    """
    with with_raw_supervisor() as (supervisor, ours):
        theirs, output = socket.socketpair()
        command = {"do": "spawn", "argv": python(body), "cwd": str(tmp_path), "env": {}}
        socket.send_fds(ours, [json.dumps(command).encode() + b"\n"], [theirs.fileno()] * 3)
        theirs.close()
        assert output.recv(10) == b"over\n"
        assert len([pid for pid in pids() if parent_of(pid) == supervisor]) < 500
        ours.sendall(b'{"do": "stop", "grace": 1}\n')
        reports = ours.makefile()
        exits = 0
        while (report := json.loads(reports.readline()))["report"] != "gone":
            exits += report["report"] == "exited"
        assert exits == 2001
        ours.sendall(b'{"do": "close"}\n')
        output.close()


@contextlib.contextmanager
def with_raw_supervisor() -> Iterator[tuple[int, socket.socket]]:
    """Its pid, and the stream to it, on which nobody listens."""
    ours, theirs = socket.socketpair()
    settings = json.dumps({"limits": {}, "scratch": [], "network": None})
    command = [sys.executable, "-I", "-S", "-E", str(PROGRAM), str(theirs.fileno()), settings]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process, ours:
        theirs.close()
        yield process.pid, ours
    assert process.returncode == 0


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
