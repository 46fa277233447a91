"""Runs a command under strace and reads what it saw, for comparison with a recording of the same run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from engine.events import AnyEvent, CallReturned, CallStarted, ProcessStarted, WatchChanged
from tests import plays
from tests.plays import Play
from tests.truth import strace_waits
from tests.truth.strace_calls import SystemCall, parse

TRACED = (
    "socket,socketpair,bind,listen,accept,accept4,connect,sendto,sendmsg,recvfrom,recvmsg,"
    "shutdown,setsockopt,getsockopt,getsockname,getpeername,close,clone,clone3," + ",".join(sorted(strace_waits.NAMES))
)

SYSTEM_CALLS: dict[str, tuple[str, ...]] = {
    "socket": ("socket",),
    "bind": ("bind",),
    "listen": ("listen",),
    # CPython asks the new descriptor for its family when it makes the socket object of it.
    "accept": ("accept4", "getsockname"),
    "connect": ("connect",),
    "send": ("sendto",),
    "sendall": ("sendto",),
    "sendto": ("sendto",),
    "recv": ("recvfrom",),
    "recvfrom": ("recvfrom",),
    "setsockopt": ("setsockopt",),
    # An ioctl (FIONBIO), which is not traced.
    "setblocking": (),
    "settimeout": (),
    "shutdown": ("shutdown",),
    "close": ("close",),
}
"""The system calls one call of Python makes. Of `sendall` there may be any number. Those of select, poll and epoll
are in `strace_waits`."""

OWN = ("getsockname", "getpeername", "getsockopt")
"""The probe's own: who has which address, asked after bind, listen, accept and connect, and SO_COOKIE."""


