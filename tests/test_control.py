"""Commands to a live run: input, interrupt, more processes, ending one; and what the log says of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.commands import Commands
from engine.errors import (
    CannotStart,
    EngineError,
    InputClosed,
    NoMoreProcesses,
    NotHeld,
    NotReading,
    ProcessEnded,
    ProcessNotStarted,
    RunEnded,
    TooManyProcesses,
    UnknownProcess,
    UnknownProgram,
)
from engine.events import (
    ProcessExited,
    ProcessHeld,
    ProcessInput,
    ProcessInterrupted,
    ProcessOutput,
    ProcessSkipped,
    ProcessStarted,
)
from engine.events import RunEnded as RunEndedEvent
from engine.messages import LANGS, render
from engine.playground import Playground
from engine.processes import MOST_LIVE
from engine.run import Run
from tests.own_lessons import PORT, events, of_type, play, printed, until, until_printed, write_lesson

ECHO = """
    while True:
        try:
            line = input("> ")
        except EOFError:
            print("the end")
            break
        print("got", line, len(line))
"""
SLEEPER = """
    import time
    print("up")
    time.sleep(60)
"""


def exits(run: Run) -> dict[str, ProcessExited]:
    return {it.process: it for it in of_type(run, ProcessExited)}


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_line_is_typed_and_the_prompt_is_there_at_once(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await until(lambda: printed(run, "client") == "> ")
        run.write("client", "你好\n")
        await until(lambda: printed(run, "client") == "> got 你好 2\n> ")
        run.write("client", "", end=True)
        await run.wait()
        assert printed(run, "client") == "> got 你好 2\n> the end\n"
        assert [(it.text, it.end) for it in of_type(run, ProcessInput)] == [("你好\n", False), ("", True)]
        assert [it.why for it in of_type(run, RunEndedEvent)] == ["finished"]

    write_lesson(tmp_path / "lessons", "try", {"client": ECHO}, options="input = true")
    play(tmp_path, story)


def test_the_input_stands_in_the_log_before_what_it_led_to(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        run.write("client", "x\n", end=True)
        await run.wait()
        told = [it for it in events(run) if isinstance(it, ProcessInput | ProcessOutput)]
        typed = next(at for at, it in enumerate(told) if isinstance(it, ProcessInput))
        answered = next(at for at, it in enumerate(told) if isinstance(it, ProcessOutput) and "got" in it.text)
        assert typed < answered

    write_lesson(tmp_path / "lessons", "try", {"client": ECHO})
    play(tmp_path, story)


def test_text_is_utf_8_whatever_the_locale_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        run.write("client", "汉字\n", end=True)
        await run.wait()
        assert printed(run, "client") == "utf-8 strict utf-8 utf-8\n汉字\n"

    monkeypatch.setenv("LC_ALL", "zh_CN.GBK")
    monkeypatch.setenv("PYTHONIOENCODING", "gbk")
    text = """
        import sys
        print(sys.stdin.encoding, sys.stdin.errors, sys.stdout.encoding, sys.stderr.encoding)
        print(input())
    """
    write_lesson(tmp_path / "lessons", "try", {"client": text})
    play(tmp_path, story)


def test_a_line_longer_than_a_terminal_would_take_comes_whole(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        run.write("client", "汉" * 10_000)
        run.write("client", "字\n", end=True)
        await run.wait()
        assert f"got {'汉' * 10_000}字 10001\n" in printed(run, "client")

    write_lesson(tmp_path / "lessons", "try", {"client": ECHO})
    play(tmp_path, story)


def test_input_for_a_program_that_does_not_read_is_refused_at_last(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        run.write("client", "x" * 900_000)
        with pytest.raises(NotReading):
            run.write("client", "x" * 900_000)
        assert sum(len(it.text) for it in of_type(run, ProcessInput)) in (0, 900_000)

    write_lesson(tmp_path / "lessons", "try", {"client": SLEEPER})
    play(tmp_path, story)


def test_ctrl_c_ends_a_program_as_at_a_terminal(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await until_printed(run, "client", "> ")
        await run.interrupt("client")
        await run.wait()
        end = exits(run)["client"]
        assert (end.code, end.signal, end.stopped, end.error) == (None, "SIGINT", False, "KeyboardInterrupt")
        assert (end.file, end.line) == ("client.py", 4)
        assert [it.process for it in of_type(run, ProcessInterrupted)] == ["client"]
        assert "probe" not in printed(run, "client", "stderr")
        ended = of_type(run, RunEndedEvent)[0]
        assert ended.caption is not None
        assert "crashed" not in ended.caption.key

    write_lesson(tmp_path / "lessons", "try", {"client": ECHO})
    play(tmp_path, story)


def test_a_program_may_live_on_after_ctrl_c(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await until_printed(run, "client", "first")
        await run.interrupt("client")
        await run.wait()
        assert printed(run, "client") == "first\ncaught\n"
        assert exits(run)["client"].code == 0

    text = """
        import time
        try:
            print("first")
            time.sleep(60)
        except KeyboardInterrupt:
            print("caught")
    """
    write_lesson(tmp_path / "lessons", "try", {"client": text})
    play(tmp_path, story)


def test_ending_one_process_takes_what_it_has_started_and_leaves_the_others(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await until_printed(run, "client", "\n")
        await until_printed(run, "server", "up")
        child = int(printed(run, "client"))
        await run.end("client")
        assert is_gone(child)
        assert run.live
        with pytest.raises(ProcessEnded):
            await run.end("client")
        await run.stop()
        await run.wait()
        pids = {it.process: it.pid for it in of_type(run, ProcessStarted)}
        assert is_gone(pids["client"])
        assert exits(run)["client"].stopped

    text = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            print(os.getpid())
        time.sleep(60)
    """
    write_lesson(tmp_path / "lessons", "try", {"server": SLEEPER, "client": text})
    play(tmp_path, story)


