"""The words: reads the catalogs and fills sentences in.

A message holds `{name}` for arguments and `*…*` around what is to be emphasised; emphasis does
not nest. An argument whose name ends in `_ns` is a duration in nanoseconds and is written for the
reader. A message with a plural takes its form from the argument `n`. `static/js/messages.js` has
the same rules; tests/fixtures/messages.json, written from here, holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, get_args

from babel.messages.pofile import read_po


class Part(Protocol):
    """A short message inside another one, as an `events.Caption` is."""

    @property
    def key(self) -> str: ...

    @property
    def args(self) -> Mapping[str, object]: ...


Lang = Literal["zh", "en"]
Message = str | list[str]

LANGS: tuple[Lang, ...] = get_args(Lang)
LOCALE = Path(__file__).parent / "locale"

_ARGUMENT = re.compile(r"\{(\w+)\}")
_UNITS = (("s", 1_000_000_000, 100), ("ms", 1_000_000, 100), ("µs", 1_000, 10))


@cache
def messages(lang: Lang) -> dict[str, Message]:
    """The whole catalog of a language: key → text, or [one, other] where it has a plural.

    A language without plural forms (zh) gives plain texts. Do not change the dict: it is shared.
    """
    found: dict[str, Message] = {}
    for path in sorted((LOCALE / lang).glob("*.po")):
        found.update(_read(path))
    return found


def _read(path: Path) -> Iterator[tuple[str, Message]]:
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    for message in catalog:
        if not message.id:
            continue
        if isinstance(message.id, str):
            yield message.id, str(message.string)
        else:
            forms = [str(form) for form in message.string or ()]
            yield message.id[0], forms if len(forms) > 1 else forms[0]


def render(lang: Lang, key: str, args: Mapping[str, object] | None = None) -> str:
    """The sentence as plain text. A key without a message is shown as itself, so that it is seen."""
    return "".join(text for text, _ in spans(lang, key, args))


def spans(
    lang: Lang, key: str, args: Mapping[str, object] | None = None, parts: Sequence[Part] = ()
) -> list[tuple[str, bool]]:
    """The sentence as (text, emphasised) pieces, none of them empty. The texts of `parts` stand for `{parts}`."""
    args = args or {}
    if parts:
        args = {"parts": render(lang, "caption.between").join(render(lang, it.key, it.args) for it in parts), **args}
    return fill(messages(lang).get(key, key), args)


def fill(message: Message, args: Mapping[str, object]) -> list[tuple[str, bool]]:
    """A message with its arguments, as (text, emphasised) pieces. An unknown `{name}` stays as it is.

    The message is cut at its `*` before the arguments go in: a `*` in a program's data is data.
    """
    if isinstance(message, list):
        message = message[0 if args.get("n") == 1 else 1]
    pieces = enumerate(message.split("*"))
    filled = ((_ARGUMENT.sub(lambda name: _argument(name, args), text), i % 2 == 1) for i, text in pieces)
    return [(text, emphasised) for text, emphasised in filled if text]


def _argument(match: re.Match[str], args: Mapping[str, object]) -> str:
    name = match[1]
    if name not in args:
        return match[0]
    value = args[name]
    if name.endswith("_ns") and isinstance(value, int):
        return duration(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def duration(ns: int) -> str:
    """A duration for the reader, two or three digits that mean something: 850 ns, 61 µs, 12.3 ms, 2.3 s.

    Whole above 10 µs, 100 ms and 100 s, else to a tenth. Rounds half up, in integers, so that
    JavaScript comes to the same digits.
    """
    if ns < 0:
        return "−" + duration(-ns)
    for unit, size, whole_from in _UNITS:
        if ns >= size:
            return f"{_rounded(ns, size, whole=ns >= whole_from * size)} {unit}"
    return f"{ns} ns"


def _rounded(ns: int, size: int, *, whole: bool) -> str:
    if whole:
        return str((ns + size // 2) // size)
    tenths = (ns * 10 + size // 2) // size
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
