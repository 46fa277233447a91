"""The command line, with the real engine."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from engine.events import CallReturned, ProcessOutput, RunEnded, RunStarted, decoder
from engine.follow import QUIET
from engine.lesson import SCENARIOS
from engine.messages import LANGS, Lang, render
from engine.playground import Playground
from engine.recording import Recording
from tests.own_lessons import write_lesson
from web.cli import main
from web.ports import listener_of
from web.terminal import WIDTHS, printable, row, width, wrapped

ROOT = Path(__file__).parents[2]
PATIENCE = 20


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def run(data: Path, port: int, lesson: str, *options: str) -> int:
    return main(["run", lesson, "--data", str(data), "--set", f"PORT={port}", *options])


def only_recording(data: Path) -> Recording:
    (folder,) = (data / "runs").iterdir()
    return Recording.open(folder)


def is_free(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command line as a program of its own; killed at the end if it is still there."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "web.cli", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=environment) as program:
        try:
            yield program
        finally:
            program.kill()


def line_with(output: IO[str] | None, text: str) -> str:
    """Reads on to the first line that holds the text."""
    assert output is not None
    for line in output:
        if text in line:
            return line
    pytest.fail(f"no line with {text}")


def test_json_is_the_log_byte_for_byte(
    tmp_path: Path, free_port: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(tmp_path, free_port, "sticky", "--json") == 0
    printed = capfdbinary.readouterr().out.splitlines()
    assert printed == list(only_recording(tmp_path).lines())
    events = [decoder.decode(line) for line in printed]
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    received = [event for event in events if isinstance(event, CallReturned) and event.op == "recv"]
    assert [(event.data, event.eof) for event in received] == [(b"good morningsir", False), (None, True)]


@pytest.mark.parametrize("lang", LANGS)
def test_the_table_says_what_happened(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    assert run(tmp_path, free_port, "sticky", "--lang", lang) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert render(lang, "cli.column_sentence") in heading
    (received,) = (line for line in rows if re.search(r"server +\d+ +recv\(1024\) +15 B ", line))
    assert width(received.split("15 B")[0]) == sum(WIDTHS[:4]) + 2 * 4


def test_a_server_that_waits_for_ever_is_stopped_when_everybody_waits(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, free_port, "hello") == 0
    *_, ended = only_recording(tmp_path).lines()
    assert decoder.decode(ended).why == "stopped"  # type: ignore[union-attr]
    assert is_free(free_port)


def test_a_program_that_sleeps_is_not_one_that_waits(tmp_path: Path, free_port: int) -> None:
    assert run(tmp_path, free_port, "sticky", "--json", "--set", "READ_DELAY=1.6") == 0
    *_, ended = only_recording(tmp_path).lines()
    assert decoder.decode(ended).why == "finished"  # type: ignore[union-attr]


def test_the_timeout_stops_a_run(tmp_path: Path, free_port: int) -> None:
    assert run(tmp_path, free_port, "sticky", "--json", "--set", "READ_DELAY=10", "--timeout", "0.3") == 0
    *_, ended = only_recording(tmp_path).lines()
    assert decoder.decode(ended).why == "stopped"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["run", "nobody"], "There is no lesson nobody. `socket-playground list` names them all."),
        (
            ["run", "Sticky"],
            "There is no lesson Sticky. Did you mean sticky? `socket-playground list` names them all.",
        ),
        (["run", "sticky", "--set", "NOBODY=1"], "The lesson sticky has no parameter NOBODY."),
        (["run", "sticky", "--set", "PORT=eight"], "PORT must be a whole number."),
        (
            ["run", "sticky", "--set", 'MESSAGES=["a", "b"'],
            'MESSAGES must be a list of texts; in JSON, ["a", "b"] is one.',
        ),
        (["run", "sticky", "--set", "PORT=80"], "PORT must be between 1024 and 65535."),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], text: str
) -> None:
    assert main(["--data", str(tmp_path), *arguments]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", text + "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "sticky", "--set", "PORT"],
        ["--port", "65536"],
        ["nothing"],
        ["--lang", "fr"],
        ["run", "sticky", "--timeout=-1"],
        ["run", "sticky", "--timeout", "nan"],
        ["run", "sticky", "--mtu", "5"],
        ["run", "sticky", "--mtu", "1e3"],
        ["--max-segments", "0"],
    ],
)
def test_a_wrong_usage_is_exit_code_2(arguments: Sequence[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "缺少参数：LESSON"),
        (["nothing"], "参数 COMMAND：没有 nothing，可以是：'list', 'doctor', 'run', 'repeat'"),
        (["--what"], "看不懂这些参数：--what"),
        (["--port"], "参数 --port：后面要跟一个值"),
        (["--port", "70000"], "参数 --port：70000 不在 1 到 65535 之间"),
        (["--portable=yes"], "参数 --portable：后面不能跟值，却跟了 'yes'"),
        (["--m", "5"], "--m 可能是其中的哪一个？--mtu, --max-segments"),
        (["repeat", "sticky", "--times", "many"], "参数 --times：many 不是整数"),
        (["run", "sticky", "--timeout", "-1"], "参数 --timeout：-1 不是秒数，应当是 0 或更大的数"),
        (["run", "sticky", "--set", "RECV_SIZE"], "参数 --set：RECV_SIZE 不是 NAME=VALUE 的写法，例如 RECV_SIZE=4"),
    ],
)
def test_a_wrong_usage_is_said_in_chinese(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], said: str
) -> None:
    with pytest.raises(SystemExit):
        main(["--lang", "zh", *arguments])
    usage, *_, last = capsys.readouterr().err.splitlines()
    assert usage.startswith("用法：socket-playground ")
    program, error = last.split("：错误：")
    assert (program.split()[0], error.replace("'", "")) == ("socket-playground", said.replace("'", ""))


@pytest.mark.parametrize("lang", LANGS)
def test_a_folder_of_lessons_that_is_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang
) -> None:
    nowhere, lesson = str(tmp_path / "nowhere"), str(SCENARIOS / "sticky")
    assert main(["list", "--lang", lang, "--scenarios", nowhere]) == 2
    assert main(["list", "--lang", lang, "--scenarios", lesson]) == 2
    assert capsys.readouterr().err.splitlines() == [
        render(lang, "error.cannot_read_lessons", {"folder": nowhere, "reason": os.strerror(errno.ENOENT)}),
        render(lang, "error.not_a_folder_of_lessons", {"folder": lesson}),
    ]


@pytest.mark.parametrize(
    ("option", "text", "bounds"), [("--mtu", "5", "68 and 65536"), ("--port", "70000", "1 and 65535")]
)
def test_a_number_out_of_bounds_is_said_with_the_bounds(
    capsys: pytest.CaptureFixture[str], option: str, text: str, bounds: str
) -> None:
    with pytest.raises(SystemExit):
        main([option, text])
    assert capsys.readouterr().err.endswith(f"error: argument {option}: {text} is not between {bounds}\n")


def test_a_taken_port_is_named_with_a_free_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert run(tmp_path, port, "sticky") == 2
    assert re.fullmatch(rf"Another program is listening on port {port}; \d+ is free\.\n", capsys.readouterr().err)


@pytest.mark.parametrize(("variable", "lang"), [("zh_CN.UTF-8", "zh"), ("en_GB.UTF-8", "en"), ("", "en")])
def test_the_language_comes_from_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str, lang: Lang
) -> None:
    monkeypatch.setenv("LC_ALL", variable)
    monkeypatch.setenv("LC_MESSAGES", "")
    monkeypatch.setenv("LANG", "")
    assert main(["run", "nobody", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.strip() == render(lang, "cli.unknown_lesson", {"lesson": "nobody"})


def test_the_list_needs_no_folder_for_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["list", "--data", str(tmp_path / "file")]) == 0
    assert capsys.readouterr().out.startswith("hello ")


def test_the_list_names_every_lesson_and_every_broken_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine" / "broken").mkdir(parents=True)
    assert main(["list", "--data", str(tmp_path), "--scenarios", str(tmp_path / "mine")]) == 0
    printed = capsys.readouterr()
    lessons = [line.split()[0] for line in printed.out.splitlines() if not line.startswith(" ")]
    assert lessons == list(Playground(tmp_path).shelf.lessons)
    assert str(tmp_path / "mine" / "broken") in printed.err


@pytest.mark.parametrize("command", ["run", "repeat"])
def test_a_lesson_that_could_not_be_read_is_told_from_one_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "mine" / "broken").mkdir(parents=True)
    assert main([command, "broken", "--data", str(tmp_path), "--scenarios", str(tmp_path / "mine")]) == 2
    assert "mine/broken is broken: scenario.toml: " in capsys.readouterr().err


def test_the_dashboard_tells_of_lessons_that_could_not_be_read(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "mine" / "broken").mkdir(parents=True)
    options = ["--no-browser", "--port", str(free_port), "--data", str(tmp_path), "--scenarios", str(tmp_path / "mine")]
    with started(*options) as dashboard:
        assert "scenario.toml: " in line_with(dashboard.stderr, "mine/broken is broken")


def test_the_doctor_tries_and_says_who_has_the_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert main(["--port", str(port), "doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(re.match(r"(yes|no ) \S", line) for line in lines)
    (taken,) = (line for line in lines if str(port) in line)
    assert taken.startswith("no ")
    assert f"(process {os.getpid()})" in taken
    assert any(re.match(r"yes recording calls: .* \d+ calls", line) for line in lines)


def test_the_doctor_blames_the_portable_mode_for_what_that_does_not_measure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor", "--portable"]) == 0
    answers = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert answers["no  the kernel's queues and TCP states"] == render("en", "ui.no_segments_portable")


def test_nobody_is_blamed_for_a_free_port(free_port: int) -> None:
    assert listener_of(free_port) is None


def test_the_dashboard_is_open_at_the_printed_address_until_ctrl_c(tmp_path: Path, free_port: int) -> None:
    with started("--no-browser", "--data", str(tmp_path), "--port", str(free_port)) as program:
        (url,) = re.findall(r"http://\S+", line_with(program.stdout, "http"))
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(url) as page:
            assert page.status == 200
            assert b"sticky" in page.read()
        program.send_signal(signal.SIGINT)
        assert program.wait(PATIENCE) == 0
        assert program.stdout is not None
        assert program.stdout.read() == "Everything has stopped.\n"
        assert program.stderr is not None
        assert program.stderr.read() == ""


def test_an_impatient_ctrl_c_still_ends_the_runs_in_order(tmp_path: Path, free_port: int) -> None:
    with started("--no-browser", "--data", str(tmp_path)) as program:
        (url,) = re.findall(r"http://\S+", line_with(program.stdout, "http"))
        address = urllib.parse.urlsplit(url)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        opener.open(url).close()
        plan = json.dumps({"lesson": "hello", "parameters": {"PORT": free_port}}).encode()
        headers = {"Content-Type": "application/json", "Origin": f"http://{address.netloc}"}
        opener.open(urllib.request.Request(f"http://{address.netloc}/api/runs", plan, headers)).close()
        program.send_signal(signal.SIGINT)
        assert address.port is not None
        while not is_free(address.port):  # until it has begun to close
            pass
        program.send_signal(signal.SIGINT)
        said = program.communicate(timeout=PATIENCE)
    assert (program.returncode, *said) == (0, "Everything has stopped.\n", "")
    *_, ended = only_recording(tmp_path).lines()
    assert decoder.decode(ended).why == "stopped"  # type: ignore[union-attr]


def test_a_busy_dashboard_port_moves_on_and_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with started("--no-browser", "--data", str(tmp_path), "--port", str(port)) as program:
            assert re.search(rf"Port {port} is taken; using \d+\.", line_with(program.stdout, "taken"))
            program.send_signal(signal.SIGINT)
            assert program.wait(PATIENCE) == 0


def test_ctrl_c_ends_a_run_and_leaves_nothing(tmp_path: Path, free_port: int) -> None:
    with started("run", "hello", "--data", str(tmp_path), "--set", f"PORT={free_port}") as program:
        line_with(program.stdout, "listen()")
        assert not is_free(free_port)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=PATIENCE)
        assert program.returncode == 130
    assert is_free(free_port)
    assert only_recording(tmp_path).last_seq > 0


def test_sigterm_ends_a_run_in_order(tmp_path: Path, free_port: int) -> None:
    with started("run", "hello", "--data", str(tmp_path), "--set", f"PORT={free_port}") as program:
        line_with(program.stdout, "listen()")
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate(timeout=PATIENCE)
        assert (program.returncode, said) == (143, "")
    assert is_free(free_port)
    *_, ended = only_recording(tmp_path).lines()
    assert decoder.decode(ended).why == "stopped"  # type: ignore[union-attr]


@pytest.mark.parametrize("arguments", [["run", "sticky"], ["run", "sticky", "--json"], ["list"]])
def test_output_that_cannot_be_written_is_one_sentence(tmp_path: Path, free_port: int, arguments: list[str]) -> None:
    settings = ["--set", f"PORT={free_port}"] if arguments[0] == "run" else []
    command = [sys.executable, "-m", "web.cli", *arguments, "--data", str(tmp_path), *settings]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
        )
    assert (done.returncode, done.stderr) == (1, "The output cannot be written: No space left on device\n")
    assert is_free(free_port)


GREETER = """
    while True:
        try:
            print("hello,", input("> "))
        except EOFError:
            break
