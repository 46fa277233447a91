"""The struct table is Python's own struct: bytes, sizes, errors."""

from __future__ import annotations

import asyncio
import string
import struct
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.dashboard import FakePlayground
from web.app import create_app
from web.settings import Settings
from web.struct_table import MOST_BYTES, format_characters, pack, value_of


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


def ask(data: Path, path: str, **query: str) -> httpx.Response:
    settings = Settings(port=8765, token="the token")
    app = create_app(FakePlayground(data), settings)

    async def scene() -> httpx.Response:
        origin, cookies = "http://127.0.0.1:8765", {settings.cookie: settings.token}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin, cookies=cookies) as http:
            return await http.get(path, params=query)

    return asyncio.run(scene())


def test_the_page_asks_for_the_bytes_of_a_value(tmp_path: Path) -> None:
    answer: dict[str, Any] = ask(tmp_path, "/api/struct", format="!I", value="300").json()
    assert (answer["bytes"], answer["size"], answer["error"]) == ("0000012c", 4, None)
    assert {"format": "<I", "value": "738263040"} in answer["readings"]
    refused = ask(tmp_path, "/api/struct", format="!I", value="-1").json()
    assert refused["bytes"] is None
    assert refused["error"].startswith("struct.error: ")


def test_what_is_too_long_to_be_meant_is_a_bad_request(tmp_path: Path) -> None:
    for query in ({"format": "I" * 21, "value": "1"}, {"format": "I", "value": "1" * 61}, {"format": "I"}):
        answer = ask(tmp_path, "/api/struct", **query)
        assert (answer.status_code, answer.json()["error"]["key"]) == (422, "error.bad_request")


def test_the_page_asks_for_all_formats(tmp_path: Path) -> None:
    answer = ask(tmp_path, "/api/struct/formats").json()
    assert answer["byte_order"] == sys.byteorder
    sizes = {row["char"]: (row["standard"], row["native"]) for row in answer["formats"]}
    assert sizes["i"] == (4, struct.calcsize("i"))
    assert sizes["n"] == (None, struct.calcsize("n"))
