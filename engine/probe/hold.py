"""A thread stands still until the engine lets it go on: held before a call, or until a port is watched.

The engine sees it in the thread's slot. It lets all threads go by the flag in the header, and one of them by
writing the moment from which that thread has stood there as its permit, so a permit is good for one call only.
"""

from __future__ import annotations

from time import monotonic, monotonic_ns, sleep

from . import layout
from .layout import ASK_AT, ASKING, BEGAN, BEGAN_AT, ENTER, HELD, HOLD_AT, OP, PERMIT_AT, STANDS_AT
from .ring import reader_is_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .ring import Ring

HELD_PAUSE, ASKING_PAUSE = 0.01, 0.0005
"""Seconds between two looks at what the engine says."""
ASKING_SECONDS = 1.0
"""An engine that is busy elsewhere must not stop a program for long; what it then misses, it misses."""
UNOPENED_SECONDS = 10.0
"""How long to wait for an engine that has not opened the ring yet."""


def hold(ring: Ring, op: int, cookie: int, asked: int, site: int, fd: int, text: bytes = b"") -> None:
    """Stand before this call until the process is held no longer, or this one call is permitted."""
    patience = monotonic() + (1 if ring.memory[layout.OPENED_AT] else UNOPENED_SECONDS)

    def over() -> bool:
        nonlocal patience
        if monotonic() > patience:
            patience = monotonic() + 1
            if reader_is_gone(ring.path):
                ring.turn_off()
        return not ring.memory[HOLD_AT]

    stand(ring, HELD, (cookie, asked, site, fd, op), text, HELD_PAUSE, over)


def ask(ring: Ring, port: int) -> None:
    """Wait until the engine watches this port, so that it observes all that comes from and goes to it; 0 is none."""
    if not port or port in ring.asked or not ring.memory[ASK_AT]:
        return
    ring.asked.add(port)
    if port not in layout.PORTS.unpack_from(ring.memory, layout.PORTS_AT):
        deadline = monotonic() + ASKING_SECONDS
        stand(ring, ASKING, (0, port, 0, -1, OP[""]), b"", ASKING_PAUSE, lambda: monotonic() > deadline)


def stand(
    ring: Ring, how: int, call: tuple[int, int, int, int, int], text: bytes, pause: float, over: Callable[[], bool]
) -> None:
    """Say in the thread's slot how and before which call it stands; return when that is over, or permitted."""
    began = monotonic_ns()
    at = slot_of(ring)
    try:
        while not over() and BEGAN.unpack_from(ring.memory, at + PERMIT_AT)[0] != began:
            # Not only the first time: a signal handler may have made a call of its own while we slept.
            if BEGAN.unpack_from(ring.memory, at + BEGAN_AT)[0] != began:
                BEGAN.pack_into(ring.memory, at + BEGAN_AT, 0)
                ring.memory[at + STANDS_AT] = how
                layout.ENTER_TEXT.pack_into(ring.memory, at + layout.ENTER_TEXT_AT, min(len(text), 128), text[:128])
                ENTER.pack_into(ring.memory, at, *call, began)
            sleep(pause)
    finally:
        # In this order: no moment in which this could be taken for a call that the thread is making.
        BEGAN.pack_into(ring.memory, at + BEGAN_AT, 0)
        ring.memory[at + STANDS_AT] = 0


def slot_of(ring: Ring) -> int:
    """The offset of this thread's slot."""
    try:
        return int(ring.local.offset)
    except AttributeError:
        return ring.thread_slot()


def words(ring: Ring) -> list[str]:
    """What the engine has told this process, as words on the command line of the probe (see `told`)."""
    memory = ring.memory
    watched = ",".join(str(port) for port in layout.PORTS.unpack_from(memory, layout.PORTS_AT) if port)
    return ["--held"] * memory[HOLD_AT] + [f"--watched={watched}"] * memory[ASK_AT]


def told(options: Iterable[str]) -> bytes:
    """The same as it stands in a ring: `--held`, and `--watched=PORT,PORT…` if it is to ask for others."""
    memory = bytearray(layout.TOLD.stop)
    for option in options:
        name, _, value = option.partition("=")
        if name == "--held":
            memory[HOLD_AT] = 1
        elif name == "--watched":
            memory[ASK_AT] = 1
            ports = [int(port) for port in value.split(",") if port]
            layout.PORTS.pack_into(memory, layout.PORTS_AT, *(ports + [0] * layout.PORTS_TOLD)[: layout.PORTS_TOLD])
    return bytes(memory[layout.TOLD])