def strace(folder: Path, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` with all its children under strace, a file a process in `folder`.

    The process started is `command` itself (-D), so that a signal sent to it arrives.
    """
    options = ["-D", "-ff", "--seccomp-bpf", "-ttt", "-T", "-xx", "-s", "70000", "-e", f"trace={TRACED}"]
    return ["strace", *options, "-o", str(folder / "pid"), *command]


def run(folder: Path, command: Sequence[str]) -> str:
    """Run to the end; its standard output."""
    done = subprocess.run(
        strace(folder, command), check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def perform(folder: Path, play: Play) -> None:
    """In a process of its own, all of which strace sees."""
    run(folder, [sys.executable, *plays.command(folder, [play], {"network": "machine"})])


def check(folder: Path, events: Sequence[AnyEvent]) -> None:
    """The calls of each process of a recording are those that strace saw it make."""
    processes = [event for event in events if isinstance(event, ProcessStarted)]
    assert processes
    for process in processes:
        kinds = (CallReturned, CallStarted, WatchChanged)
        ours = [it for it in events if isinstance(it, kinds) and it.process == process.process]
        compare(ours, read(folder, process.pid))


def read(folder: Path, pid: int) -> list[SystemCall]:
    """What strace saw the process do, with all its threads, in order; waits for strace to have written its end."""
    found: list[SystemCall] = []
    threads = [pid]
    for thread in threads:
        calls = [call for line in complete(folder / f"pid.{thread}") if (call := parse(line, thread)) is not None]
        for first, second in pairwise(calls):
            if first.name.startswith("accept") and second.name == "getsockname":
                second.at = first.at  # no other thread gets between these two
        threads += [call.result for call in calls if "CLONE_THREAD" in call.text and call.result > 0]
        found += [call for call in calls if not call.name.startswith("clone")]
    return sorted(found, key=lambda call: call.at)


def complete(path: Path) -> list[str]:
    """The lines of a trace when it has ended."""
    deadline = time.monotonic() + 10
    while not path.exists() or not (lines := path.read_text().splitlines()) or not lines[-1].endswith("+++"):
        assert time.monotonic() < deadline, f"strace did not finish {path}"
        time.sleep(0.01)
    return lines


def of_sockets(calls: Iterable[SystemCall]) -> Iterator[SystemCall]:
    """The program's own calls: without those on other files, and without the probe's."""
    sockets: set[int] = set()
    accepted: SystemCall | None = None
    for call in calls:
        if call.name in ("socket", "accept4", "accept") and call.result >= 0:
            sockets.add(call.result)
        if call.name == "close":
            if call.fd not in sockets:
                continue
            sockets.discard(call.fd)
        if call.name in strace_waits.NAMES:
            continue
        if call.name in OWN:
            if accepted is not None and call.name == "getsockname":
                yield replace(call, fd=accepted.fd)
            accepted = None
            continue
        accepted = call if call.name in ("accept4", "accept") and call.result >= 0 else None
        yield call


def compare(ours: Iterable[CallReturned | CallStarted | WatchChanged], theirs: Iterable[SystemCall]) -> None:
    """Every call we recorded made just the system calls it may make, and there are no others.

    Descriptors, byte counts, contents, errors and order are the same; of several threads, the order of those of
    each descriptor. The call in which a signal ended the process was started and never returned; so was one that
    it came just before or just after. Raises AssertionError.
    """
    told, theirs = list(ours), list(theirs)
    strace_waits.compare(told, theirs)
    waits = strace_waits.SYSTEM_CALLS
    calls = [event for event in told if not isinstance(event, WatchChanged) and event.op not in waits]
    returned = sorted((event for event in calls if isinstance(event, CallReturned)), key=lambda event: event.began)
    done = {event.call for event in returned}
    unfinished = {(SYSTEM_CALLS[it.op][0], it.fd) for it in calls if it.call not in done}
    ended_in = [call for call in interrupted(theirs) if call.name not in (*strace_waits.NAMES, *OWN)]
    assert {(it.name, it.fd) for it in ended_in} <= unfinished
    made = [call for call in of_sockets(theirs) if call not in ended_in]
    threads = {call.thread for call in returned}
    groups = {None} if len(threads) < 2 else {*(call.fd for call in returned), *map(belongs_to, made)}
    for fd in groups:
        rest = [call for call in made if fd is None or belongs_to(call) == fd]
        pair_off([call for call in returned if fd is None or call.fd == fd], rest)
        cut_off = [it for it in rest if (it.name, it.fd) in unfinished]
        assert len(cut_off) <= 1 or {it.name for it in cut_off} == {"sendto"}, f"not on the record: {cut_off}"
        # What a program leaves open is closed by the interpreter, when the probe has gone already, or by the kernel.
        closed = [it for it in rest if it.name == "close" and it.fd in left_open(returned)]
        assert len(cut_off) + len(closed) == len(rest), f"not on the record: {rest}"


def pair_off(ours: Iterable[CallReturned], theirs: list[SystemCall]) -> None:
    """Takes from `theirs`, in order, what each of our calls made."""
    for call in ours:
        if not SYSTEM_CALLS[call.op] or call.error == "TimeoutError":  # then Python has called poll only
            continue
        assert theirs, f"strace saw no {call.op} on fd {call.fd}"
        mine = [theirs.pop(0)]
        while call.op == "sendall" and theirs and theirs[0].name == "sendto" and sent(mine) < (call.count or 0):
            mine.append(theirs.pop(0))
        if call.op == "accept" and not call.error:
            mine.append(theirs.pop(0))
        _same(call, mine)


def belongs_to(call: SystemCall) -> int:
    """The descriptor under which we have the call."""
    return call.result if call.name == "socket" else call.fd


def interrupted(calls: Iterable[SystemCall]) -> list[SystemCall]:
    """The calls that the threads were in when a signal ended the process."""
    last = {call.thread: call for call in calls}.values()
    return [call for call in last if (call.errno or "").startswith("ERESTART") or "<unfinished" in call.text]


def left_open(calls: Iterable[CallReturned]) -> set[int]:
    """The descriptors of the sockets that no call on the record has closed."""
    found: set[int] = set()
    for call in sorted(calls, key=lambda event: event.began):
        if call.op == "close":
            found.discard(call.fd)
        elif call.op == "socket" and not call.error:
            found.add(call.fd)
        elif call.op == "accept" and call.result:
            found.add(int(call.result.split(",")[0].removeprefix("fd ")))
    return found


def sent(calls: Iterable[SystemCall]) -> int:
    return sum(max(call.result, 0) for call in calls)


def _same(call: CallReturned, mine: list[SystemCall]) -> None:
    names = SYSTEM_CALLS[call.op]
    expected = list(names) if not call.error else list(names[:1])
    if call.op == "sendall":
        expected *= len(mine)
    assert [it.name for it in mine] == expected, (call, mine)
    assert (mine[0].result if call.op == "socket" else mine[0].fd) == call.fd, (call, mine)
    assert mine[-1].errno == call.errno, (call, mine)
    if call.moved is not None and not call.error:
        assert sent(mine) == call.count, (call, mine)
        assert b"".join(it.data for it in mine)[: len(call.data or b"")] == (call.data or b""), (call, mine)
