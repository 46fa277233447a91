"""Requests that were sent again, byte for byte, on another connection: what each was answered."""

from __future__ import annotations

import msgspec

from engine.events import CallReturned
from engine.understand.process_captions import shortened

LEAST = 16
"""Bytes of a request that is looked at: shorter ones may well be equal."""
MOST_CONNECTIONS = 32


class Exchange(msgspec.Struct):
    """What the client's end of a connection sent first, and received last."""

    process: str = ""
    request: bytes = b""
    answer: bytes = b""


class Requests:
    """Sees what moves on streams."""

    def __init__(self) -> None:
        self._exchanges: dict[str, Exchange] = {}

    def see(self, event: CallReturned, stream: str) -> None:
        """A call on `stream` has returned. What is not wholly on the record is passed over."""
        connection, direction = stream[:-1], stream[-1]
        if not event.data or event.count != len(event.data):
            return
        exchange = self._exchanges.get(connection)
        if exchange is None:
            if len(self._exchanges) == MOST_CONNECTIONS:
                return
            exchange = self._exchanges[connection] = Exchange()
        if direction == ">" and event.moved == "sent" and not exchange.request:
            exchange.process, exchange.request = event.process, event.data
        elif direction == "<" and event.moved == "received":
            exchange.answer = event.data

    def repeated(self) -> tuple[str, int, str, str] | None:
        """Whose request was sent twice, its bytes, and the last answer to each."""
        seen: dict[tuple[str, bytes], Exchange] = {}
        for exchange in self._exchanges.values():
            if len(exchange.request) < LEAST or not exchange.answer:
                continue
            before = seen.setdefault((exchange.process, exchange.request), exchange)
            if before is not exchange:
                return exchange.process, len(exchange.request), _text(before.answer), _text(exchange.answer)
        return None


def _text(data: bytes) -> str:
    return shortened(data.decode("utf-8", "replace").strip()).strip('"')
