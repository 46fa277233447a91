"""A run begins and ends."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .base import Event, Evidence

SCHEMA_VERSION = 1


class Program(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A program of a lesson as the run will start it: its name, side, file name and text."""

    name: str
    role: Literal["client", "server"]
    file: str
    text: str


class RunStarted(Event, tag="run.started", kw_only=True):
    """The first event of every recording; exactly one."""

    run: str
    lesson: str
    schema: int = SCHEMA_VERSION
    started_at: str
    """Wall clock, ISO 8601 in UTC."""
    variant: str = ""
    """Which of the lesson's variants runs; empty when it has none."""
    held: bool = False
    """Every process was held before its first call."""
    parameters: dict[str, Any] = {}
    programs: list[Program] = []
    platform: str = ""
    python: str = ""
    network: Literal["machine", "private"] = "machine"
    """Whose loopback the programs use; a private one cannot be reached from outside the run."""
    segments: Evidence | Literal["absent"] = "absent"
    """How this run knows its segments."""
    segments_why: str | None = None
    """Why they are not measured: a key of the catalogs."""


class RunEnded(Event, tag="run.ended", kw_only=True):
    """The last event of a recording that was closed in order; none follows.

    `why`: finished (every process ended by itself), stopped (by a command), limit (the run's time
    was up), failed (a process could not be started, or the recording not be written), lost (the
    supervisor died). Its caption is the conclusion of the run.
    """

    why: Literal["finished", "stopped", "limit", "failed", "lost"]
    sends: int = 0
    receives: int = 0
    late: int = 0
    """Events that reached the log after a later one, because their record came too late."""
    lost: int = 0
    """Records the probes began and never finished, for example at a kill."""
    segments: int = 0
    """Segments and datagrams captured."""
    segments_lost: int = 0
    """Those the kernel had no room for in the capture's ring: its own count (PACKET_STATISTICS, packet(7))."""
    samples_lost: str | None = None
    """Why the kernel's tables were no longer read, in the system's words; None when they were to the end."""
    ports_unwatched: int = 0
    """Ports that the programs used beyond those the capture's filter can hold: what passed there was not observed."""


class PredictionAnswered(Event, tag="prediction.answered", kw_only=True):
    """What the run says to the question its lesson asks beforehand. At most one. Silent."""

    value: str | int
    """A count, or one of the lesson's choices."""
    call: int | None = None
    """The call that decided it, if it was one."""
