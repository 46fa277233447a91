"""What all events share."""

from __future__ import annotations

from typing import Literal

import msgspec

Evidence = Literal["measured", "derived"]
Moved = Literal["sent", "received"]


class Caption(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sentence about an event: a key of the message catalogs, and its arguments.

    Args whose names end in `_ns` are durations in nanoseconds; `n` selects the plural form.
    """

    key: str
    args: dict[str, str | int] = {}
    parts: list[Caption] = []
    """Short ones that stand in the place of `{parts}`, one after the other."""


class Event(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """What all events share. An event with a caption is a step of the player; others are silent."""

    seq: int = 0
    t: int
    caption: Caption | None = None
