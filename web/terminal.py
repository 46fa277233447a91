"""Events as an aligned table for a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from engine.events import AnyEvent, Call, CallBlocked, CallReturned, ProcessOutput
from engine.messages import Lang, render, spans
from engine.repeat import Outcome

WIDTHS = (12, 8, 5, 30, 20)
"""Of the columns before the sentence, in cells of the terminal."""
NARROW = 140
"""In a terminal with fewer cells than this the sentence, which repeats them, stands in place of call and result."""
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"

_STYLE = r"(?:\x1b\[\dm)*"
PIECE = re.compile(
    rf"{_STYLE} +|(?:{_STYLE}[（“])*{_STYLE}(?:(?:[!-~]{_STYLE})+|[^ \x1b]{_STYLE})(?:[，。：；、！？）”]{_STYLE})*"
)
"""What a line is not broken in: a word, or a wide character with the punctuation that belongs to it."""
CHARACTER = re.compile(rf"{_STYLE}[^\x1b]{_STYLE}")
LEAST = 20
"""Cells that a sentence has even in the smallest terminal."""


class Row(NamedTuple):
    """One line of the table."""

    time: str
    process: str
    line: str
    call: str
    result: str
    sentence: str


def header(lang: Lang, cells: int | None = None) -> str:
    """The names of the columns."""
    return "\n".join(_aligned(Row(*(render(lang, f"cli.column_{name}") for name in Row._fields)), cells))


def row(event: AnyEvent, lang: Lang, bold: bool, cells: int | None = None) -> Iterator[str]:
    """The lines of one event: none for a silent one, several for output of several lines.

    `cells` is the width of the terminal; without one no line is broken.
    """
    if isinstance(event, ProcessOutput):
        output = event.text.removesuffix("\n")
        if event.dropped:
            output += render(lang, "ui.output_dropped", {"n": event.dropped})
        for text in printable(output).split("\n"):
            yield from _aligned(Row(_time(event.t), event.process, "", "", "", f"│ {text}"), cells)
    elif event.caption is not None:
        pieces = spans(lang, event.caption.key, event.caption.args, event.caption.parts)
        sentence = "".join(
            f"{BOLD}{printable(text)}{PLAIN}" if strong and bold else printable(text) for text, strong in pieces
        )
        call = event if isinstance(event, Call) else None
        told = Row(
            _time(event.t),
            getattr(event, "process", ""),
            str(call.line) if call and call.line else "",
            _call(call) if call else "",
            _result(call, lang) if call else "",
            sentence,
        )
        yield from _aligned(told, cells)


def outcome_table(outcomes: Iterable[tuple[Outcome, list[str]]], lang: Lang) -> Iterator[str]:
    """A heading and a line for each outcome: process, stream, runs, and bytes by receive, with the error after them."""
    yield _outcome(*(render(lang, f"cli.column_{name}") for name in ("process", "stream", "runs", "receives")))
    for outcome, runs in outcomes:
        sizes = [str(size) for size in outcome.receives]
        came_to = " + ".join(sizes) + (f"  {outcome.error}" if outcome.error else "")
        yield _outcome(outcome.process, outcome.stream, str(len(runs)), came_to.strip())


def _outcome(process: str, stream: str, runs: str, came_to: str) -> str:
    return "  ".join([_left(process, 16), _left(stream, 6), _right(runs, 5), came_to]).rstrip()


def printable(text: str) -> str:
    """The text without what would steer the terminal: a program may print anything."""
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "�" for c in text)


def width(text: str) -> int:
    """Cells the text takes: wide and full-width characters take two (Unicode Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def _time(ns: int) -> str:
    return f"{ns / 1e6:.3f} ms"


def _call(call: Call) -> str:
    shown = call.args or ("" if call.asked is None else f"{call.asked} B")
    return printable(f"{call.op}({shown})")


def _result(call: Call, lang: Lang) -> str:
    if isinstance(call, CallBlocked):
        return render(lang, "cli.blocked")
    if not isinstance(call, CallReturned):
        return ""
    if call.error is not None:
        return f"{call.error} {call.errno or ''}".strip()
    if call.count is not None:
        return f"{call.count} B"
    return printable(call.result or "")


def _aligned(row: Row, cells: int | None) -> Iterator[str]:
    """The row; what the sentence has no room for stands below, in its column."""
    widths = WIDTHS if cells is None or cells >= NARROW else WIDTHS[:3]
    time, *rest = row[: len(widths)]
    before = "".join(f"{text}  " for text in [_right(time, widths[0]), *map(_left, rest, widths[1:])])
    for line in [row.sentence] if cells is None else wrapped(row.sentence, max(LEAST, cells - width(before))):
        yield (before + line).rstrip()
        before = " " * width(before)


def wrapped(text: str, cells: int) -> list[str]:
    """The text in lines of at most so many cells, broken between words or wide characters if that can be."""
    pieces = PIECE.findall(text)
    lines, used = [""], 0
    for piece in chain(*([it] if width(_unstyled(it)) <= cells else CHARACTER.findall(it) for it in pieces)):
        size = width(_unstyled(piece))
        if used and used + size > cells:
            lines.append("")
            used = 0
        if used or not piece.isspace() or len(lines) == 1:
            lines[-1] += piece
            used += size
    return [line.rstrip(" ") for line in lines]


def _unstyled(text: str) -> str:
    return text.replace(BOLD, "").replace(PLAIN, "")


def _left(text: str, cells: int) -> str:
    if width(text) > cells:
        while width(text) > cells - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (cells - width(text))


def _right(text: str, cells: int) -> str:
    return " " * (cells - width(text)) + text
