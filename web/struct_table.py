"""What Python's struct makes of one value and a format: its own bytes, sizes and errors, never ours.

C types and names are those of the table in the documentation of the module `struct`; sizes are computed.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from typing import Literal

LONGEST_FORMAT = 20
LONGEST_VALUE = 60
"""Characters that are looked at."""

MOST_BYTES = 64
"""A format that makes more is not packed: `9999999999s` would take the memory."""

C_TYPES = {
    "x": "",
    "c": "char",
    "b": "signed char",
    "B": "unsigned char",
    "?": "_Bool",
    "h": "short",
    "H": "unsigned short",
    "i": "int",
    "I": "unsigned int",
    "l": "long",
    "L": "unsigned long",
    "q": "long long",
    "Q": "unsigned long long",
    "n": "ssize_t",
    "N": "size_t",
    "e": "_Float16",
    "f": "float",
    "d": "double",
    "F": "float complex",
    "D": "double complex",
    "s": "char[]",
    "p": "char[]",
    "P": "void*",
}
"""By format character, in the order of the documentation."""

WHOLE = "bBhHiIlLqQ"
"""Those of whole numbers, signed in small letters, that have a standard size."""


@dataclass(frozen=True)
class FormatCharacter:
    """A format character: sizes in bytes; None where this Python, or the standard sizes, do not have it."""

    char: str
    c_type: str
    standard: int | None
    native: int | None


@dataclass(frozen=True)
class Reading:
    """What the same bytes are to another format; `value` is text, as it may be too large for other languages."""

    format: str
    value: str


@dataclass(frozen=True)
class Packed:
    """What became of a value: its bytes, or what Python raised (`error`, with the class in front).

    `size` is what `calcsize` says, None of what is no format. `too_long`: more than `MOST_BYTES`, not tried.
    """

    size: int | None = None
    data: bytes | None = None
    error: str | None = None
    too_long: bool = False
    readings: tuple[Reading, ...] = ()


def byte_order() -> Literal["little", "big"]:
    """That of this machine, which `@`, `=` and a format without a mark mean."""
    return sys.byteorder


def format_characters() -> list[FormatCharacter]:
    """Every format character that this Python has, with its sizes."""
    rows = [FormatCharacter(char, name, _size(f"={char}"), _size(f"@{char}")) for char, name in C_TYPES.items()]
    return [row for row in rows if row.native is not None]


def value_of(text: str) -> int | float | bytes | str:
    """A value as a student writes it: 300, 0x12c, -1, 2.5, or b'hi'; anything else is a str, which struct refuses."""
    text = text.strip()
    for read in (lambda it: int(it, 0), int, float):
        try:
            value: int | float = read(text)
        except ValueError:
            continue
        return value
    if len(text) >= 3 and text[0] == "b" and text[1] == text[-1] and text[1] in "'\"":
        return text[2:-1].encode("utf-8")
    return text


def pack(layout: str, value: str) -> Packed:
    """One value, packed."""
    try:
        size = struct.calcsize(layout)
    except (struct.error, UnicodeEncodeError, ValueError) as error:
        return Packed(error=_raised(error))
    if size > MOST_BYTES:
        return Packed(size=size, too_long=True)
    try:
        data = struct.pack(layout, value_of(value))
    except (struct.error, OverflowError, TypeError) as error:
        return Packed(size=size, error=_raised(error))
    return Packed(size=size, data=data, readings=tuple(_readings(layout, data)))


def _readings(layout: str, data: bytes) -> list[Reading]:
    """Bytes do not say what they are: signed or not, in which order."""
    char = layout[-1:]
    if layout[:-1] not in ("", "@", "=", "<", ">", "!") or char not in WHOLE:
        return []
    native = layout[:-1] in ("", "@")
    # Native sizes may differ from the standard ones: `l` has 8 bytes on most 64-bit Unixes, and `<l` 4.
    same = next(it for it in ("b", "h", "i", "q") if struct.calcsize(f"={it}") == len(data)) if native else char.lower()
    formats = [f"{order}{sign}" for order in "<!" for sign in (same, same.upper())]
    return [Reading(other, str(struct.unpack(other, data)[0])) for other in formats]


def _size(layout: str) -> int | None:
    try:
        return struct.calcsize(layout)
    except struct.error:
        return None


def _raised(error: Exception) -> str:
    """As the last line of its traceback."""
    name = type(error).__qualname__
    module = type(error).__module__
    return f"{name if module == 'builtins' else f'{module}.{name}'}: {error}"
