"""The files of a run's rings: each is found once, and says whose it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from engine.probe import layout


class Owner(NamedTuple):
    pid: int
    parent: int
    """The pid of its parent when it began."""
    began: int
    """Monotonic ns."""


class RingFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owners: dict[str, Owner] = {}
        self._claimed: set[str] = set()

    def unclaimed(self) -> list[tuple[Path, Owner]]:
        """Those that nobody has claimed, the oldest first: a parent's before its child's."""
        there = {name for name in os.listdir(self._folder) if name.endswith(".ring")}
        self._claimed &= there
        for name in there - self._owners.keys():
            self._owners[name] = owner(self._folder / name)
        for name in self._owners.keys() - there:
            del self._owners[name]
        left = [(self._folder / name, self._owners[name]) for name in there - self._claimed]
        return sorted(left, key=lambda item: item[1].began)

    def claim(self, path: Path) -> None:
        self._claimed.add(path.name)


def owner(path: Path) -> Owner:
    with path.open("rb") as file:
        _, _, pid, parent, _, began = layout.HEADER.unpack(file.read(layout.HEADER.size))
    return Owner(pid, parent, began)
