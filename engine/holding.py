"""Which processes of a run are held, and before which calls their threads stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from engine.observe.rings import RingReader
from engine.observe.threads import Slot
from engine.probe.layout import HELD
from engine.records import CallRecord

Key = tuple[int, int, int]


class Standing(NamedTuple):
    """A thread before a call that it has not made."""

    ring: RingReader
    since: int
    """Monotonic ns."""
    call: CallRecord


class Holding:
    """Writes into the rings who is to stop; remembers who has."""

    def __init__(self) -> None:
        self.starts_held = False
        """Processes are held before their first call, those that are to come."""
        self._held: dict[str, bool] = {}
        """The live processes."""
        self._standing: dict[Key, Standing] = {}
        """In the order in which they came to stand there."""
        self._told: set[Key] = set()
        """A signal handler can make a thread stand before another call, and before the first again after that."""
        self._permitted: set[Key] = set()

    @property
    def processes(self) -> list[str]:
        """Those that live."""
        return list(self._held)

    def joined(self, process: str, parent: str | None = None) -> bool:
        """A process lives; is it held from its start? A child is if its parent is."""
        self._held[process] = self.starts_held if parent is None else self._held.get(parent, self.starts_held)
        return self._held[process]

    def left(self, process: str) -> None:
        """The process is gone."""
        self._held.pop(process, None)

    def opened(self, ring: RingReader) -> None:
        """Whatever its process was told before the ring was there."""
        ring.threads.hold(self._held.get(ring.process, False))

    def closed(self, ring: RingReader) -> None:
        """The ring is read no longer."""
        self._forget(ring, ())
        if not any(it.ring.pid == ring.pid for it in self._standing.values()):
            for keys in (self._told, self._permitted):
                keys.difference_update([key for key in keys if key[0] == ring.pid])

    def tell(self, process: str | None, on: bool, rings: Iterable[RingReader]) -> list[str]:
        """Hold a process, or no longer; without `process` all, also those to come. The ones for which that is new."""
        if process is None:
            self.starts_held = on
        changed = [name for name, held in self._held.items() if process in (None, name) and held != on]
        self._held.update(dict.fromkeys(changed, on))
        for ring in rings:
            if ring.process in changed:
                ring.threads.hold(on)
        return changed

    def look(self, ring: RingReader, slots: Iterable[Slot]) -> list[CallRecord]:
        """The calls before which threads have come to stand, of what the ring's slots show now."""
        held = [slot for slot in slots if slot.stands == HELD]
        now = {call.key: Standing(ring, slot.began, call) for slot, call in zip(held, ring.describe(held), strict=True)}
        self._forget(ring, now)
        self._standing.update((key, standing) for key, standing in now.items() if key not in self._standing)
        new = [standing.call for key, standing in now.items() if key not in self._told]
        self._told.update(call.key for call in new)
        return new

    def _forget(self, ring: RingReader, but: Collection[Key]) -> None:
        for key in [key for key, it in self._standing.items() if it.ring is ring and key not in but]:
            del self._standing[key]

    def permit(self, process: str, thread: int | None) -> bool:
        """Let one thread make the call it stands before; without `thread` the one that has stood longest."""
        for key, (ring, since, call) in self._standing.items():
            if call.process == process and thread in (None, call.thread) and key not in self._permitted:
                ring.threads.permit(call.thread, since)
                self._permitted.add(key)
                return True
        return False
