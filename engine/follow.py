"""Follows a run without a viewer to its end, which is also reached when nothing more can happen by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import islice

from engine.events import AnyEvent, decoder
from engine.run import Run
from engine.understand.waiting import Waiting

TICK = 0.02
LINES_AT_ONCE = 1000
"""Decoded before others get their turn in the event loop."""
QUIET = 1.0
"""Seconds without an event after which programs that all wait for each other will wait for ever."""
UNSURE = 5.0
"""The same where a thread may only be asleep between two calls."""

See = Callable[[bytes, AnyEvent], None]
"""Gets each line of the log, and the event in it."""


async def follow(run: Run, see: See, seconds: float, expecting: Callable[[], bool] = lambda: False) -> bool:
    """Returns when the log of `run` is closed and all of it was seen; whether the run was stopped here.

    It is stopped after `seconds`, and when every process waits while nothing is `expecting` to wake them.
    """
    deadline = time.monotonic() + seconds
    waiting = Waiting()
    stopped = False
    seen, quiet_since = 0, time.monotonic()
    over = asyncio.create_task(run.wait(), name=f"wait for {run.id}")
    try:
        while not (run.recording.closed and seen == run.recording.last_seq):
            for line in islice(run.recording.lines(seen), LINES_AT_ONCE):
                event = decoder.decode(line)
                see(line, event)
                waiting.see(event)
                seen, quiet_since = seen + 1, time.monotonic()
            patience = QUIET if waiting.every_thread else UNSURE
            stuck = waiting.everybody and time.monotonic() > quiet_since + patience and not expecting()
            if run.live and not stopped and (stuck or time.monotonic() > deadline):
                stopped = True
                await run.stop()
            await asyncio.sleep(0)
            await asyncio.wait([over], timeout=TICK if seen == run.recording.last_seq else 0)
    finally:
        over.cancel()
    return stopped
