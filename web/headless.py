"""`socket-playground run` and `repeat`: lessons without a browser, what happens on the terminal."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engine.errors import CannotPrint
from engine.events import decoder
from engine.follow import follow
from engine.lesson import Lesson, Value, process_name
from engine.messages import Lang
from engine.playground import Playground
from engine.repeat import Repeat
from web import terminal
from web.standard_input import StandardInput

RUN_SECONDS = 60.0
"""A run that nobody types into is stopped after this."""

Print = Callable[[bytes], None]


async def run_lesson(
    playground: Playground,
    lesson: str,
    values: Mapping[str, object],
    print_line: Print,
    seconds: float | None,
    variant: str = "",
) -> None:
    """Runs a lesson and prints each event of its log. Stops it when nothing more can happen, or after `seconds`.

    Our standard input goes to the first of its processes that reads one, and with it the input of the others ends;
    until then only `seconds` ends what goes on.
    """
    run = await playground.start_run(lesson, values, variant)
    readers = reading_processes(playground.lesson(lesson), run.values)
    if not readers:
        await follow(run, lambda line, _: print_line(line), RUN_SECONDS if seconds is None else seconds)
        return
    typed = StandardInput(run, readers)
    try:
        await follow(
            run, lambda line, _: print_line(line), math.inf if seconds is None else seconds, lambda: typed.open
        )
    finally:
        typed.close()


def reading_processes(lesson: Lesson, values: Mapping[str, Value]) -> list[str]:
    """Those that are started and read their standard input."""
    counts = lesson.counts(values)
    readers = [program.name for program in lesson.programs if program.input]
    return [process_name(name, number) for name in readers for number in range(1, counts[name] + 1)]


def print_json(line: bytes) -> None:
    """The line of the log, byte for byte."""
    with printing():
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def table_printer(lang: Lang) -> Print:
    """Prints each event it is given as a row of the table, and above the first one the heading."""
    bold = sys.stdout.isatty()
    cells = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    heading = [terminal.header(lang, cells)]

    def print_line(line: bytes) -> None:
        with printing():
            for text in [*heading, *terminal.row(decoder.decode(line), lang, bold, cells)]:
                print(text, flush=True)
        heading.clear()

    return print_line


def print_outcomes(repeat: Repeat, lang: Lang) -> None:
    """A row for each outcome: whose, of which stream, the sizes of its receives, in how many runs."""
    with printing():
        for text in terminal.outcome_table(repeat.sorted_outcomes(), lang):
            print(text)
        sys.stdout.flush()


@contextmanager
def printing() -> Iterator[None]:
    """Raises CannotPrint when standard output takes no more; that its reader has gone is no error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output()
        raise CannotPrint(error.strerror or str(error)) from error


def discard_output() -> None:
    """What is still to be written goes nowhere; Python would complain once more when it closes the file."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
