"""Whether anything can still happen in a run by itself."""

from __future__ import annotations

from engine.events import AnyEvent, Call, CallBlocked, CallReturned, ProcessExited, ProcessStarted


class Waiting:
    """Which processes live, and which calls they are blocked in."""

    def __init__(self) -> None:
        self._blocked: dict[str, set[int]] = {}

    def see(self, event: AnyEvent) -> None:
        """Takes the next event of the run."""
        if isinstance(event, ProcessStarted):
            self._blocked[event.process] = set()
        elif isinstance(event, ProcessExited):
            self._blocked.pop(event.process, None)
        elif isinstance(event, CallBlocked):
            self._blocked.setdefault(event.process, set()).add(event.call)
        elif isinstance(event, CallReturned) and isinstance(event, Call):
            self._blocked.get(event.process, set()).discard(event.call)

    @property
    def everybody(self) -> bool:
        """Every process that lives is blocked in a call."""
        return bool(self._blocked) and all(self._blocked.values())
