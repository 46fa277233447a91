"""One line of strace, read."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"([\d.]+) (\w+)\((.*)\) += (-?\d+|\?)(?: (E\w+).*)?(?: (\((?:Timeout|in|out|except|left|\[).*\)))?(?: <[\d.]+>)?$"
)
_BYTES = re.compile(r"\\x([0-9a-f]{2})")


@dataclass
class SystemCall:
    """Name, descriptor (the first argument), result, errno name, the first string's bytes; and the texts in full."""

    name: str
    fd: int
    result: int
    errno: str | None
    data: bytes
    text: str = ""
    """Of all arguments."""
    more: str = ""
    """What strace adds to the result, such as the sets that select has changed."""
    at: float = 0.0
    """Seconds since 1970."""
    thread: int = 0
    """The kernel's id of the thread that made it."""


def parse(line: str, thread: int = 0) -> SystemCall | None:
    match = _LINE.match(line)
    if match is None:
        return None
    at, name, arguments, result, errno, more = match.groups()
    first = arguments.split(",", 1)[0]
    text = arguments.split('"')[1] if '"' in arguments and name in ("sendto", "recvfrom") else ""
    data = bytes(int(code, 16) for code in _BYTES.findall(text))
    fd = int(first) if first.isdigit() else -1
    returned = int(result) if result != "?" else -1
    return SystemCall(name, fd, returned, errno, data, arguments, more or "", float(at), thread)
