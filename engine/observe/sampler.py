"""Samples the sockets of a run: what changed in the kernel's tables since the last look."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from engine.observe import inet_diag
from engine.records import Sample


class Tables(Protocol):
    """What `netlink.Diag` is to the sampler."""

    def dump(self, ports: Collection[int]) -> list[Sample]: ...

    def query(self, protocol: inet_diag.Protocol, local: str, remote: str, cookie: int) -> Sample | None: ...

    def destroyed(self, ports: Collection[int], cookies: Collection[int]) -> list[Sample]: ...


class Sampler:
    """The sockets with a local or remote port that is watched, whoever holds them. Has no clock of its own.

    Of each socket the first sample is given, then those that differ from the one before in more
    than their times. One that leaves the tables gives a last one, CLOSED.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._ports: set[int] = set()
        self._last: dict[int, Sample] = {}

    def watch(self, *ports: int) -> None:
        """Ports of the run: those a program has bound or connects to."""
        self._ports.update(ports)

    def sample(self, now: int) -> list[Sample]:
        """Look at all sockets; `now` in ns since the run began. Raises OSError when the kernel refuses."""
        if not self._ports:
            return []
        # In this order: of a socket freed in between, the last counters come with the next look.
        freed = self._tables.destroyed(self._ports, self._last.keys())
        present = {sample.cookie: sample for sample in self._tables.dump(self._ports)}
        changed = [self._freed(sample, present.get(sample.cookie)) for sample in freed]
        for sample in present.values():
            changed += self._changed(sample)
        for cookie in self._last.keys() - present.keys():
            changed += self._left(cookie, now)
        return changed

    def look(self, cookie: int) -> list[Sample]:
        """Look at one socket that was sampled before, at a fraction of the cost; its sample if it changed.

        One that is not found this way may be behind another with the same addresses (SO_REUSEPORT):
        only `sample` tells that it is gone.
        """
        last = self._last.get(cookie)
        found = self._find(last) if last is not None else None
        return self._changed(found) if found is not None else []

    def _find(self, last: Sample) -> Sample | None:
        return self._tables.query(last.protocol, last.local, last.remote, last.cookie)

    def _changed(self, sample: Sample) -> list[Sample]:
        last = self._last.get(sample.cookie)
        self._last[sample.cookie] = sample
        if last is not None and msgspec.structs.replace(last, began=sample.began, t=sample.t) == sample:
            return []
        return [sample]

    def _freed(self, sample: Sample, remains: Sample | None) -> Sample:
        """A TIME-WAIT or FIN-WAIT-2 may stay behind under the cookie of the socket that was freed."""
        last = self._last.pop(sample.cookie, None)
        if last is not None and not sample.remote:
            sample.local, sample.remote = last.local, last.remote
        if remains is not None:
            sample.state = remains.state
            self._last[sample.cookie] = remains
        return sample

    def _left(self, cookie: int, now: int) -> list[Sample]:
        """Not in the dump: gone, unless it changed its place while the kernel went through the table."""
        last = self._last[cookie]
        found = self._find(last)
        if found is not None:
            return self._changed(found)
        del self._last[cookie]
        return [closed(last, now)]


def closed(last: Sample, now: int) -> Sample:
    """The sample of a socket that left the tables some time after its last one."""
    return Sample(
        began=last.t,
        t=now,
        protocol=last.protocol,
        local=last.local,
        remote=last.remote,
        cookie=last.cookie,
        inode=0,
        state="CLOSED",
    )
