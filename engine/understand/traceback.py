"""The traceback a Python program ended with, read from what it wrote to stderr.

The format is that of CPython's `traceback` module: `Traceback (most recent call last):`, frames of the form
`  File "…", line N, in NAME`, and the exception in the first column. A SyntaxError of the program's own file has no
frames but `  File "…", line N`; an exception group stands behind `  | `. What is written after the exception may be
the rest of its message, and is passed over.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

HEADING = re.compile(r"(?:Traceback|(?P<group>  \+ Exception Group Traceback)) \(most recent call last\):")
FRAME = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+)(?P<inside>, in .*)?')
EXCEPTION = re.compile(r"(?P<kind>[^\W\d][\w.]*)(?::.*)?")
ELSEWHERE = ("Exception in thread ", "Exception ignored in", "Task exception was never retrieved")
"""Of a traceback that did not end the program: a line above it begins with one of these."""
INTRODUCTION = 3
"""So many lines above a traceback may tell where it is from."""
ERROR_LIMIT = 300
"""Characters kept of the exception's line."""


class Crash(NamedTuple):
    """What ended a program."""

    error: str
    """The line of the exception: its class, and the first line of its message."""
    file: str | None
    line: int | None
    """The innermost place in the program's own file."""

    @property
    def kind(self) -> str:
        """The class of the exception."""
        return error_class(self.error)


def error_class(error: str) -> str:
    """`ValueError` of `ValueError: …`."""
    match = EXCEPTION.match(error)
    return match["kind"] if match else error


def find_crash(stderr: str, path: str) -> Crash | None:
    """The last traceback in `stderr` that may have ended the program whose own file is `path`; None if there is none.

    Several exceptions that led to each other are several tracebacks: the last one is what the program ended with.
    """
    lines = stderr.splitlines()
    for at in reversed(range(len(lines))):
        heading = HEADING.fullmatch(lines[at])
        if heading is not None and not _from_elsewhere(lines, at):
            return _read(lines[at + 1 :], "  | " if heading["group"] else "", path)
    return _read_syntax_error(lines, path)


def _from_elsewhere(lines: list[str], at: int) -> bool:
    return any(line.startswith(ELSEWHERE) for line in lines[max(0, at - INTRODUCTION) : at])


def _read(lines: list[str], margin: str, path: str) -> Crash | None:
    """A traceback without its heading; each line of it begins with `margin`."""
    place: tuple[str, int] | None = None
    for line in lines:
        text = line.removeprefix(margin)
        frame = FRAME.fullmatch(text)
        if frame is not None and frame["file"] == path:
            place = os.path.basename(path), int(frame["line"])
        if text and not text[0].isspace():
            return _crash(text, place)
    return None


def _read_syntax_error(lines: list[str], path: str) -> Crash | None:
    """That of the program itself, which never ran: the place alone, without a heading and inside nothing."""
    for at, line in enumerate(lines):
        frame = FRAME.fullmatch(line)
        if frame is not None and frame["file"] == path and not frame["inside"]:
            return _read(lines[at:], "", path)
    return None


def _crash(text: str, place: tuple[str, int] | None) -> Crash | None:
    if EXCEPTION.fullmatch(text) is None:
        return None
    error = text if len(text) <= ERROR_LIMIT else text[: ERROR_LIMIT - 1] + "…"
    return Crash(error, *(place or (None, None)))
