"""Calls that a thread makes again and again and gets no more by: a busy wait, or a loop that overlooks the end.

The first of them is told and so are the 10th, the 100th and so on. Those between are silent, so that they do not each
have to be watched. A send is always told: it has a number of its own.
"""

from __future__ import annotations

from engine.events import CallBlocked, CallHeld, CallReturned, CallStarted, Caption, Event

Made = tuple[str, int | None, int | None]
"""A call as its program made it: what, on which socket, in which line."""


class Again:
    """Follows the calls of a run."""

    def __init__(self) -> None:
        self._vain: dict[tuple[str, int], tuple[Made, str, int]] = {}
        """By process and thread, whose last call was for nothing: that call, what it got, and how often in a row."""

    def see(self, event: Event, caption: Caption | None) -> Caption | None:
        """Takes the next event of the run, of which `caption` would be said; what to say of it."""
        if isinstance(event, CallReturned):
            return self._returned(event, caption)
        if isinstance(event, CallStarted):
            made, _, _ = self._vain.get((event.process, event.thread), (None, "", 0))
            return None if made == made_by(event) else caption
        if isinstance(event, CallBlocked | CallHeld):
            self._vain.pop((event.process, event.thread), None)
        return caption

    def _returned(self, event: CallReturned, caption: Caption | None) -> Caption | None:
        made, got, times = self._vain.pop((event.process, event.thread), (None, "", 0))
        times = times if made == made_by(event) else 0
        gets = "b''" if event.eof else event.error
        if gets not in ("b''", "BlockingIOError") or event.moved == "sent":
            return caption if times < 2 else at_last(caption, times)
        event.again = times if gets == got else 0
        self._vain[event.process, event.thread] = made_by(event), gets, event.again + 1
        return caption if event.again == 0 else told(event, caption, event.again + 1)


def made_by(event: CallStarted | CallReturned) -> Made:
    return event.op, event.socket, event.line


def told(event: CallReturned, caption: Caption | None, times: int) -> Caption | None:
    """Of the `times`-th call in a row."""
    if caption is None or times != 10 ** (len(str(times)) - 1):
        return None
    key = "caption.again.ended" if event.eof else "caption.again.not_yet"
    return Caption(key, {"who": event.process, "call": caption.args["call"], "n": times})


def at_last(caption: Caption | None, times: int) -> Caption | None:
    """Of the call that got something, after so many that did not."""
    if caption is None or caption.key != "caption.recv.returned":
        return caption
    return Caption("caption.recv.at_last", {**caption.args, "times": times})
