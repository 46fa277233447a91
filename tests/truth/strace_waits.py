"""The readiness calls of a recording against those that strace saw: same sets, timeouts and results, in the same order.

Python's own uses of poll(2) are left out: it waits so for one descriptor of a socket that has a timeout. So is
the epoll that `selectors` makes and closes when it is imported, to see whether there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from engine.events import (
    EDGE,
    ERROR,
    EXCEPT,
    EXCLUSIVE,
    HANG_UP,
    INVALID,
    ONE_SHOT,
    PEER_CLOSED,
    READ,
    WRITE,
    CallReturned,
    CallStarted,
    WatchChanged,
)
from tests.truth.strace_calls import SystemCall

BITS = {
    "IN": READ, "OUT": WRITE, "PRI": EXCEPT, "ERR": ERROR, "HUP": HANG_UP, "NVAL": INVALID, "RDHUP": PEER_CLOSED,
    "ET": EDGE, "ONESHOT": ONE_SHOT, "EXCLUSIVE": EXCLUSIVE,
}  # fmt: skip
SYSTEM_CALLS: dict[str, tuple[str, ...]] = {
    "select": ("select", "pselect6"),
    "poll": ("poll", "ppoll"),
    "epoll_wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    # Of a poll object, what is registered is Python's to remember.
    "poll_register": (),
    "poll_modify": (),
    "poll_unregister": (),
    "epoll_create": ("epoll_create1", "epoll_create"),
    "epoll_register": ("epoll_ctl",),
    "epoll_modify": ("epoll_ctl",),
    "epoll_unregister": ("epoll_ctl",),
    "epoll_close": ("close",),
}
NAMES = frozenset({*(name for names in SYSTEM_CALLS.values() for name in names)} - {"close"})
CONTROLS = {"ADD": "epoll_register", "MOD": "epoll_modify", "DEL": "epoll_unregister"}

_PAIR = re.compile(r"\{fd=(-?\d+), r?events=([\w|]*)")
_EVENT = re.compile(r"\{events=([\w|]*), data=\{u32=(\d+)")
_AFTER_EVENTS = re.compile(r"(?:\]|, 0x[0-9a-f]+), \d+, (-?\d+)")
_SET = re.compile(r"NULL|\[([\d ]*)\]")

Told = tuple[object, ...]
Watching = dict[int, int]


def mask(text: str) -> int:
    return sum(
        BITS[name.removeprefix("EPOLL").removeprefix("POLL")] for name in text.split("|") if name not in ("", "0")
    )


def is_internal(call: SystemCall) -> bool:
    """Could Python itself have made this poll?"""
    return (
        call.name in ("poll", "ppoll") and re.match(r"\[\{fd=\d+, events=POLL(IN|OUT)\}\], 1, ", call.text) is not None
    )


def told_by_strace(calls: Iterable[SystemCall]) -> Iterator[tuple[Told, bool]]:
    """Each as `told` tells ours; and whether Python itself could have made it."""
    epolls: set[int] = set()
    calls = [call for call in calls if "<unfinished" not in call.text]
    own = own_epoll(calls)
    for index, call in enumerate(calls):
        if index in own:
            continue
        if call.name.startswith("epoll_create"):
            epolls.add(call.result)
            yield ("epoll_create", call.result, call.errno), False
        elif call.name == "close" and call.fd in epolls:
            epolls.discard(call.fd)
            yield ("epoll_close", call.fd, call.errno), False
        elif call.name == "epoll_ctl":
            _, control, fd, *rest = call.text.split(", ", 3)
            events = re.match(r"\{events=([\w|]*)", rest[0] if rest else "")
            op = CONTROLS[control.removeprefix("EPOLL_CTL_")]
            yield (op, int(fd), mask(events[1]) if events and op != "epoll_unregister" else None, call.errno), False
        elif call.name in NAMES:
            yield wait(call), is_internal(call)


def own_epoll(calls: list[SystemCall]) -> set[int]:
    """Where `selectors` has made and closed one."""
    for index, (made, closed) in enumerate(pairwise(calls)):
        if made.name.startswith("epoll_create"):
            return {index, index + 1} if closed.name == "close" and closed.fd == made.result else set()
    return set()


def wait(call: SystemCall) -> Told:
    if call.name in SYSTEM_CALLS["select"]:
        sets = [numbers(text) for text in _SET.findall(re.sub(r"\{.*?\}", "", call.text))[:3]]
        told = {name: numbers(text) for name, text in re.findall(r"(in|out|except) \[([\d ]*)\]", call.more)}
        ready = by_descriptor(told.get(name, []) for name in ("in", "out", "except"))
        return ("select", by_descriptor(sets), select_timeout(call.text), ready, call.errno)
    if call.name in SYSTEM_CALLS["poll"]:
        watched = {int(fd): mask(text) for fd, text in _PAIR.findall(call.text)}
        ready = {int(fd): mask(text) for fd, text in _PAIR.findall(call.more)}
        return ("poll", watched, milliseconds(call.text.rsplit(", ", 1)[1]), ready, call.errno)
    ready = {int(fd): mask(text) for text, fd in _EVENT.findall(call.text)}
    timeout = _AFTER_EVENTS.search(call.text)
    assert timeout is not None, call
    return ("epoll_wait", None, milliseconds(timeout[1]), ready, call.errno)


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split()]


def by_descriptor(sets: Iterable[list[int]]) -> Watching:
    found: Watching = {}
    for bit, some in zip((READ, WRITE, EXCEPT), sets, strict=True):
        for fd in some:
            found[fd] = found.get(fd, 0) | bit
    return found


def milliseconds(text: str) -> int:
    return int(text) if int(text) >= 0 else -1


def select_timeout(text: str) -> int:
    """µs; -1 for ever."""
    match = re.search(r"\{tv_sec=(\d+), tv_(n|u)sec=(\d+)\}", text)
    return int(match[1]) * 1_000_000 + int(match[3]) // (1000 if match[2] == "n" else 1) if match else -1


def told(events: Iterable[CallReturned | CallStarted | WatchChanged]) -> Iterator[Told]:
    """Our readiness calls of one process in the order in which they began, as strace would tell them."""
    watched: dict[int, Watching] = {}
    started: dict[int, Watching] = {}
    found: list[tuple[int, Told]] = []
    for event in events:
        if isinstance(event, WatchChanged):
            now = watched.setdefault(event.poller, {})
            now.update((it.fd, it.mask) for it in event.added)
            for fd in event.removed:
                now.pop(fd, None)
        elif isinstance(event, CallStarted):
            started[event.call] = dict(watched.get(event.poller or 0, {}))
        elif event.op in SYSTEM_CALLS and SYSTEM_CALLS[event.op] and is_made(event):
            before = started.pop(event.call, None)
            asked = dict(watched.get(event.poller or 0, {})) if before is None else before
            found.append((event.began, returned(event, asked)))
    yield from (it for _, it in sorted(found, key=lambda pair: pair[0]))


def is_made(event: CallReturned) -> bool:
    """Python refuses some calls itself."""
    return event.error is None or event.errno is not None


def returned(event: CallReturned, watched: Watching) -> Told:
    ready = dict(event.ready or ())
    if event.op in ("epoll_create", "epoll_close"):
        return (event.op, event.fd, event.errno)
    if event.op == "epoll_unregister":
        return (event.op, event.fd, None, event.errno)
    if event.op.startswith("epoll_") and event.op != "epoll_wait":
        names = event.args.partition(", ")[2]
        return (event.op, event.fd, mask(names.replace(" ", "")), event.errno)
    assert event.timeout is not None
    unit = 1000 if event.op == "select" else 1_000_000
    timeout = -(-event.timeout // unit) if event.timeout >= 0 else -1
    return (event.op, None if event.op == "epoll_wait" else watched, timeout, ready, event.errno)


def compare(ours: Iterable[CallReturned | CallStarted | WatchChanged], theirs: Iterable[SystemCall]) -> None:
    """Raises AssertionError where they differ.

    A wait that the end of the process cut short never returned, even if the system call just had. Python makes one
    again that a signal has interrupted (PEP 475).
    """
    ours = list(ours)
    rest = [it for it in told_by_strace(theirs) if not str(it[0][-1]).startswith(("ERESTART", "EINTR"))]
    for mine in told(ours):
        while rest and rest[0][0] != mine and rest[0][1]:
            rest.pop(0)
        assert rest, f"strace saw no {mine}"
        assert rest.pop(0)[0] == mine
    returned = {event.call for event in ours if isinstance(event, CallReturned)}
    cut_off = {event.op for event in ours if isinstance(event, CallStarted) and event.call not in returned}
    left = [it for it, internal in rest if not internal and it[0] != "epoll_close"]
    assert len(left) <= 1, f"not on the record: {left}"
    assert {it[0] for it in left} <= cut_off, f"not on the record: {left}"
