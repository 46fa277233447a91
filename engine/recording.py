"""A recording: the append-only log of one run's events, on disk as they happen.

A folder per run:

    header.json                   what run this is, written once at the start
    00001.1-4096.jsonl.gz         a closed chunk: number, first and last seq; never changes again
    00002.jsonl                   the open chunk, one JSON object a line

The names are the index. After a `kill -9` of the engine everything up to the last whole line is
still there, because each flush is one write to the open chunk and a chunk is closed by renaming
its compressed copy into place before the plain one is removed.
"""

from __future__ import annotations

import gzip
import re
import shutil
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from engine.errors import CannotRecord, NotARecording
from engine.events import SCHEMA_VERSION, Event, RunStarted, decoder, encoder

CHUNK_EVENTS = 4096
CHUNK_BYTES = 1 << 20
_LEVEL = 1
"""Of gzip. A chunk is closed between two events of a live run, so its speed matters more than its last byte."""

_CLOSED = re.compile(r"(\d{5,})\.(\d+)-(\d+)\.jsonl\.gz")


class Header(msgspec.Struct, kw_only=True):
    """header.json. `started_at` is wall-clock time, ISO 8601 in UTC; `began_at` the same moment in ns since 1970."""

    run: str
    lesson: str
    started_at: str
    began_at: int = 0
    platform: str = ""
    schema: int = SCHEMA_VERSION


class Chunk(NamedTuple):
    """A closed chunk: events first … last, both included."""

    number: int
    first: int
    last: int

    @property
    def file_name(self) -> str:
        return f"{self.number:05}.{self.first}-{self.last}.jsonl.gz"


