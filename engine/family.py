"""The processes below one: found in /proc, and signalled. Standard library only, for the supervisor."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take a fifth of the supervisor's start
    from collections.abc import Iterator


class Relation:
    """Where a living process stands: its parent, its session, and the clock tick at which it began."""

    def __init__(self, parent: int, session: int, began: int) -> None:
        self.parent = parent
        self.session = session
        self.began = began


def relation_of(pid: int) -> Relation | None:
    """None for a process that is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # proc(5): "pid (comm) state ppid pgrp session … starttime"; comm may itself hold spaces and parentheses.
    fields = text[text.rindex(b")") + 2 :].split(None, 20)
    return None if fields[0] in b"ZX" else Relation(int(fields[1]), int(fields[3]), int(fields[19]))


def living() -> Iterator[tuple[int, Relation]]:
    """Every living process, the youngest first: of a program that forks and exits at once, the one that matters."""
    for pid in sorted((int(name) for name in os.listdir("/proc") if name.isdigit()), reverse=True):
        relation = relation_of(pid)
        if relation is not None:
            yield pid, relation


def send_signal(pid: int, number: int) -> None:
    """To a process, or of a negative `pid` to a process group (kill(2))."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone already, or not ours to end (set-user-ID)


def signal_descendants(number: int) -> bool:
    """Send a signal to every living process below this one; whether there was any.

    A child of ours is signalled the moment it is seen: a program that forks and exits at once would
    outrun a killer that looks at everything before it acts.
    """
    us = os.getpid()
    parents: dict[int, int] = {}
    family = {us}
    for pid, relation in living():
        if relation.parent == us:
            send_signal(pid, number)
            family.add(pid)
        else:
            parents[pid] = relation.parent
    for pid in below(family, parents):
        send_signal(pid, number)
        family.add(pid)
    return len(family) > 1


def below(family: set[int], parents: dict[int, int]) -> Iterator[int]:
    """Those whose parent, or parent's parent, … is in `family`; `parents` loses them."""
    known = set(family)
    while found := {pid for pid, parent in parents.items() if parent in known}:
        for pid in found:
            del parents[pid]
        known = found
        yield from found


class Family:
    """One process, and what it has started: whoever is below it or in a session of one of them.

    Once seen they are remembered, for a child whose parent ends is no longer below it. A child that had left
    its session, and whose parent had ended, before the first look is not found.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self._began: dict[int, int] = {}
        """Of every member ever seen, by pid: the kernel may give the number to somebody else afterwards."""
        self._sessions = {root}

    def signal(self, number: int) -> bool:
        """Send a signal to every living member; whether there was any. The session's at once, as above."""
        parents: dict[int, int] = {}
        relations: dict[int, Relation] = {}
        family: set[int] = set()
        for pid, relation in living():
            relations[pid] = relation
            if self._knows(pid, relation):
                send_signal(pid, number)
                family.add(pid)
            else:
                parents[pid] = relation.parent
        for pid in below(family, parents):
            send_signal(pid, number)
            family.add(pid)
        for pid in family:
            self._began[pid] = relations[pid].began
            if relations[pid].session == pid:
                self._sessions.add(pid)
        return bool(family)

    def _knows(self, pid: int, relation: Relation) -> bool:
        return relation.session in self._sessions or self._began.get(pid) == relation.began
