"""Whether anything can still happen in a run by itself."""

from __future__ import annotations

from engine.events import AnyEvent, Call, CallBlocked, CallReturned, CallStarted, ProcessExited, ProcessStarted


class Waiting:
    """Which processes live, and which calls they are in that only somebody else can end."""

    def __init__(self) -> None:
        self._blocked: dict[str, set[int]] = {}
        self._idle: dict[str, set[int]] = {}
        """By process: threads that have made calls and are in none."""
        self._timed: set[int] = set()
        """Sockets with a timeout."""

    def see(self, event: AnyEvent) -> None:
        """Takes the next event of the run."""
        if isinstance(event, ProcessStarted):
            self._blocked[event.process], self._idle[event.process] = set(), set()
        elif isinstance(event, ProcessExited):
            self._blocked.pop(event.process, None)
            self._idle.pop(event.process, None)
        elif isinstance(event, CallReturned):
            self._returned(event)
        elif isinstance(event, CallStarted):
            self._idle.get(event.process, set()).discard(event.thread)
        elif isinstance(event, CallBlocked) and not self._ends_by_itself(event):
            self._blocked.setdefault(event.process, set()).add(event.call)

    def _returned(self, event: CallReturned) -> None:
        self._blocked.get(event.process, set()).discard(event.call)
        self._idle.get(event.process, set()).add(event.thread)
        if event.op in ("settimeout", "setblocking") and event.error is None and event.socket is not None:
            if event.op == "settimeout" and event.args != "None":
                self._timed.add(event.socket)
            else:
                self._timed.discard(event.socket)

    def _ends_by_itself(self, call: Call) -> bool:
        """A timeout ends it, or the kernel, which tries a connection again and gives up (tcp(7), tcp_syn_retries)."""
        return call.op.startswith("connect") or call.socket in self._timed or (call.timeout or -1) >= 0

    @property
    def everybody(self) -> bool:
        """Every process that lives is blocked in a call."""
        return bool(self._blocked) and all(self._blocked.values())

    @property
    def every_thread(self) -> bool:
        """No other thread of theirs has made calls: it may be asleep between two, or have ended."""
        return self.everybody and not any(self._idle.values())
