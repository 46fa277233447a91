"""Is a thread asleep inside the system call its probe says it is making?"""

from __future__ import annotations

import platform

_BY_MACHINE: dict[str, dict[str, frozenset[int]]] = {
    # arch/x86/entry/syscalls/syscall_64.tbl
    "x86_64": {
        "accept": frozenset({43, 288}),
        "connect": frozenset({42}),
        "send": frozenset({44, 46}),
        "recv": frozenset({45, 47}),
        "poll": frozenset({7, 271}),
        "select": frozenset({23, 270}),
        "epoll_wait": frozenset({232, 281, 441}),
    },
    # include/uapi/asm-generic/unistd.h
    "aarch64": {
        "accept": frozenset({202, 242}),
        "connect": frozenset({203}),
        "send": frozenset({206, 211}),
        "recv": frozenset({207, 212}),
        "poll": frozenset({73}),
        "select": frozenset({72}),
        "epoll_wait": frozenset({22, 441}),
    },
}
FAMILIES = ("accept", "connect", "send", "recv", "select", "poll", "epoll_wait")
"""By the beginnings of the names of the calls that can wait. Registrations begin with poll_ and never do."""
WITHOUT_FD = ("select", "poll")
"""Their first argument is no descriptor: select(2), poll(2)."""
_NUMBERS = _BY_MACHINE.get(platform.machine(), {})


def is_asleep(pid: int, thread_id: int, op: str, fd: int) -> bool | None:
    """True when the kernel holds the thread in `op` on `fd`, or in the poll a Python timeout makes of it.

    From /proc/PID/task/TID/syscall (proc_pid_syscall(5)): the number and arguments of the call a
    thread is blocked in, or "running". None where that cannot be read (no permission, another
    system): then nothing may be said but that the program is in the call.
    """
    family = next((name for name in FAMILIES if op.startswith(name)), None)
    if family is None or not _NUMBERS:
        return None
    try:
        with open(f"/proc/{pid}/task/{thread_id}/syscall") as file:
            fields = file.read().split()
    except OSError:
        return None
    if not fields or not fields[0].isdigit():
        return False
    number = int(fields[0])
    if family in WITHOUT_FD:
        return number in _NUMBERS[family]
    if number in _NUMBERS["poll"]:
        return family != "epoll_wait"
    return number in _NUMBERS[family] and int(fields[1], 16) == fd
