"""Python children come under the probe too, and so does what a Python program becomes by exec.

Forked ones inherit it. Those that are spawned are given it on their command line, at the one place
where CPython's subprocess and multiprocessing spawn, and where `os.exec…` ends. That is the one
difference a program could see: `sys.orig_argv` of the child, and its command line in ps(1).
"""

from __future__ import annotations

import os
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .ring import Ring

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = re.compile(rb"python(3(\.\d+)?)?")
# Options of the interpreter that take a value of their own, python(1).
VALUED = (b"-W", b"-X")
MAIN = os.fsencode(os.path.join(HERE, "__main__.py"))


def install(ring: Ring, options: Callable[[], list[str]], before_exec: Callable[[], None]) -> None:
    """Rewrite the argument lists of Python children; their rings go into the same folder, with the `options` of then.

    `before_exec` is called when the process is about to become another program, if it can.
    """
    import _posixsubprocess

    def child(args: Any, path: Any = None) -> Any:
        # Named here, as a parent may have ended before its child comes to ask for it.
        return observed(args, ring.folder, [*options(), f"--parent={os.getpid()}"], path)

    def successor(args: Any, path: Any) -> Any:
        before_exec()
        parent, descriptors = f"--parent={ring.parent}", f"--open={inheritable_descriptors()}"
        return observed(args, ring.folder, [*options(), parent, descriptors], path)

    def replace(module: Any, name: str, rewrite: Callable[[Any, Any], Any], first: int) -> None:
        """Put a function in the place of `name` that rewrites its argument number `first`, a list of words."""
        original = getattr(module, name)

        def observed_call(*args: Any, **kwargs: Any) -> Any:
            if len(args) > first:
                words = rewrite(args[first], args[0] if first else None)
                args = (*args[:first], words, *args[first + 1 :])
            return original(*args, **kwargs)

        observed_call.__name__ = observed_call.__qualname__ = name
        observed_call.__doc__ = original.__doc__
        setattr(module, name, observed_call)

    replace(_posixsubprocess, "fork_exec", child, 0)
    for name in ("posix_spawn", "posix_spawnp"):
        replace(os, name, child, 1)
    for name in ("execv", "execve"):  # all others of os call one of these
        replace(os, name, successor, 1)


def inheritable_descriptors() -> str:
    """Those that stay open when the process becomes another program, with commas between them."""
    return ",".join(name for name in listed("/dev/fd") if is_inheritable(int(name)))


def listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def is_inheritable(fd: int) -> bool:
    try:
        return os.get_inheritable(fd)
    except OSError:  # the one that was open to list them
        return False


def observed(args: Any, folder: str, options: list[str], path: Any = None) -> Any:
    """`args` with the probe put before the program, if they start a Python program; else `args` itself.

    `path` is the file that is executed, when it is not the first word.
    """
    try:
        words = [os.fsencode(word) for word in args]
        at = program_at(words) if words and is_python(words[0] if path is None else os.fsencode(path)) else None
    except TypeError:
        return args  # not a list of words: the original call will say so
    if at is None:
        return args
    if words[at] == MAIN:  # a program that starts itself again by `sys.orig_argv`
        del words[at : at + 2]
        while words[at : at + 1] and words[at].startswith(b"--"):
            del words[at]
        return [*words[:at], MAIN, os.fsencode(folder), *map(os.fsencode, options), *words[at:]]
    flag, value = split_flag(words[at])
    program = [flag, value] if value else [flag]
    before = [*words[:at], *split_cluster(words[at])]
    return [*before, MAIN, os.fsencode(folder), *map(os.fsencode, options), *program, *words[at + 1 :]]


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
