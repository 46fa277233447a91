"""select, poll and epoll: who watches what, what each wait was told, and what it was not."""

from __future__ import annotations

from collections.abc import Iterable

from engine.events import EDGE, READ, Call, CallReturned, Caption, Event, FindingMade, SocketChanged
from engine.records import WAITS, CallRecord, Polled
from engine.understand import wait_captions
from engine.understand.findings import Findings
from engine.understand.pollers import Poller, Pollers, Watched
from engine.understand.sockets import Socket, Sockets
from engine.understand.unreported import come, unread

DEFAULT_MOST = 1023
"""FD_SETSIZE - 1: what Python asks epoll_wait for when the program names no bound."""


class Readiness:
    """Takes the calls of all pollers in their order."""

    def __init__(self, sockets: Sockets, findings: Findings) -> None:
        self.pollers = Pollers(sockets)
        self._findings = findings
        self._came: dict[int, dict[int, int]] = {}
        """Of the epoll waits that go on, by call: how far the streams of `reported` had come when it began."""

    def describe(self, event: Call, record: CallRecord) -> None:
        """Fill in what the events of such a call have beside the others."""
        it, poller = self._of(record)
        if poller is None:
            return
        event.poller = poller.number
        if record.op in WAITS:
            event.watched, event.timeout, event.args = len(poller.interests), it.timeout, ""
        elif record.op.endswith("_unregister"):
            event.args = str(record.fd)
        elif it.mask is not None:
            event.args = f"{record.fd}, {wait_captions.mask_text(it.mask, poller.kind)}"

    def before(self, record: CallRecord) -> list[Event]:
        """What the call sees for the first time, though no call has changed it."""
        _, poller = self._of(record)
        if poller is None or record.op not in WAITS or not poller.stale:
            return []
        return [*self.pollers.replaced(record.began, record.process, poller)]

    def changed(self, record: CallRecord) -> list[Event]:
        """A select is given other sets than the last one was; or an epoll was met that others had made."""
        it, poller = self._of(record)
        return [self.pollers.change(record.began, record.process, poller, it.changes)] if poller is not None else []

    def started(self, event: Call, record: CallRecord) -> None:
        """A wait goes on while other things happen."""
        _, poller = self._of(record)
        if poller is not None and poller.reported and record.op == "epoll_wait":
            self._came[event.call] = self._come(poller)

    def blocked(self, event: Call, record: CallRecord) -> list[FindingMade]:
        """The kernel has nothing to report to this wait."""
        _, poller = self._of(record)
        came = self._came.get(event.call)
        return self._unreported(event, poller, came) if poller is not None and came else []

    def returned(self, event: CallReturned, record: CallRecord) -> list[Event]:
        """The call's result and caption; what follows from it."""
        it, poller = self._of(record)
        event.collected = it.collected
        came = self._came.pop(event.call, None)
        if event.error is not None or poller is None:
            return []
        if record.op in WAITS:
            return [*self._waited(event, record, poller, came)]
        if record.op == "epoll_create":
            event.result = f"fd {record.fd}"
        event.caption = wait_captions.registered(event, poller, record.op)
        if record.op == "epoll_close":
            poller.holders.discard(record.process)
        if it.mask is None and not record.op.endswith("_unregister"):
            return []
        changes = [(record.fd, it.mask or 0, it.what if it.mask is not None else "")]
        change = self.pollers.change(event.t, record.process, poller, changes)
        change.call = event.call
        event.caption = wait_captions.registered(event, poller, record.op)
        return [change]

    def gone(self, changes: Iterable[Event]) -> list[Event]:
        """Sockets that were closed are watched no more."""
        found: list[Event] = []
        for change in changes:
            if isinstance(change, SocketChanged) and change.state == "closed":
                found += self.pollers.closed(change.t, change.process, change.socket)
        return found

    def _of(self, record: CallRecord) -> tuple[Polled, Poller | None]:
        """None of an epoll that could not be made."""
        assert record.polled is not None
        it = record.polled
        return it, self.pollers.get(record.process, it.poller, record.op) if it.poller else None

    def _waited(
        self, event: CallReturned, record: CallRecord, poller: Poller, came: dict[int, int] | None
    ) -> list[FindingMade]:
        assert record.polled is not None
        event.ready = record.polled.ready or []
        found = []
        if poller.kind == "epoll":
            if len(event.ready) < (record.polled.most or DEFAULT_MOST):
                silent = self._come(poller) if came is None else came
                reported = {fd for fd, _ in event.ready}
                found = self._unreported(event, poller, {fd: at for fd, at in silent.items() if fd not in reported})
            self._note(event, poller)
        event.caption = wait_captions.returned(event, self._reasons(record.process, event.ready, poller))
        return found

    def _note(self, event: CallReturned, poller: Poller) -> None:
        """What is watched edge-triggered has now been reported."""
        for fd, mask in event.ready or ():
            it = poller.interests.get(fd)
            if it is not None and it.mask & EDGE and mask & READ:
                poller.reported[fd] = event.call

    def _reasons(self, process: str, ready: list[tuple[int, int]], poller: Poller) -> list[Caption]:
        some = ready[: wait_captions.MOST_NAMED]
        known = [poller.interests.get(fd) or self.pollers.describe(process, fd, 0, "") for fd, _ in some]
        return [wait_captions.reason(it, mask) for it, (_, mask) in zip(known, some, strict=True)]

    def _come(self, poller: Poller) -> dict[int, int]:
        """How far the stream of each has come; what was read to its end is no longer waited for."""
        stands = {fd: come(self._socket(poller, fd)) for fd in poller.reported}
        for fd, at in stands.items():
            if at is None:
                del poller.reported[fd]
        return {fd: at for fd, at in stands.items() if at is not None}

    def _socket(self, poller: Poller, fd: int) -> Socket | None:
        it: Watched | None = poller.interests.get(fd)
        return it.socket if it is not None else None

    def _unreported(self, event: Call, poller: Poller, came: dict[int, int]) -> list[FindingMade]:
        """Bytes that had come before the wait began, are still unread, and were not reported to it."""
        found: list[FindingMade] = []
        for fd, at in came.items():
            socket = self._socket(poller, fd)
            left = unread(socket, at) if fd in poller.reported else None
            if socket is None or left is None or poller.told.get(fd) == left:
                continue
            poller.told[fd] = left
            assert socket.incoming is not None
            proof = [poller.reported[fd], event.call]
            made = self._findings.tell("unreported", event.t, event.process, socket.incoming.name, *left, [], proof)
            for finding in made:
                finding.fd = fd
                finding.caption = Caption("caption.finding.unreported", {"fd": fd, "n": left[1] - left[0]})
            found += made
        return found
