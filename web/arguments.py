"""How what stands on the command line is read, and what is said of a mistake in it, in the user's language."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from typing import TypeVar

from engine.messages import Lang, render

T = TypeVar("T")

NAME = re.compile(r"\{(\w+)\}")

ARGPARSE = {
    "usage: ": "usage",
    "%(prog)s: error: %(message)s\n": "error",
    "argument %(argument_name)s: %(message)s": "argument",
    "the following arguments are required: %s": "required",
    "unrecognized arguments: %s": "unrecognized",
    "expected one argument": "one_value",
    "ignored explicit argument %r": "no_value",
    "ambiguous option: %(option)s could match %(matches)s": "ambiguous",
    "invalid choice: %(value)r (choose from %(choices)s)": "choice",
}
"""The words of argparse itself that a user may meet, and their names in our catalogs."""


def speak(lang: Lang) -> None:
    """Let argparse use our words. It looks them up with gettext, which knows only compiled catalogs: here are ours."""
    words = {text: NAME.sub(r"%(\1)s", render(lang, f"cli.argparse_{name}")) for text, name in ARGPARSE.items()}
    argparse._ = lambda text: words.get(text, text)  # type: ignore[attr-defined]


def reader(read: Callable[[str], T], lang: Lang, expected: str) -> Callable[[str], T]:
    """`read`; the message `expected` says in the user's language what a text should have been."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(render(lang, expected, {"text": text})) from None

    return checked


def whole(lang: Lang) -> Callable[[str], int]:
    """Reads a whole number."""
    return reader(int, lang, "cli.not_whole")


def between(least: int, most: int, lang: Lang) -> Callable[[str], int]:
    """Reads a whole number of that range."""

    def read(text: str) -> int:
        number = whole(lang)(text)
        if not least <= number <= most:
            words = render(lang, "cli.not_between", {"text": text, "least": least, "most": most})
            raise argparse.ArgumentTypeError(words)
        return number

    return read


def seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:  # not a number is in no range
        raise ValueError(text)
    return number


def setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(text)
    return name, value
