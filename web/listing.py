"""A program's text as coloured lines: Pygments reads it, the browser draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pygments.lexers.python import PythonLexer
from pygments.token import STANDARD_TYPES, _TokenType

from engine.events import Program

Piece = tuple[str, str]
"""Pygments' short class ("kn", "s2", …; "" for plain text) and the text."""


@dataclass(frozen=True)
class Listing:
    """A program as the page shows it: `lines[i]` is line i + 1 of the file that runs."""

    name: str
    role: str
    file: str
    lines: list[list[Piece]]


def listing(program: Program) -> Listing:
    """The listing of one program."""
    return Listing(program.name, program.role, program.file, lines(program.text))


def lines(text: str) -> list[list[Piece]]:
    """The lines of a Python text, without their newlines. Joined again they are the text."""
    found: list[list[Piece]] = [[]]
    for name, piece in _pieces(text):
        for i, part in enumerate(piece.split("\n")):
            if i:
                found.append([])
            if part:
                _add(found[-1], name, part)
    if not found[-1]:
        found.pop()
    return found


def _pieces(text: str) -> Iterator[Piece]:
    # Stripping or adding newlines would move every line number.
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return ((_short_class(kind), piece) for kind, piece in lexer.get_tokens(text))


def _short_class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return "" if name == "w" else name


def _add(line: list[Piece], name: str, text: str) -> None:
    """Neighbours of one class become one piece."""
    if line and line[-1][0] == name:
        text = line.pop()[1] + text
    line.append((name, text))
