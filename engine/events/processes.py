"""What becomes of a process, and what it says and is told."""

from __future__ import annotations

from typing import Literal

from .base import Event


class ProcessStarted(Event, tag="process.started", kw_only=True):
    """A program was started. Followed by exactly one `process.exited` in a closed recording."""

    process: str
    program: str = ""
    """The name of the lesson's program it runs; several processes may run one. Empty for a child of a program."""
    role: Literal["client", "server"]
    pid: int
    file: str
    parent: str | None = None


class ProcessSkipped(Event, tag="process.skipped", kw_only=True):
    """A process was never started: what it waits for can no longer happen."""

    process: str
    program: str
    after: str
    """The call it waits for, e.g. `server:listen`."""


class ProcessHeld(Event, tag="process.held", kw_only=True):
    """The process was told to stop before its next call (`hold`), or let go again.

    What its threads do then is told by `call.held` and by their next calls.
    """

    process: str
    hold: bool


class ProcessInput(Event, tag="process.input", kw_only=True):
    """Text that a viewer wrote to the standard input of a process; `end` closed it after that."""

    process: str
    text: str = ""
    end: bool = False


class ProcessInterrupted(Event, tag="process.interrupted", kw_only=True):
    """A viewer sent SIGINT to the process, as Ctrl-C at a terminal would."""

    process: str


class ProcessOutput(Event, tag="process.output", kw_only=True):
    """Text a process wrote. A flood is cut, and says so once.

    `t` is when it was written, where the probe has noted that; else, and in a flood of prints, when the engine read it.
    """

    process: str
    stream: Literal["stdout", "stderr"]
    text: str
    dropped: int = 0
    """Bytes left out here because the process wrote more than the run's limit."""


class ProcessSlowed(Event, tag="process.slowed", kw_only=True):
    """The process calls faster than its calls can be recorded, and waits; or (`waiting` False) no longer does.

    Nothing is lost: its ring is full and makes it wait for the recorder, not for the network.
    """

    process: str
    waiting: bool


class ProcessExited(Event, tag="process.exited", kw_only=True):
    """A process is gone: `code` if it exited, `signal` (its name) if a signal ended it."""

    process: str
    code: int | None = None
    signal: str | None = None
    stopped: bool = False
    """True when the engine ended it."""
    error: str | None = None
    """The last line of the traceback it ended with, for example `ValueError: …`."""
    file: str | None = None
    line: int | None = None
    """The innermost line of the program itself in that traceback."""
