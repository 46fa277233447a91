"""Notes when the program prints: what comes out of a pipe does not say when it went in.

`sys.stdout` and `sys.stderr` become streams of the same kind, on the same descriptors, that note each text before it is
written. A signal handler that prints meanwhile does no harm: nothing is locked while the note is made.
"""

from __future__ import annotations

import io
import sys
from time import monotonic_ns

from .layout import OP, SMALL
from .recorder import leave_out_this_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .recorder import Recorder


STREAMS = ((1, "stdout"), (2, "stderr"))


def install(recorder: Recorder) -> None:
    for fd, name in STREAMS:
        stream = getattr(sys, name)
        if stream is not None:
            noted = make_stream(recorder, stream, fd)
            setattr(sys, name, noted)
            setattr(sys, f"__{name}__", noted)


def make_stream(recorder: Recorder, stream: io.TextIOWrapper, fd: int) -> io.TextIOWrapper:
    """The same stream, which notes what is written; a pipe sees each line when it is printed, as a terminal would."""
    written = 0  # bytes that the descriptor was given
    waiting = b""  # and those that are yet to be flushed

    class TextIOWrapper(io.TextIOWrapper):
        def write(self, text: str) -> int:
            nonlocal waiting
            data = encoded(self, text)
            waiting += data
            if self.write_through or b"\n" in data or b"\r" in data:
                note()
            try:
                return io.TextIOWrapper.write(self, text)
            except BaseException as error:
                leave_out_this_frame(error)
                raise

        def flush(self) -> None:
            note()
            try:
                io.TextIOWrapper.flush(self)
            except BaseException as error:
                leave_out_this_frame(error)
                raise

    def note() -> None:
        nonlocal written, waiting
        data, waiting = waiting, b""
        if data:
            now = monotonic_ns()
            content = data[:SMALL]
            recorder.write(OP["wrote"], now, now, 0, fd, 0, count=len(data), asked=written, content=content)
            written += len(data)

    TextIOWrapper.__module__, TextIOWrapper.__qualname__ = io.TextIOWrapper.__module__, io.TextIOWrapper.__qualname__
    noted = TextIOWrapper(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=True,
        write_through=stream.write_through,
    )
    noted.mode = "w"  # type: ignore[misc]
    KEPT.append(stream)
    return noted


KEPT: list[io.TextIOWrapper] = []
"""The interpreter's own streams: they would close what the others write to, if they were collected."""


def encoded(stream: io.TextIOWrapper, text: object) -> bytes:
    """The bytes of a text as the stream will write it; none of what it will refuse."""
    try:
        return text.encode(stream.encoding, stream.errors or "strict")  # type: ignore[attr-defined, no-any-return]
    except Exception:
        return b""
