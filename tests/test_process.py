"""Processes: their output and exits as they come, and that nothing of them is ever left."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest

from engine.child import OUTPUT_LIMIT, OUTPUT_SECONDS, signal_name
from engine.errors import CannotStart
from engine.process import Limits, Supervisor
from tests.lifeline import Lifeline, holding
from tests.lifeline import lifeline as lifeline

GONE_SECONDS = 3.0
TIMEOUT = 30.0


class Trace:
    """What a supervisor told, in order, as short lines; and a way to wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.text: dict[str, str] = {"stdout": "", "stderr": ""}
        self.dropped = 0
        self.pieces = 0
        self.times: list[int] = []
        self._changed = asyncio.Event()

    def output(self, name: str, stream: str, text: str, dropped: int, t: int) -> None:
        self.text[stream] += text
        self.dropped += dropped
        self.pieces += 1
        self._note(f"{name} {stream} {text!r}", t)

    def exit(self, name: str, code: int | None, signal_name: str | None, t: int) -> None:
        self._note(f"{name} exited {code if signal_name is None else signal_name}", t)

    def lost(self) -> None:
        self._note("lost", time.monotonic_ns())

    def _note(self, line: str, t: int) -> None:
        self.lines.append(line)
        self.times.append(t)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_line(self, line: str) -> None:
        await self.until(lambda: line in self.lines)


@contextlib.asynccontextmanager
async def supervised(
    trace: Trace, limits: Limits | None = None, scratch: list[Path] | None = None
) -> AsyncIterator[Supervisor]:
    supervisor = await Supervisor.start(
        scratch=scratch or [],
        limits=limits or Limits(),
        on_output=trace.output,
        on_exit=trace.exit,
        on_lost=trace.lost,
    )
    try:
        yield supervisor
    finally:
        await supervisor.stop()
        await supervisor.close()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def python(source: str, *args: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", textwrap.dedent(source), *args]


def run(test: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 2 * TIMEOUT))


def wait_until_gone(lifeline: Lifeline, folder: Path | None = None) -> None:
    began = time.monotonic()
    while lifeline.held() or (folder is not None and folder.exists()):
        assert time.monotonic() - began < GONE_SECONDS
        time.sleep(0.005)


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
    while True:
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
