"""The two folders of a run: where its programs are, and where their probes put the rings."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.events import Program

SHARED_MEMORY = Path("/dev/shm")  # shared memory by design (shm_overview(7)); the folder made in it is private
PREFIX = "socket-playground-"


class Folders(NamedTuple):
    """Both are private to us, and gone after the run."""

    programs: Path
    rings: Path

    @classmethod
    def make(cls) -> Folders:
        """Raises OSError, and then there is neither."""
        programs = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            return cls(programs, ring_folder(programs))
        except OSError:
            shutil.rmtree(programs, ignore_errors=True)
            raise

    def write(self, programs: Iterable[Program]) -> None:
        """Raises OSError."""
        for program in programs:
            (self.programs / program.file).write_text(program.text, encoding="utf-8", newline="")

    def remove(self) -> None:
        for folder in (self.rings, self.programs):
            shutil.rmtree(folder, ignore_errors=True)


def ring_folder(beside: Path) -> Path:
    """A new folder for rings: in shared memory where there is some, else in `beside`. Raises OSError."""
    if os.access(SHARED_MEMORY, os.W_OK):
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=SHARED_MEMORY))
    rings = beside / "rings"
    rings.mkdir()
    return rings