"""


def test_standard_input_goes_to_the_program_that_reads_and_so_does_its_end(tmp_path: Path) -> None:
    write_lesson(tmp_path / "lessons", "try", {"client": GREETER}, options="input = true")
    arguments = ("run", "try", "--data", str(tmp_path), "--scenarios", str(tmp_path / "lessons"))
    command = [sys.executable, "-m", "web.cli", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, input="世界\nand more", capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0
    assert "hello, 世界\n" in done.stdout
    assert "hello, and more\n" in done.stdout
    assert "client has ended with exit code 0." in done.stdout


@pytest.mark.parametrize(("lang", "answer"), [("zh", "什么"), ("en", "what")])
def test_a_text_of_a_program_is_in_the_language_of_the_command_line(
    tmp_path: Path, free_port: int, lang: Lang, answer: str
) -> None:
    command = ["run", "dialogue", "--lang", lang, "--json", "--data", str(tmp_path), "--set", f"PORT={free_port}"]
    done = subprocess.run(
        [sys.executable, "-m", "web.cli", *command],
        cwd=ROOT,
        input="x\nq\n",
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=PATIENCE,
    )
    events = [decoder.decode(line) for line in done.stdout.splitlines()]
    said = "".join(it.text for it in events if isinstance(it, ProcessOutput) and it.process == "client")
    assert f"> {answer}\n" in said


def test_a_character_that_comes_in_two_pieces_is_one(tmp_path: Path) -> None:
    write_lesson(tmp_path / "lessons", "try", {"client": GREETER}, options="input = true")
    arguments = ("run", "try", "--data", str(tmp_path), "--scenarios", str(tmp_path / "lessons"))
    command = [sys.executable, "-m", "web.cli", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        first, second = "一\n二".encode()[:-1], "一\n二\n".encode()[-2:]
        program.stdin.write(first)
        program.stdin.flush()
        next(line for line in program.stdout if "hello, 一" in line.decode())
        program.stdin.write(second)
        program.stdin.close()
        assert "hello, 二\n" in program.stdout.read().decode()


def test_a_program_that_is_typed_into_is_not_stopped_for_being_quiet(tmp_path: Path) -> None:
    waits = """
        import socket, threading
        threading.Thread(target=socket.create_server(("127.0.0.1", 0)).accept, daemon=True).start()
        print("got", input())
    """
    write_lesson(tmp_path / "lessons", "try", {"client": waits}, options="input = true")
    arguments = ("run", "try", "--data", str(tmp_path), "--scenarios", str(tmp_path / "lessons"))
    command = [sys.executable, "-m", "web.cli", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as program:
        assert program.stdin is not None
        line_with(program.stdout, "accept()")
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(2 * QUIET)
        program.stdin.write("x\n")
        program.stdin.flush()
        line_with(program.stdout, "got x")
        program.stdin.close()
        assert program.wait(PATIENCE) == 0


def test_a_repeat_prints_how_often_each_outcome_came(
    tmp_path: Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--set", f"PORT={free_port}", "--set", "READ_DELAY=0.2"]
    assert main(["repeat", "sticky", "--times", "3", "--data", str(tmp_path), *settings]) == 0
    heading, only = capsys.readouterr().out.splitlines()
    assert heading.split() == ["process", "stream", "runs", "bytes", "of", "each", "receive"]
    assert only.split() == ["server", "1>", "3", "15"]


def test_how_often_is_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["repeat", "sticky", "--times", "201", "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "How many times must be a whole number from 1 to 200.\n"


def test_a_reader_who_goes_away_is_no_error(tmp_path: Path, free_port: int) -> None:
    with started("run", "sticky", "--data", str(tmp_path), "--set", f"PORT={free_port}") as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.wait(PATIENCE) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""
    assert is_free(free_port)


def test_an_old_python_is_told_which_one_is_needed() -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 10, 0); runpy.run_module('web.cli', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_programs_output_cannot_steer_the_terminal() -> None:
    event = ProcessOutput(seq=1, t=0, process="server", stream="stdout", text="\x1b[2Jone\ntwo\n")
    first, second = row(event, "en", bold=True)
    assert first.endswith("│ �[2Jone")
    assert second.endswith("│ two")
    assert printable("tab\tnewline\n\u202e") == "tab\tnewline\n�"


@pytest.mark.parametrize(("text", "cells"), [("recv", 4), ("阻塞", 4), ("e\u0301", 1), ("", 0)])
def test_the_width_of_text_in_cells(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("columns", [80, 140])
def test_in_a_terminal_each_sentence_stands_in_its_own_column(
    tmp_path: Path,
    free_port: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lang: Lang,
    columns: int,
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(tmp_path, free_port, "sticky", "--lang", lang, "--set", f"MESSAGES={'x' * 100}") == 0
    printed = re.sub(r"\x1b\[\dm", "", capsys.readouterr().out)
    lines = printed.splitlines()
    assert max(map(width, lines)) <= columns
    before = sum(WIDTHS[:3]) + 2 * 3 if columns == 80 else sum(WIDTHS) + 2 * 5
    continued = [line for line in lines if line.startswith(" " * WIDTHS[0] + "  ")]
    assert continued
    assert all(len(line) - len(line.lstrip()) == before for line in continued)
    assert ("recv(1024)  " in printed) == (columns == 140)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("阻塞在接收里。", ["阻塞在接", "收里。"]),
        ("阻塞在接收。", ["阻塞在接", "收。"]),
        ("fd \x1b[1m12\x1b[0m（第三个）", ["fd \x1b[1m12\x1b[0m", "（第三", "个）"]),
        ("x" * 20, ["x" * 8, "x" * 8, "x" * 4]),
        ("  in two", ["  in two"]),
    ],
)
def test_a_text_is_broken_between_words_and_wide_characters(text: str, lines: list[str]) -> None:
    assert wrapped(text, 8) == lines


def test_output_that_was_left_out_is_counted_in_the_table() -> None:
    event = ProcessOutput(seq=1, t=0, process="server", stream="stdout", text="", dropped=7)
    assert [line.split("│ ")[1] for line in row(event, "en", bold=False)] == ["[7 bytes left out]"]


def test_a_data_folder_that_cannot_be_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--data", str(tmp_path / "file"), "run", "hello"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"Recordings cannot be kept in .*/file/runs: .+\n", printed.err)
