"""What the arguments of a call say: sizes, flags, bytes. What is none, the original call will say itself."""

from __future__ import annotations

import os

from . import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MISSING: Any = object()
FAR = 1 << 62  # larger sizes do not fit a record's signed field, nor any buffer


def given(first: Any, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a call that has one at least, when it is made rightly."""
    return rest if first is MISSING else (first, *rest)


def pass_on(original: Callable[..., Any], sock: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call as the program wrote it, perhaps without the socket it is a method of."""
    return original(*args, **kwargs) if sock is MISSING else original(sock, *args, **kwargs)


def size_at(args: tuple[Any, ...], index: int) -> int:
    """The size among the arguments of a call, -1 when it is none."""
    value = args[index] if len(args) > index else -1
    return value if type(value) is int and 0 <= value < FAR else -1


def flag_at(args: tuple[Any, ...], index: int) -> int:
    return int(args[index]) if len(args) > index and isinstance(args[index], int) else 0


def listed(args: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """The arguments with the first `count` of them, iterables that can perhaps be walked only once, as lists."""
    return (*map(as_list, args[:count]), *args[count:])


def as_list(argument: Any) -> Any:
    try:
        return list(argument)
    except TypeError:
        return argument


def into(args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, int, int]:
    """(buffer, size, flags) of a receive into a buffer: `nbytes` of 0 means all of it (recv_into in the docs)."""
    buffer = args[0] if args else named.get("buffer", b"")
    size = args[1] if len(args) > 1 else named.get("nbytes", 0)
    flags = args[2] if len(args) > 2 else named.get("flags", 0)
    size = size if type(size) is int and 0 < size < FAR else size_of(buffer)
    return buffer, size, flags if isinstance(flags, int) else 0


def size_of(data: Any) -> int:
    """The bytes in a buffer; -1 for what is none."""
    try:
        with memoryview(data) as view:
            return view.nbytes
    except TypeError:
        return -1


def left_of_file(file: Any, offset: Any, count: Any) -> int:
    """What `sendfile` has to send of a regular file; -1 when it is none (it then gives up)."""
    if type(offset) is not int or type(count or 0) is not int:
        return -1
    try:
        left: int = max(0, os.fstat(file.fileno()).st_size - offset)
    except Exception:  # whatever a file-like object may raise
        return -1
    left = min(left, count or left)
    return left if 0 <= left < FAR else -1


def sizes_of(buffers: Any) -> list[int]:
    """Of each buffer in a list; [-1] when it is none."""
    return [size_of(buffer) for buffer in buffers] if isinstance(buffers, list) else [-1]


def bytes_of(data: Any, count: int) -> bytes:
    """The first `count` bytes of a buffer; of more than READABLE only some."""
    if type(data) is bytes:
        return data if count == len(data) else data[:count]
    with memoryview(data) as view:
        if view.contiguous:
            with view.cast("B") as flat:
                return flat[: min(count, layout.READABLE + 1)].tobytes()
        return view.tobytes()[:count]
