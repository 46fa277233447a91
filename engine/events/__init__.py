"""The vocabulary: every event a recording may hold, as one tagged union.

An event is one fact. Times are integer nanoseconds since the run began. Names are `noun.verb` in
the past tense. `seq` counts 1, 2, 3 … in log order, without gaps; log order is time order, except
for the events `run.ended` counts as late, and for every byte the first event of its send stands
before the `call.returned` of its recv.

Fields at their default are left out of the JSON.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec

from .base import Caption, Event, Evidence, Moved
from .calls import Call, CallBlocked, CallHeld, CallReturned, CallStarted
from .findings import BytesMoved, FindingMade
from .pollers import (
    EDGE,
    ERROR,
    EXCEPT,
    EXCLUSIVE,
    HANG_UP,
    INVALID,
    ONE_SHOT,
    PEER_CLOSED,
    READ,
    WRITE,
    Interest,
    PollerKind,
    WatchChanged,
)
from .processes import (
    ProcessExited,
    ProcessHeld,
    ProcessInput,
    ProcessInterrupted,
    ProcessOutput,
    ProcessSkipped,
    ProcessSlowed,
    ProcessStarted,
)
from .runs import SCHEMA_VERSION, PredictionAnswered, Program, RunEnded, RunStarted
from .sockets import ConnectionChanged, SocketChanged, SocketSampled
from .wire import SegmentCaptured, TcpOptions

__all__ = [
    "EDGE",
    "ERROR",
    "EXCEPT",
    "EXCLUSIVE",
    "HANG_UP",
    "INVALID",
    "ONE_SHOT",
    "PEER_CLOSED",
    "READ",
    "SCHEMA_VERSION",
    "WRITE",
    "AnyEvent",
    "BytesMoved",
    "Call",
    "CallBlocked",
    "CallHeld",
    "CallReturned",
    "CallStarted",
    "Caption",
    "ConnectionChanged",
    "Event",
    "Evidence",
    "FindingMade",
    "Interest",
    "Moved",
    "PollerKind",
    "PredictionAnswered",
    "ProcessExited",
    "ProcessHeld",
    "ProcessInput",
    "ProcessInterrupted",
    "ProcessOutput",
    "ProcessSkipped",
    "ProcessSlowed",
    "ProcessStarted",
    "Program",
    "RunEnded",
    "RunStarted",
    "SegmentCaptured",
    "SocketChanged",
    "SocketSampled",
    "TcpOptions",
    "WatchChanged",
    "decoder",
    "encoder",
    "json_schema",
]

AnyEvent = (
    RunStarted
    | RunEnded
    | ProcessStarted
    | ProcessSkipped
    | ProcessOutput
    | ProcessExited
    | ProcessSlowed
    | ProcessHeld
    | ProcessInput
    | ProcessInterrupted
    | CallHeld
    | CallStarted
    | CallBlocked
    | CallReturned
    | SocketChanged
    | ConnectionChanged
    | SegmentCaptured
    | SocketSampled
    | BytesMoved
    | FindingMade
    | WatchChanged
    | PredictionAnswered
)

encoder = msgspec.json.Encoder()
decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of one line of a recording; `docs/events.schema.json` is a copy of it."""
    schema = msgspec.json.schema(AnyEvent)
    for definition in schema["$defs"].values():  # msgspec before 0.23 gives docstrings with their indentation
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
    return schema
