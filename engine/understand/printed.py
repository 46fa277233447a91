"""The sentences about what programs print."""

from __future__ import annotations

from engine.events import Caption, ProcessOutput
from engine.understand.process_captions import shortened
from engine.understand.traceback import HEADING


class Printed:
    """Sees all that is printed, piece by piece as it comes.

    A traceback comes line by line: its heading and its exception are told, what lies between goes with the heading.
    """

    def __init__(self) -> None:
        self._in_traceback: set[tuple[str, str]] = set()
        """By process and stream: the exception has not come yet."""

    def see(self, event: ProcessOutput) -> Caption | None:
        """Of what was printed the first line that tells something; of a traceback that is whole, the exception."""
        where = event.process, event.stream
        told = [line for line in event.text.split("\n") if line.strip() and self._tells(where, line)]
        if not told:
            return None
        line = told[1] if HEADING.fullmatch(told[0]) and len(told) > 1 else told[0]
        return Caption("caption.process.output", {"who": event.process, "text": shortened(line)})

    def _tells(self, where: tuple[str, str], line: str) -> bool:
        if HEADING.fullmatch(line):
            self._in_traceback.add(where)
        elif where in self._in_traceback and line[0].isspace():
            return False
        else:
            self._in_traceback.discard(where)
        return True
