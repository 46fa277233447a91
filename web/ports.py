"""Who listens on a TCP port of this machine, from /proc (Linux, proc(5))."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

LISTEN = "0A"
"""TCP_LISTEN in the `st` column of /proc/net/tcp (include/net/tcp_states.h)."""


class Owner(NamedTuple):
    """A process that holds a listening socket."""

    name: str
    pid: int


def listener_of(port: int) -> Owner | None:
    """The process that listens on `port`; None when nobody does, or it is not ours to see."""
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        if wanted and _holds(folder, wanted):
            return Owner((folder / "comm").read_text().strip(), int(folder.name))
    return None


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found


def _holds(process: Path, wanted: set[str]) -> bool:
    try:
        return any(str(fd.readlink()) in wanted for fd in (process / "fd").iterdir())
    except OSError:  # it has ended meanwhile, or belongs to somebody else
        return False
