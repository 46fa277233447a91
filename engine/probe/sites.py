"""From which line of the program was a call made?

A site is a number for one (file, line) pair, announced to the reader once. The hot path looks a
site up by the calling frame's code object and instruction; only code of the program itself is
remembered that way, because a frame of the standard library has no single program line above it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    Place = tuple[CodeType | None, int, int]

LIBRARY = 0


class Sites:
    """`known` maps `key(frame)` to a site number, or to LIBRARY for code outside the program."""

    def __init__(self, announce: Callable[[int, str, int], None]) -> None:
        self.known: dict[int, int] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.kept: list[CodeType] = []  # code objects, so that no id in `known` is ever used again
        self.announce = announce
        library = os.path.dirname(os.__file__) + os.sep
        self.library = (library, os.path.dirname(__file__) + os.sep, "<frozen ")

    def find(self, frame: FrameType | None) -> int:
        """The site of the nearest frame that belongs to the program; 0 when there is none."""
        while frame is not None:
            code = frame.f_code
            key = (id(code) << 12) + frame.f_lasti
            site = self.known.get(key)
            if site is None:
                site = self.known[key] = self.register(code.co_filename, frame.f_lineno)
                self.kept.append(code)
            if site != LIBRARY:
                return site
            frame = frame.f_back
        return LIBRARY

    def locate(self, frame: FrameType) -> Place:
        """(code, instruction, site) to remember for the next call from the same place.

        Code is None when the frame is a library's: the next call may come from another line.
        """
        site = self.find(frame)
        direct = self.known[(id(frame.f_code) << 12) + frame.f_lasti] != LIBRARY
        return (frame.f_code if direct else None), frame.f_lasti, site

    def register(self, path: str, line: int) -> int:
        if path.startswith(self.library) or "site-packages" in path:
            return LIBRARY
        place = (path, line)
        number = self.numbers.get(place)
        if number is None:
            number = self.numbers[place] = len(self.numbers) + 1
            self.announce(number, path, line)
        return number

    def announce_all(self) -> None:
        """Tell a new reader, as after a fork, what it has to know."""
        for (path, line), number in list(self.numbers.items()):
            self.announce(number, path, line)