class Recording:
    """The log of one run: `create` it and append, or `open` one that was made before.

    An opened one is only read, never written, even when its engine was killed: `closed` is True
    and a torn last line is left out.
    """

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder = folder
        self.header = header
        self.chunks: list[Chunk] = []
        self.tail: list[bytes] = []
        """Encoded events after the last closed chunk, one JSON object each."""
        self.closed = False
        """No more events will come."""
        self.last_t = 0
        """Time of the last event, ns since the run began."""
        self.last_seq = 0
        """`seq` of the last event; 0 when there is none."""
        self._previous: list[bytes] = []
        self._file: BinaryIO | None = None
        self._on_disk = True
        self._bytes = 0

    @classmethod
    def create(cls, folder: Path, header: Header) -> Recording:
        """A new, empty recording in `folder`, which must not exist yet. Raises CannotRecord."""
        try:
            folder.mkdir(parents=True)
            try:
                (folder / "header.json").write_bytes(msgspec.json.encode(header) + b"\n")
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise CannotRecord(str(folder.parent), error.strerror or str(error)) from error
        return cls(folder, header)

    @classmethod
    def open(cls, folder: Path) -> Recording:
        """An old recording. Raises NotARecording when there is none, it is damaged, or its schema is another."""
        recording = cls(folder, _read_header(folder))
        try:
            recording._find_chunks()
            recording._read_tail()
        except OSError as error:  # another dashboard is pruning
            raise NotARecording(str(folder), str(error)) from error
        recording.last_seq = recording.tail_first + len(recording.tail) - 1
        recording.closed = True
        last = recording.tail or (recording._chunk_lines(recording.chunks[-1]) if recording.chunks else [])
        try:
            recording.last_t = decoder.decode(last[-1]).t if last else 0
        except msgspec.DecodeError as error:
            raise NotARecording(str(folder), str(error)) from error
        return recording

    @property
    def tail_first(self) -> int:
        """`seq` of tail[0], or of the next event when the tail is empty."""
        return self.chunks[-1].last + 1 if self.chunks else 1

    def append(self, event: Event) -> None:
        """Encodes the event, once. It is on disk after the next `flush`.

        Its `seq` must be the next one. Raises ValueError when it is not, or the recording is closed.
        """
        if self.closed or event.seq != self.last_seq + 1:
            raise ValueError(f"event {event.seq} after {self.last_seq}{' of a closed recording' * self.closed}")
        line = encoder.encode(event)
        self.tail.append(line)
        self.last_seq = event.seq
        self.last_t = event.t
        if not self._on_disk:
            return
        if self._file is None:
            self._file = self._open_chunk_path().open("ab", buffering=CHUNK_BYTES)
        self._file.write(line + b"\n")
        self._bytes += len(line) + 1
        if len(self.tail) >= CHUNK_EVENTS or self._bytes >= CHUNK_BYTES:
            self._close_chunk()

    def flush(self) -> None:
        """Hands what was appended to the operating system; the run calls it once a tick."""
        if self._file is not None:
            self._file.flush()

    def keep_in_memory(self) -> None:
        """The disk takes no more, and keeps what it has; what comes from now on is for those who follow live."""
        self._on_disk = False
        with suppress(OSError):  # closing the file tries to write once more
            if self._file is not None:
                self._file.close()
        self._file = None
        with suppress(OSError):
            self._part.unlink(missing_ok=True)

    def close(self) -> None:
        """No more events will come, even if the last ones cannot be written. May be called again."""
        was_closed, self.closed = self.closed, True
        if not was_closed and self.tail and self._on_disk:
            recent = self._previous + self.tail
            try:
                self._close_chunk()
            except OSError:
                self.keep_in_memory()
                raise
            self._previous = recent  # whoever follows live has not seen the end yet

    def chunk_path(self, number: int) -> Path:
        """The gzip file of a closed chunk. Raises KeyError when there is none of this number."""
        for chunk in self.chunks:
            if chunk.number == number:
                return self.folder / chunk.file_name
        raise KeyError(number)

    def recent(self, after: int) -> list[bytes] | None:
        """The encoded events after `after` from memory; None when some of them are no longer there.

        At least the chunk before the open one is kept, so that a reader which comes by more often
        than chunks close never needs the disk.
        """
        if after + 1 >= self.tail_first:
            return self.tail[after + 1 - self.tail_first :]
        if after + 1 >= self.tail_first - len(self._previous):
            return (self._previous + self.tail)[after - self.last_seq :]
        return None

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """All encoded events after `after`, in order, from disk and memory."""
        for chunk in list(self.chunks):
            if chunk.last > after:
                yield from self._chunk_lines(chunk)[max(0, after + 1 - chunk.first) :]
        yield from self.recent(max(after, self.tail_first - 1)) or ()

    def snapshot(self) -> Recording:
        """What is recorded so far, as a closed recording. Unlike this one it may be read by another thread."""
        taken = Recording(self.folder, self.header)
        taken.chunks, taken.tail = list(self.chunks), list(self.tail)
        taken.last_seq, taken.last_t, taken.closed = self.last_seq, self.last_t, True
        return taken

    def run_started(self) -> RunStarted | None:
        """The first event, which says what was run; None while nothing is recorded."""
        for line in self.lines():
            event = decoder.decode(line)
            return event if isinstance(event, RunStarted) else None
        return None

    def _chunk_lines(self, chunk: Chunk) -> list[bytes]:
        """Raises NotARecording when the chunk is damaged: closed ones are never torn by a kill."""
        try:
            return gzip.decompress((self.folder / chunk.file_name).read_bytes()).splitlines()
        except (OSError, EOFError, zlib.error) as error:
            raise NotARecording(str(self.folder), f"{chunk.file_name}: {error}") from error

    @property
    def _part(self) -> Path:
        return self.folder / "closing.part"

    def _open_chunk_path(self) -> Path:
        return self.folder / f"{len(self.chunks) + 1:05}.jsonl"

    def _close_chunk(self) -> None:
        chunk = Chunk(len(self.chunks) + 1, self.tail_first, self.last_seq)
        part = self._part
        part.write_bytes(gzip.compress(b"\n".join(self.tail) + b"\n", _LEVEL, mtime=0))
        part.rename(self.folder / chunk.file_name)
        if self._file is not None:
            self._file.close()
        self._open_chunk_path().unlink()
        self._file = None
        self._bytes = 0
        self._previous, self.tail = self.tail, []
        self.chunks.append(chunk)

    def _find_chunks(self) -> None:
        found = (_CLOSED.fullmatch(path.name) for path in self.folder.iterdir())
        self.chunks = sorted(Chunk(*map(int, match.groups())) for match in found if match)

    def _read_tail(self) -> None:
        """The open chunk a killed engine left; none when it was closed, even if its plain copy is still there."""
        path = self._open_chunk_path()
        if path.exists():
            self.tail = path.read_bytes().split(b"\n")[:-1]


def read_started(folder: Path) -> RunStarted | None:
    """What a recording says was run, without reading the rest of it; None while it says nothing, or when it is gone.

    Raises NotARecording as `Recording.open`.
    """
    _read_header(folder)
    first = min(folder.glob("00001.*"), default=None)
    try:
        if first is None:
            return None
        with gzip.open(first) if first.suffix == ".gz" else first.open("rb") as file:
            event = decoder.decode(file.readline())
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return None
    return event if isinstance(event, RunStarted) else None


def prune(data: Path, keep: int = 50, live: Collection[str] = ()) -> None:
    """Removes all but the `keep` recordings in `data` that were written last; never one named in `live`."""
    recordings = [path.parent for path in data.glob("*/header.json")]
    recordings.sort(key=_written_at, reverse=True)
    for folder in recordings[keep:]:
        if folder.name not in live:
            shutil.rmtree(folder, ignore_errors=True)


def _written_at(folder: Path) -> int:
    """When a chunk was last begun or closed in the folder."""
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:  # another dashboard is pruning too
        return 0


def _read_header(folder: Path) -> Header:
    try:
        header = msgspec.json.decode((folder / "header.json").read_bytes(), type=Header)
    except (OSError, msgspec.DecodeError) as error:
        raise NotARecording(str(folder), str(error)) from None
    if header.schema != SCHEMA_VERSION:
        raise NotARecording(str(folder), f"schema {header.schema}, not {SCHEMA_VERSION}")
    return header
