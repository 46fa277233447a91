"""The sentences about processes: how they start, what they print and read, how they end."""

from __future__ import annotations

from engine.events import (
    Caption,
    Event,
    ProcessExited,
    ProcessHeld,
    ProcessInput,
    ProcessInterrupted,
    ProcessSkipped,
    ProcessSlowed,
    ProcessStarted,
)

TEXT_LIMIT = 60

SIGNALS = {
    "SIGABRT": "caption.process.sigabrt",
    "SIGINT": "caption.process.sigint",
    "SIGKILL": "caption.process.sigkill",
    "SIGPIPE": "caption.process.sigpipe",
    "SIGSEGV": "caption.process.sigsegv",
    "SIGTERM": "caption.process.sigterm",
    "SIGXCPU": "caption.process.sigxcpu",
    "SIGXFSZ": "caption.process.sigxfsz",
}


def about_process(event: Event) -> Caption | None:
    """Of an event about a process; None of one that says nothing, and of others."""
    if isinstance(event, ProcessStarted):
        return started(event)
    if isinstance(event, ProcessSkipped):
        return Caption("caption.process.skipped", {"who": event.process, "moment": after_text(event.after)})
    if isinstance(event, ProcessSlowed) and event.waiting:
        return Caption("caption.process.slowed", {"who": event.process})
    if isinstance(event, ProcessHeld):
        return Caption("caption.process.held" if event.hold else "caption.process.released", {"who": event.process})
    if isinstance(event, ProcessInput):
        return typed(event)
    if isinstance(event, ProcessInterrupted):
        return Caption("caption.process.interrupted", {"who": event.process})
    return exited(event) if isinstance(event, ProcessExited) else None


def started(event: ProcessStarted) -> Caption:
    if event.parent is not None:
        return Caption("caption.process.child", {"who": event.process, "parent": event.parent})
    return Caption("caption.process.started", {"who": event.process, "pid": event.pid, "file": event.file})


def after_text(after: str) -> str:
    """`server: listen()` of `server:listen`."""
    return after.replace(":", ": ") + "()"


def shortened(text: str) -> str:
    """The first line, cut where it is long."""
    line = text.split("\n")[0]
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"


def typed(event: ProcessInput) -> Caption | None:
    text = event.text.strip("\n")
    if text:
        return Caption("caption.process.input", {"who": event.process, "text": shortened(text)})
    if event.text:
        return Caption("caption.process.input_empty", {"who": event.process})
    return Caption("caption.process.input_end", {"who": event.process}) if event.end else None


def exited(event: ProcessExited) -> Caption:
    who = event.process
    if event.stopped:
        return Caption("caption.process.stopped", {"who": who, "signal": event.signal or ""})
    if event.signal is not None:
        key = SIGNALS.get(event.signal, "caption.process.killed")
        return Caption(key, {"who": who, "signal": event.signal})
    if event.code is None:  # a child of a program: its parent knows how it ended
        return Caption("caption.process.gone", {"who": who})
    if event.code and event.error is not None:
        return Caption("caption.process.crashed", {"who": who, "code": event.code, "error": shortened(event.error)})
    if event.code:
        return Caption("caption.process.failed", {"who": who, "code": event.code})
    return Caption("caption.process.ended", {"who": who})
