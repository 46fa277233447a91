"""Processes: their output and exits as they come, and what they may use."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import textwrap
import time
from pathlib import Path

import pytest

from engine.child import OUTPUT_LIMIT, OUTPUT_SECONDS, signal_name
from engine.errors import CannotStart
from engine.process import Limits
from tests.lifeline import Lifeline, holding
from tests.lifeline import lifeline as lifeline
from tests.supervised import Trace, python, run, supervised


def test_a_program_prints_reads_its_stdin_and_exits(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            argv = python("print('hello, ' + input('who? '))")
            pid = await supervisor.spawn("greeter", argv, tmp_path, {"PYTHONUTF8": "1"})
            await trace.until_line("greeter stdout 'who? '")
            assert os.getsid(pid) == pid
            supervisor.write("greeter", "世界\n".encode())
            await trace.until_line("greeter exited 0")
        assert trace.lines == [
            "greeter stdout 'who? '",
            "greeter stdout 'hello, 世界\\n'",
            "greeter exited 0",
        ]
        assert trace.times == sorted(trace.times)

    run(scene())


def test_times_are_the_clock_of_the_programs(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python("import time; print(time.monotonic_ns())"), tmp_path, {})
            await trace.until_line("p exited 0")
        printed = int(trace.text["stdout"])
        assert printed < trace.times[0] < time.monotonic_ns()
        assert printed < trace.times[1] < time.monotonic_ns()

    run(scene())


def test_a_program_that_reads_to_the_end_ends_when_stdin_is_closed(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python("import sys; print(len(sys.stdin.read()))"), tmp_path, {})
            supervisor.write("p", b"x" * 500_000)
            supervisor.close_stdin("p")
            await trace.until_line("p exited 0")
            supervisor.write("p", b"too late")
        assert trace.text["stdout"] == "500000\n"

    run(scene())


def test_input_for_a_program_that_does_not_read_is_bounded(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python("import time; time.sleep(60)"), tmp_path, {})
            supervisor.write("p", b"x" * 1_000_000)
            with pytest.raises(BufferError):
                supervisor.write("p", b"x" * 1_000_000)

    run(scene())


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("raise SystemExit(3)", "3"),
        ("1 / 0", "1"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGUSR1)", "SIGUSR1"),
        ("import os; os.abort()", "SIGABRT"),
        ("import os; os.write(1, b'x'); os.killpg(0, 9)", "SIGKILL"),
    ],
)
def test_the_exit_says_how(tmp_path: Path, body: str, how: str) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python(body), tmp_path, {})
            await trace.until_line(f"p exited {how}")
            assert await supervisor.spawn("still there", python("pass"), tmp_path, {})

    run(scene())


def test_nothing_is_told_before_spawn_has_returned(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            for number in range(20):
                before = len(trace.lines)
                await supervisor.spawn(f"p{number}", ["/bin/echo", "x"], tmp_path, {})
                assert len(trace.lines) == before
                await trace.until_line(f"p{number} exited 0")
        assert trace.times == sorted(trace.times)

    run(scene())


def test_what_cannot_be_started_says_why(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            with pytest.raises(CannotStart) as no_program:
                await supervisor.spawn("p", ["/no/such/program"], tmp_path, {})
            assert no_program.value.arguments == {
                "program": "p",
                "reason": "No such file or directory: /no/such/program",
            }
            with pytest.raises(CannotStart):
                await supervisor.spawn("p", python("pass"), tmp_path / "missing", {})
        with pytest.raises(CannotStart):
            await supervisor.spawn("p", python("pass"), tmp_path, {})
        assert trace.lines == []

    run(scene())


def test_a_character_cut_in_two_is_put_together_and_a_bad_byte_replaced(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        body = """
            import os
            os.write(1, b"\\xe4\\xbd")
            os.read(0, 1)
            os.write(1, b"\\xa0\\xff|\\xe4")
        """
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python(body), tmp_path, {})
            supervisor.write("p", b"x")
            await trace.until_line("p exited 0")
        assert trace.text["stdout"] == "你\ufffd|\ufffd"

    run(scene())


def test_a_flood_is_read_to_its_end_and_cut(tmp_path: Path) -> None:
    size = 20_000_000

    async def scene() -> None:
        trace = Trace()
        body = f"""
            import os, sys
            for _ in range({size} // 10_000):
                os.write(1, b"x" * 10_000)
            sys.exit("Traceback, for example")
        """
        ticks = 0
        async with supervised(trace) as supervisor:
            began = time.monotonic()
            await supervisor.spawn("p", python(body), tmp_path, {})
            while "p exited 1" not in trace.lines:
                await asyncio.sleep(0.005)
                ticks += 1
            seconds = time.monotonic() - began
        kept = len(trace.text["stdout"])
        assert kept <= OUTPUT_LIMIT
        assert kept + trace.dropped == size
        assert trace.text["stderr"] == "Traceback, for example\n"
        assert trace.pieces <= 3 * (50 + 50 * seconds)
        assert ticks > 20 * seconds, "the event loop had no time for anything else"

    run(scene())


def test_an_exit_does_not_wait_for_a_child_that_keeps_the_pipe(tmp_path: Path, lifeline: Lifeline) -> None:
    async def scene() -> None:
        trace = Trace()
        body = """
            import os, time
            if os.fork() == 0:
                time.sleep(60)
            print("parent done", flush=True)
        """
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", holding(lifeline, body), tmp_path, {})
            await trace.until_line("p exited 0")
            assert time.monotonic_ns() - trace.times[-1] < 2e9
        assert trace.lines == ["p stdout 'parent done\\n'", "p exited 0"]

    run(scene())


def test_an_exit_does_not_wait_when_the_pipes_ended_before(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            for number in range(5):
                body = "import os, time; os.close(1); os.close(2); time.sleep(0.05)"
                await supervisor.spawn(f"p{number}", python(body), tmp_path, {})
                await trace.until_line(f"p{number} exited 0")
                delays.append(time.monotonic_ns() - trace.times[-1])

    delays: list[int] = []
    run(scene())
    assert min(delays) < OUTPUT_SECONDS * 1e9 / 2


def test_limits_are_in_force(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        limits = Limits(address_space=1 << 30, file_size=1 << 16, open_files=20, cpu_seconds=50)
        body = """
            import resource as r
            for limit in (r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CPU, r.RLIMIT_CORE):
                print(*r.getrlimit(limit))
        """
        async with supervised(trace, limits) as supervisor:
            argv = [sys.executable, "-c", textwrap.dedent(body)]
            await supervisor.spawn("p", argv, tmp_path, {})
            await trace.until_line("p exited 0")
        assert trace.text["stdout"].splitlines() == [
            f"{1 << 30} {1 << 30}",
            f"{1 << 16} {1 << 16}",
            "20 20",
            "50 51",
            "0 0",
        ]

    run(scene())


def test_nothing_of_ours_is_inherited(tmp_path: Path) -> None:
    async def scene() -> None:
        trace = Trace()
        body = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:-1], sorted(os.environ))"
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python(body), tmp_path, {"LC_ALL": "C.UTF-8"})
            await trace.until_line("p exited 0")
        assert trace.text["stdout"] == "['0', '1', '2'] ['LC_ALL']\n"

    run(scene())


def test_signals_have_names() -> None:
    assert signal_name(9) == "SIGKILL"
    assert signal_name(signal.SIGRTMIN + 3) == "SIGRTMIN+3"


def test_a_program_for_which_there_are_no_descriptors_left_says_so_and_leaks_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def pipe() -> tuple[int, int]:
        if len(made) == 2:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        made.append(1)
        return real()

    async def scene() -> None:
        async with supervised(Trace()) as supervisor:
            before = os.listdir("/proc/self/fd")
            monkeypatch.setattr(os, "pipe", pipe)
            with pytest.raises(CannotStart) as refused:
                await supervisor.spawn("p", python("pass"), tmp_path, {})
            monkeypatch.undo()
            assert "Too many open files" in str(refused.value.arguments["reason"])
            assert os.listdir("/proc/self/fd") == before

    real = os.pipe
    run(scene())


def test_a_program_that_comes_after_the_end_leaks_no_descriptors(tmp_path: Path) -> None:
    async def scene() -> None:
        async with supervised(Trace()) as supervisor:
            pass
        before = os.listdir("/proc/self/fd")
        with pytest.raises(CannotStart):
            await supervisor.spawn("p", python("pass"), tmp_path, {})
        assert os.listdir("/proc/self/fd") == before

    run(scene())


def test_an_interrupt_reaches_the_whole_group_and_nobody_else(tmp_path: Path) -> None:
    body = """
        import os, signal, sys, time
        def caught(*_):
            os.write(1, f"{who} caught;".encode())
            os._exit(0)
        signal.signal(signal.SIGINT, caught)
        who = "parent"
        if os.fork() == 0:
            who = "child"
            if os.fork() == 0:
                os.setsid()
                who = "other"
        os.write(1, b"up;")
        time.sleep(60)
    """

    async def scene() -> None:
        trace = Trace()
        async with supervised(trace) as supervisor:
            await supervisor.spawn("p", python(body), tmp_path, {})
            await trace.until(lambda: trace.text["stdout"].count("up;") == 3)
            await supervisor.interrupt("p")
            await trace.until_line("p exited 0")
            await supervisor.interrupt("p")  # nobody is there any more
        assert sorted(trace.text["stdout"].replace("up;", "").split(";")) == ["", "child caught", "parent caught"]

    run(scene())
