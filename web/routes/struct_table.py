"""What Python's struct says, for the page's table."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from web.problems import PROBLEMS
from web.struct_table import LONGEST_FORMAT, LONGEST_VALUE, byte_order, format_characters, pack

FormatText = Annotated[str, Query(alias="format", max_length=LONGEST_FORMAT)]
ValueText = Annotated[str, Query(max_length=LONGEST_VALUE)]


class Reading(BaseModel):
    """What the same bytes are to another format."""

    format: str
    value: str


class PackedValue(BaseModel):
    """What became of a value: `bytes` in hex, or what Python raised. `size` in bytes, null of what is no format.

    `too_long`: so many bytes are not made here.
    """

    format: str
    value: str
    size: int | None
    bytes: str | None
    error: str | None
    too_long: bool
    readings: list[Reading]


class FormatRow(BaseModel):
    """A format character: its sizes in bytes; null where there is no standard size."""

    char: str
    c_type: str
    standard: int | None
    native: int | None


class Formats(BaseModel):
    """All format characters, and the byte order of this machine."""

    byte_order: Literal["little", "big"]
    formats: list[FormatRow]


def struct_router() -> APIRouter:
    """`/api/struct`."""
    router = APIRouter(prefix="/api/struct", responses=PROBLEMS)

    @router.get("")
    async def packed(layout: FormatText, value: ValueText) -> PackedValue:
        """`struct.pack(format, value)`."""
        made = pack(layout, value)
        return PackedValue(
            format=layout,
            value=value,
            size=made.size,
            bytes=None if made.data is None else made.data.hex(),
            error=made.error,
            too_long=made.too_long,
            readings=[Reading(format=it.format, value=it.value) for it in made.readings],
        )

    @router.get("/formats")
    async def formats() -> Formats:
        rows = [
            FormatRow(char=it.char, c_type=it.c_type, standard=it.standard, native=it.native)
            for it in format_characters()
        ]
        return Formats(byte_order=byte_order(), formats=rows)

    return router
