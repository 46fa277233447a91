"""The waits of a recording against what its pollers watched."""

from __future__ import annotations

from collections import Counter, defaultdict

from engine.events import AnyEvent, CallReturned, Interest, WatchChanged


def check_waits(events: list[AnyEvent]) -> Counter[str]:
    """A wait reports only what its poller watches, and for what; how often each operation was made.

    What another thread has changed in the meantime it may see already, or not yet.
    """
    watching: defaultdict[int, dict[int, Interest]] = defaultdict(dict)
    counts: Counter[str] = Counter()
    for event in events:
        if isinstance(event, WatchChanged):
            watching[event.poller].update((it.fd, it) for it in event.added)
            for fd in event.removed:
                watching[event.poller].pop(fd)
            assert len(watching[event.poller]) == event.count
        elif isinstance(event, CallReturned) and event.poller is not None:
            counts[event.op] += 1
            for fd, _ in event.ready or ():
                assert watching[event.poller][fd].what != "other"
    return counts