def test_several_processes_of_a_program_are_named_and_more_may_come(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await until_printed(run, "client-3", "up")
        assert await run.add("client") == "client-4"
        await run.end("client-2")
        assert await run.add("client") == "client-5"
        await until_printed(run, "client-5", "up")
        await run.stop()
        await run.wait()
        started = [(it.process, it.program) for it in of_type(run, ProcessStarted)]
        assert started == [(name, "client") for name in ("client", "client-2", "client-3", "client-4", "client-5")]

    write_lesson(tmp_path / "lessons", "try", {"client": SLEEPER}, options="count = 3\nmore = true")
    play(tmp_path, story)


def test_a_run_may_not_have_ever_more_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await run.add("client")
        with pytest.raises(TooManyProcesses):
            await run.add("client")

    assert MOST_LIVE > 64
    monkeypatch.setattr("engine.processes.MOST_LIVE", 2)
    write_lesson(tmp_path / "lessons", "try", {"client": SLEEPER}, options="more = true")
    play(tmp_path, story)


async def refused(run: Commands) -> list[tuple[type[EngineError], str]]:
    """Every command that cannot be obeyed, and the English of its refusal."""
    said = []

    async def attempt(command: str, *args: object) -> None:
        try:
            answer = getattr(run, command)(*args)
            if answer is not None:
                await answer
        except EngineError as error:
            in_words = {lang: render(lang, error.key, error.arguments) for lang in LANGS}
            said.append((type(error), in_words["en"]))

    await attempt("write", "nobody", "x")
    await attempt("hold", "nobody")
    await attempt("interrupt", "late")
    await attempt("write", "client", "x")
    await attempt("add", "server")
    await attempt("add", "nobody")
    await attempt("one_call", "client")
    return said


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        run.write("client", "", end=True)
        assert await refused(run) == [
            (UnknownProcess, "The run has started no process nobody."),
            (UnknownProcess, "The run has started no process nobody."),
            (ProcessNotStarted, "late has not been started yet."),
            (InputClosed, "The input of client has been ended."),
            (NoMoreProcesses, "This lesson starts no more processes of server."),
            (UnknownProgram, "The lesson has no program nobody."),
            (NotHeld, "client stands before no call that could be let through."),
        ]
        await run.end("client")
        with pytest.raises(ProcessEnded):
            run.write("client", "x")
        await run.stop()
        with pytest.raises(RunEnded):
            run.hold()

    late = '[[programs]]\nname = "late"\nrole = "client"\nfile = "late.py"\nafter = "server:listen"\n'
    write_lesson(tmp_path / "lessons", "try", {"server": SLEEPER, "client": SLEEPER}, more=late)
    (tmp_path / "lessons" / "try" / "late.py").write_text("")
    play(tmp_path, story)


def test_a_run_starts_held_and_one_call_is_let_through(tmp_path: Path, free_port: int) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {"PORT": free_port}, held=True)
        await until(lambda: b'"call.held"' in b"".join(run.recording.tail))
        run.one_call("server")
        await until(lambda: b"".join(run.recording.tail).count(b'"call.held"') == 2)
        run.release()
        await run.wait()
        assert [(it.process, it.hold) for it in of_type(run, ProcessHeld)][:1] == [("server", True)]
        assert exits(run)["server"].code == 0

    text = """
        import socket
        PORT = 8001
        with socket.create_server(("127.0.0.1", PORT)):
            pass
    """
    write_lesson(tmp_path / "lessons", "try", {"server": text}, more=PORT)
    play(tmp_path, story)


