"""The struct table is Python's own struct: bytes, sizes, errors."""

from __future__ import annotations

import string
import struct
import sys

import pytest

from engine.struct_table import MOST_BYTES, format_characters, pack, value_of


@pytest.mark.parametrize(
    ("layout", "value", "made"),
    [
        ("!I", "300", "0000012c"),
        ("<i", "300", "2c010000"),
        ("!h", "-1", "ffff"),
        ("!I", "0x12c", "0000012c"),
        ("<d", "2.5", "0000000000000440"),
        ("4s", "b'hi'", "68690000"),
    ],
)
def test_a_value_becomes_the_bytes_that_struct_makes(layout: str, value: str, made: str) -> None:
    packed = pack(layout, value)
    assert (packed.data, packed.error) == (bytes.fromhex(made), None)
    assert packed.size == len(made) // 2


def test_native_order_is_that_of_this_machine() -> None:
    assert pack("i", "300").data == (300).to_bytes(4, sys.byteorder)


@pytest.mark.parametrize(
    ("layout", "value"),
    [
        ("!I", "-1"),
        ("B", "256"),
        ("i", "2147483648"),
        ("!f", "1e39"),
        ("i", "2.5"),
        ("i", "ten"),
        ("!IH", "1"),
        ("s", "1"),
    ],
)
def test_an_error_is_the_one_python_raises(layout: str, value: str) -> None:
    with pytest.raises((struct.error, OverflowError)) as raised:
        struct.pack(layout, value_of(value))
    packed = pack(layout, value)
    assert packed.data is None
    assert packed.error is not None
    assert packed.error.partition(": ") == (packed.error.split(": ")[0], ": ", str(raised.value))
    assert packed.error.split(": ")[0] in ("struct.error", "OverflowError")


@pytest.mark.parametrize("layout", ["k", "!!", "五", "I" * 3 + "\0", "!n"])
def test_what_is_no_format_is_an_error_and_has_no_size(layout: str) -> None:
    packed = pack(layout, "1")
    assert (packed.size, packed.data) == (None, None)
    assert packed.error


@pytest.mark.parametrize("layout", ["99999999999999s", f"{MOST_BYTES + 1}s", "99999999999999999999s"])
def test_many_bytes_are_not_made(layout: str) -> None:
    packed = pack(layout, "b'x'")
    assert packed.data is None
    assert packed.too_long or packed.error


def test_the_same_bytes_are_other_numbers_to_other_formats() -> None:
    readings = {it.format: it.value for it in pack("!i", "-2").readings}
    assert readings == {"<i": "-16777217", "<I": "4278190079", "!i": "-2", "!I": "4294967294"}
    assert pack("!f", "1").readings == ()


def test_a_native_long_is_read_by_a_format_of_its_size() -> None:
    long = struct.calcsize("l")
    assert {struct.calcsize(it.format) for it in pack("l", "-1").readings} == {long}


def test_every_format_character_of_this_python_is_in_the_table_with_its_sizes() -> None:
    def size(layout: str) -> int | None:
        try:
            return struct.calcsize(layout)
        except struct.error:
            return None

    every = {char: size(f"@{char}") for char in string.ascii_letters + "?"}
    rows = format_characters()
    assert {it.char: it.native for it in rows} == {char: of for char, of in every.items() if of is not None}
    assert {it.char: it.standard for it in rows} == {it.char: size(f"={it.char}") for it in rows}
