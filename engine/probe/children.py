"""Python children come under the probe too.

Forked ones inherit it. Those that are spawned are given it on their command line, at the one place
where CPython's subprocess and multiprocessing spawn. That is the one difference a program could
see: `sys.orig_argv` of the child, and its command line in ps(1).
"""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = re.compile(rb"python(3(\.\d+)?)?")
# Options of the interpreter that take a value of their own, python(1).
VALUED = (b"-W", b"-X")


def install(folder: str, options: Callable[[], list[str]]) -> None:
    """Rewrite the argument lists of Python children; their rings go into `folder` too, with the `options` of then."""
    import _posixsubprocess

    fork_exec, posix_spawn, posix_spawnp = _posixsubprocess.fork_exec, os.posix_spawn, os.posix_spawnp

    def observed_fork_exec(args: Any, *rest: Any) -> int:
        return fork_exec(observed(args, folder, options()), *rest)

    def observed_posix_spawn(path: Any, argv: Any, *args: Any, **kwargs: Any) -> int:
        return posix_spawn(path, observed(argv, folder, options()), *args, **kwargs)

    def observed_posix_spawnp(path: Any, argv: Any, *args: Any, **kwargs: Any) -> int:
        return posix_spawnp(path, observed(argv, folder, options()), *args, **kwargs)

    _posixsubprocess.fork_exec = observed_fork_exec
    os.posix_spawn, os.posix_spawnp = observed_posix_spawn, observed_posix_spawnp


def observed(args: Any, folder: str, options: list[str]) -> Any:
    """`args` with the probe put before the program, if they start a Python program; else `args` itself."""
    try:
        words = [os.fsencode(word) for word in args]
        at = program_at(words) if words and is_python(words[0]) else None
    except TypeError:
        return args  # not a list of words: the original call will say so
    if at is None:
        return args
    main = os.fsencode(os.path.join(HERE, "__main__.py"))
    flag, value = split_flag(words[at])
    program = [flag, value] if value else [flag]
    before = [*words[:at], *split_cluster(words[at])]
    return [*before, main, os.fsencode(folder), *map(os.fsencode, options), *program, *words[at + 1 :]]


def is_python(path: bytes) -> bool:
    """Is this the interpreter we run on, or another of its kind by name?"""
    if PYTHON.fullmatch(os.path.basename(path)):
        return True
    return bool(sys.executable) and path == os.fsencode(sys.executable)


def program_at(words: list[bytes]) -> int | None:
    """The index of the word that names the program: a script, or the option with -c or -m. None if none is named."""
    at = 1
    while at < len(words):
        word = words[at]
        if word in VALUED:
            at += 2
        elif word[:2] in VALUED or word[:2] == b"--":
            at += 1
        elif word[:1] == b"-" and word != b"-":
            if re.match(rb"-[A-Za-z]*?[cm]", word):
                return at
            at += 1
        else:
            return at if is_script(word) else None
    return None


def is_script(word: bytes) -> bool:
    """A plain file of source; folders and archives are run in ways of their own."""
    return word != b"-" and not os.path.isdir(word) and not word.endswith((b".zip", b".pyz", b".pyc"))


def split_flag(word: bytes) -> tuple[bytes, bytes]:
    """`-c` or `-m` and the value glued to it: b"-Bccode" → (b"-c", b"code"); a script as it is."""
    match = re.match(rb"-[A-Za-z]*?([cm])(.*)", word, re.DOTALL) if word[:1] == b"-" else None
    return (b"-" + match[1], match[2]) if match else (word, b"")


def split_cluster(word: bytes) -> list[bytes]:
    """The options in front of a glued -c or -m: b"-Bc" → [b"-B"]."""
    match = re.match(rb"-([A-Za-z]*?)[cm]", word) if word[:1] == b"-" else None
    return [b"-" + match[1]] if match and match[1] else []