def test_a_crash_is_read_from_its_traceback(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await run.wait()
        end = exits(run)["server"]
        assert (end.code, end.error) == (1, "ConnectionRefusedError: [Errno 111] Connection refused")
        assert (end.file, end.line) == ("server.py", 3)
        assert end.caption is not None
        said = render("en", end.caption.key, end.caption.args)
        assert said == "server has ended with exit code 1: ConnectionRefusedError: [Errno 111] Connection refused"

    text = """
        import socket
        socket.create_connection(("127.0.0.1", 1))
    """
    write_lesson(tmp_path / "lessons", "try", {"server": text})
    play(tmp_path, story)


def test_a_client_whose_server_died_before_is_said_not_to_have_been_started(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await run.wait()
        (skipped,) = of_type(run, ProcessSkipped)
        assert (skipped.process, skipped.program, skipped.after) == ("late", "late", "server:listen")
        assert skipped.caption is not None
        assert render("en", skipped.caption.key, skipped.caption.args).startswith("late was not started")

    late = '[[programs]]\nname = "late"\nrole = "client"\nfile = "late.py"\nafter = "server:listen"\n'
    write_lesson(tmp_path / "lessons", "try", {"server": "1 / 0"}, more=late)
    (tmp_path / "lessons" / "try" / "late.py").write_text("")
    play(tmp_path, story)


def test_the_signal_that_ended_a_program_is_said_in_words(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await run.wait()
        caption = exits(run)["client"].caption
        assert caption is not None
        assert render("en", caption.key, caption.args) == "client was ended by SIGKILL (killed)."
        assert render("zh", caption.key, caption.args) == "client 被 SIGKILL 终止（强制杀死）。"

    write_lesson(tmp_path / "lessons", "try", {"client": "import os\nos.kill(os.getpid(), 9)"})
    play(tmp_path, story)


def test_the_exit_of_an_orphan_is_known_and_that_of_a_child_is_its_parents(tmp_path: Path) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        await run.wait()
        children = {it.process: it for it in exits(run).values() if "/" in it.process}
        assert sorted((it.code is None, it.code) for it in children.values()) == [(False, 7), (True, None)]
        unknown = next(it for it in children.values() if it.code is None)
        assert unknown.caption is not None
        assert "reaped" in render("en", unknown.caption.key, unknown.caption.args)

    text = """
        import os, socket, time
        us = os.getpid()
        if os.fork() == 0:
            socket.socket().close()
            os._exit(3)
        os.wait()
        if os.fork() == 0:
            socket.socket().close()
            while os.getppid() == us:
                time.sleep(0.001)
            time.sleep(0.1)
            os._exit(7)
        time.sleep(0.3)
    """
    waits = "import time\ntime.sleep(1)"
    write_lesson(tmp_path / "lessons", "try", {"client": text, "server": waits})
    play(tmp_path, story)


def test_a_program_that_cannot_be_added_leaves_the_run_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(here: Playground) -> None:
        run = await here.start_run("try", {})
        monkeypatch.setattr("sys.executable", "/no/such/python")
        with pytest.raises(CannotStart):
            await run.add("client")
        monkeypatch.undo()
        assert await run.add("client") == "client-3"
        assert run.live

    write_lesson(tmp_path / "lessons", "try", {"client": SLEEPER}, options="more = true")
    play(tmp_path, story)
