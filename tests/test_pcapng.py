"""The blocks of a pcapng file, read back by the letter of the format."""

from __future__ import annotations

import io
import struct
from typing import NamedTuple

import msgspec

from engine.export.pcapng import block, text, write

BEGAN = 1_700_000_000_123_456_789


class Frame(msgspec.Struct):
    t: int
    wire_length: int
    frame: bytes


class Block(NamedTuple):
    kind: int
    body: bytes
    options: list[tuple[int, bytes]]


FIXED = {0x0A0D0D0A: 16, 1: 8, 5: 12}


def blocks(data: bytes) -> list[Block]:
    found = []
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, length - 4) == (length,)
        content, data = data[8 : length - 4], data[length:]
        fixed = FIXED.get(kind) or 20 + -(-struct.unpack_from("<I", content, 12)[0] // 4) * 4
        found.append(Block(kind, content[:fixed], list(options(content[fixed:]))))
    return found


def options(data: bytes) -> list[tuple[int, bytes]]:
    found = []
    while data:
        number, length = struct.unpack_from("<HH", data)
        found.append((number, data[4 : 4 + length]))
        data = data[4 + -(-length // 4) * 4 :]
    assert not found or found.pop() == (0, b"")
    return found


def written(frames: list[Frame], comments: dict[int, str], dropped: int = 0) -> list[Block]:
    file = io.BytesIO()
    write(file, frames, lambda it: comments.get(it.t, ""), began_at=BEGAN, snaplen=190, dropped=dropped)
    return blocks(file.getvalue())


def when(high_low: bytes) -> int:
    high, low = struct.unpack("<II", high_low)
    return int(high) << 32 | int(low)


def test_a_file_of_two_packets() -> None:
    frames = [Frame(5, 60, b"a" * 60), Frame(1_000_000_007, 65_000, b"b" * 190)]
    section, interface, first, second, statistics = written(frames, {5: "send 1：整条消息"}, dropped=3)
    assert section.body == struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    assert interface.body == struct.pack("<HHI", 1, 0, 190)
    assert interface.options == [(2, b"lo"), (9, b"\x09")]
    assert first.kind == second.kind == 6
    assert (when(first.body[4:12]), when(second.body[4:12])) == (BEGAN + 5, BEGAN + 1_000_000_007)
    assert struct.unpack("<II", first.body[12:20]) == (60, 60)
    assert struct.unpack("<II", second.body[12:20]) == (190, 65_000)
    assert second.body[20:] == b"b" * 190 + b"\0\0"
    assert [(number, value.decode()) for number, value in first.options] == [(1, "send 1：整条消息")]
    assert second.options == []
    assert statistics.kind == 5
    assert dict(statistics.options)[4] == struct.pack("<Q", 5)
    assert dict(statistics.options)[5] == struct.pack("<Q", 3)
    assert when(dict(statistics.options)[2]) == BEGAN
    assert when(dict(statistics.options)[3]) == BEGAN + 1_000_000_007


def test_a_run_without_packets_is_a_whole_file() -> None:
    assert [it.kind for it in written([], {})] == [0x0A0D0D0A, 1, 5]


def test_a_comment_longer_than_an_option_can_be_is_cut_between_characters() -> None:
    (_, comment), *_ = options(text(1, "字" * 30_000) + bytes(4))
    assert comment.decode() == "字" * (0xFFFF // 3)


def test_a_block_without_options_has_no_end_of_options() -> None:
    assert block(6, b"1234", []) == struct.pack("<II4sI", 6, 16, b"1234", 16)
