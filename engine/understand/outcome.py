"""What a run came to, so that runs can be compared: who received how much at a time, and what failed."""

from __future__ import annotations

import msgspec

from engine.events import AnyEvent, CallReturned, ProcessExited, RunEnded
from engine.understand.traceback import error_class

ORDINARY = frozenset({"BlockingIOError", "InterruptedError", "TimeoutError"})
"""Of a receive: nothing came yet. No outcome of a stream."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of one process and one stream it received from. The same in two runs when it is equal.

    The stream is empty when it is not known, as of a datagram whose sender was not asked for, and of a process that
    failed without having received; so is the process of a run that failed.
    """

    process: str = ""
    stream: str = ""
    receives: tuple[int, ...] = ()
    """Bytes of each receive, in order; of datagrams, of each datagram."""
    error: str | None = None
    """The class of the exception that ended the stream for its reader, or the process; or the name of the signal,
    `exit N`, or why the run failed."""


class Outcomes:
    """Takes the events of one run, in order."""

    def __init__(self) -> None:
        self._receives: dict[tuple[str, str], list[int]] = {}
        """By process and stream, in the order of their first receives."""
        self._errors: dict[tuple[str, str], str] = {}

    def see(self, event: AnyEvent) -> None:
        """Takes the next event."""
        if isinstance(event, CallReturned) and event.moved == "received":
            self._received(event, (event.process, event.stream or ""))
        elif isinstance(event, ProcessExited) and (error := _failure(event)) is not None:
            for key in [key for key in self._receives if key[0] == event.process] or [(event.process, "")]:
                self._receives.setdefault(key, [])
                self._errors.setdefault(key, error)
        elif isinstance(event, RunEnded) and event.why in ("failed", "lost", "limit"):
            self._receives["", ""], self._errors["", ""] = [], event.why

    def _received(self, event: CallReturned, key: tuple[str, str]) -> None:
        sizes = self._receives.setdefault(key, [])
        if event.error is not None and event.error not in ORDINARY:
            self._errors[key] = event.error
        elif event.count is not None and not event.eof:
            sizes.append(event.count)

    def found(self) -> list[Outcome]:
        """Those of what was seen."""
        return [
            Outcome(process=process, stream=stream, receives=tuple(sizes), error=self._errors.get((process, stream)))
            for (process, stream), sizes in self._receives.items()
            if sizes or (process, stream) in self._errors
        ]


def _failure(event: ProcessExited) -> str | None:
    if event.stopped or event.signal == "SIGINT":
        return None
    if event.error is not None:
        return error_class(event.error)
    return event.signal or (f"exit {event.code}" if event.code else None)
