"""Text that was cut in the middle of a character: what `decode` then complains about."""

from __future__ import annotations

import codecs

from engine.understand.streams import Receive, Stream


class Characters:
    """Decodes each stream as it is read, for as long as it is UTF-8 (RFC 3629) and wholly known."""

    def __init__(self) -> None:
        self._decoders: dict[str, codecs.IncrementalDecoder | None] = {}

    def cut(self, stream: Stream, receive: Receive, data: bytes) -> tuple[int, int] | None:
        """The bytes [start, end) of the character that this receive, which got `data`, has first cut in two."""
        decoder = self._decoders.get(stream.name) or self._begin(stream, receive)
        if decoder is None:
            return None
        before = len(decoder.getstate()[0])
        try:
            if len(data) < receive.end - receive.start:
                raise ValueError("only the beginning of it was kept")
            text = decoder.decode(data)
        except ValueError:
            self._decoders[stream.name] = None
            return None
        rest = decoder.getstate()[0]
        start = receive.end - len(rest)
        end = start + length_after(rest)
        is_new = bool(text) or not before
        return (start, end) if rest and is_new and end <= stream.written else None

    def _begin(self, stream: Stream, receive: Receive) -> codecs.IncrementalDecoder | None:
        if stream.name in self._decoders or receive.start:
            return None
        decoder = self._decoders[stream.name] = codecs.getincrementaldecoder("utf-8")()
        return decoder


def length_after(beginning: bytes) -> int:
    """Bytes of the character whose first ones these are."""
    lead = beginning[0] if beginning else 0
    return 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2
