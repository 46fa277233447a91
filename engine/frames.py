"""The captured frames of a run, beside its recording: what an export to pcapng needs and no viewer does.

A file of records: seq of the `segment.captured` event (u64), ns since the run began (u64), bytes on the
wire (u32), bytes kept (u32), the bytes; little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from engine.records import SegmentRecord

NAME = "frames.bin"
_HEADER = struct.Struct("<QQII")


class Frame(NamedTuple):
    """One captured frame, as far as it was kept."""

    seq: int
    t: int
    wire_length: int
    frame: bytes


class Frames:
    """Appended to while a run lives."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def create(cls, folder: Path) -> Frames:
        return cls((folder / NAME).open("wb"))

    def append(self, seq: int, record: SegmentRecord) -> None:
        self._file.write(_HEADER.pack(seq, record.t, record.wire_length, len(record.frame)) + record.frame)

    def flush(self) -> None:
        """Hands what was appended to the operating system, as the recording does once a tick."""
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        """Close the file although what is still to be written has no room."""
        with suppress(OSError):
            self._file.close()


def read_frames(folder: Path) -> Iterator[Frame]:
    """The frames of a recording, up to the last whole one. None at all when nothing was captured."""
    path = folder / NAME
    if not path.exists():
        return
    with path.open("rb") as file:
        while len(header := file.read(_HEADER.size)) == _HEADER.size:
            seq, t, wire_length, length = _HEADER.unpack(header)
            frame = file.read(length)
            if len(frame) < length:
                return
            yield Frame(seq, t, wire_length, frame)
