"""A run as a pcapng file: its frames, each with a comment that names the send calls it carries."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime
from typing import IO

from engine.events import CallReturned, RunEnded, SegmentCaptured, decoder
from engine.export import pcapng
from engine.frames import Frame, read_frames
from engine.observe.capture import SNAPLEN
from engine.recording import Recording


def export(recording: Recording, file: IO[bytes]) -> None:
    """Write the captured segments of a recording; a file without packets when there are none."""
    segments: dict[int, SegmentCaptured] = {}
    sends: dict[str, list[CallReturned]] = {}
    lost = 0
    for line in recording.lines():
        event = decoder.decode(line)
        if isinstance(event, SegmentCaptured):
            segments[event.seq] = event
        elif isinstance(event, CallReturned) and event.moved == "sent" and event.stream is not None:
            sends.setdefault(event.stream, []).append(event)
        elif isinstance(event, RunEnded):
            lost = event.segments_lost
    for calls in sends.values():
        calls.sort(key=start_of)
    began = datetime.fromisoformat(recording.header.started_at).timestamp()
    pcapng.write(
        file,
        read_frames(recording.folder),
        lambda frame: comment(frame, segments, sends),
        began_at=recording.header.began_at or int(began * 1e9),
        snaplen=SNAPLEN,
        dropped=lost,
    )


def comment(frame: Frame, segments: dict[int, SegmentCaptured], sends: dict[str, list[CallReturned]]) -> str:
    """`client: sendall #7 [0, 12), client: sendall #9 [12, 15)`; empty for a segment without data.

    The sends of each stream are in the order of the stream.
    """
    segment = segments.get(frame.seq)
    if segment is None or segment.start is None or segment.end is None or segment.stream is None:
        return ""
    calls = sends.get(segment.stream, [])
    first = bisect_right(calls, segment.start, key=end_of)
    last = bisect_left(calls, segment.end, key=start_of)
    return ", ".join(f"{it.process}: {it.op} #{it.call} [{it.start}, {it.end})" for it in calls[first:last])


def start_of(call: CallReturned) -> int:
    return call.start or 0


def end_of(call: CallReturned) -> int:
    return call.end or 0
