"""Tracebacks, as this interpreter writes them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine.understand.traceback import ERROR_LIMIT, Crash, error_class, find_crash


def crash_of(tmp_path: Path, text: str) -> Crash | None:
    """What is found when a program of this text has ended."""
    path = tmp_path / "client.py"
    path.write_text(textwrap.dedent(text).lstrip())
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False, env=environment)
    return find_crash(done.stderr, str(path))


PROGRAMS = {
    "plain": ("x = 1\n1 / 0", "ZeroDivisionError: division by zero", 2),
    "in a function of its own": ("def f():\n    raise OSError(2, 'no')\nf()", "FileNotFoundError: [Errno 2] no", 2),
    "inside the library": ("import json\n\njson.loads('[')", "json.decoder.JSONDecodeError: Expecting value: ", 3),
    "without a message": ("raise KeyError", "KeyError", 1),
    "a message of two lines": ("raise ValueError('one\\ntwo')", "ValueError: one", 1),
    "with a note": ("e = ValueError('x')\ne.add_note('a note')\nraise e", "ValueError: x", 3),
    "a class of its own": ("class Odd(Exception): pass\nraise Odd('x')", "Odd: x", 2),
    "a class with a name that is not English": ("class 错误(Exception): pass\nraise 错误('x')", "错误: x", 2),
    "while another was handled": ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    int('x')", "ValueError: ", 4),
    "because of another": ("try:\n    1 / 0\nexcept Exception as e:\n    raise OSError('x') from e", "OSError: x", 4),
    "not Python": ("x = 1\nx = = 2", "SyntaxError: ", 2),
    "badly indented": ("x = 1\n  y = 2", "IndentationError: ", 2),
    "not Python, later": ("x = 1\neval('= 2')", "SyntaxError: ", 2),
    "endless recursion": ("def f():\n    f()\nf()", "RecursionError: ", 2),
    "a group": (
        "def f():\n    raise ExceptionGroup('two', [ValueError(1), OSError(2)])\n\nf()",
        "ExceptionGroup: two (2 sub-exceptions)",
        2,
    ),
    "after one that was printed": (
        "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\nint('x')",
        "ValueError: ",
        6,
    ),
    "after one of a thread": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\nint('x')",
        "ValueError: ",
        5,
    ),
    "with one that was ignored after it": (
        "class A:\n    def __del__(self):\n        raise OSError('late')\na = A()\nint('x')",
        "ValueError: ",
        5,
    ),
}


@pytest.mark.parametrize(("text", "error", "line"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_ended_a_program_and_where(tmp_path: Path, text: str, error: str, line: int) -> None:
    crash = crash_of(tmp_path, text)
    assert crash is not None
    assert crash.error.startswith(error)
    assert (crash.file, crash.line) == ("client.py", line)


@pytest.mark.parametrize(
    "text",
    [
        "print('fine')",
        "import sys\nsys.exit('Traceback, for example')",
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()",
        "import sys\nsys.stderr.write('Traceback (most recent call last):\\n')\nsys.exit(1)",
    ],
)
def test_a_program_that_did_not_end_by_an_exception_has_none(tmp_path: Path, text: str) -> None:
    assert crash_of(tmp_path, text) is None


def test_of_a_library_with_the_name_of_the_program_nothing_is_its_line() -> None:
    text = """
        Traceback (most recent call last):
          File "/lib/http/client.py", line 9, in request
            self.send()
        OSError: x
    """
    assert find_crash(textwrap.dedent(text), "/somewhere/client.py") == Crash("OSError: x", None, None)


def test_a_long_message_is_cut() -> None:
    crash = find_crash(f"Traceback (most recent call last):\nValueError: {'x' * 9999}\n", "/client.py")
    assert crash is not None
    assert len(crash.error) == ERROR_LIMIT


def test_the_class_of_an_error() -> None:
    assert error_class("json.decoder.JSONDecodeError: Expecting value") == "json.decoder.JSONDecodeError"
    assert error_class("KeyError") == "KeyError"
