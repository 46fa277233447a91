"""Calls that are wrong in themselves end as without the probe: the same exception, with the same words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.run import PROBE

PROGRAM = """
import _socket, itertools, socket, ssl

def tried(name, what, call):
    try:
        outcome = repr(call())
    except Exception as error:
        outcome = f"{type(error)} {error} {type(error.__context__)}"
    print(name, what, outcome.replace(hex(id(plain)), "…"))

a, b = socket.socketpair()
plain = _socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0)
made = socket.socket.__new__(socket.socket)
NAMES = '''__init__ __new__ accept bind close connect connect_ex detach dup fileno getsockname listen makefile recv
recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall sendfile sendmsg sendto setblocking setsockopt
settimeout shutdown'''.split()
WRONG = [(), (5,), (5, 5), ("x",), (b"x", "x"), (None, None, None), (5, 5, 5, 5, 5, 5)]
NAMED = ("bufsize=1", "self=a", "buffer=5", "data=b'x'", "sock=1, flags=0")
for name in NAMES:
    method = getattr(socket.socket, name)
    for args in [*WRONG, (plain,), (plain, 5), (plain, 5, 5), (a, "wrong", "wrong", "wrong", "wrong", "wrong")]:
        tried(name, args[1:], lambda: method(*args))
    for named in NAMED:
        tried(name, named, lambda: eval(f"socket.socket.{name}({named})"))
        tried(name, named, lambda: eval(f"made.{name}({named})"))
with open(__file__, "rb") as file:
    for args in [(-1,), ("x",), (0.5,), (1 << 80,), (-1 << 80,), (0, 0.5), (0, "2"), (0, -1), (0, 1 << 80)]:
        tried("sendfile", args, lambda: a.sendfile(file, *args))
        tried("sendfile", args, lambda: made.sendfile(file, *args))
for name in ("read", "write", "send", "recv", "recv_into", "sendall"):
    for args in WRONG:
        tried("SSL " + name, args, lambda: getattr(ssl.SSLSocket, name)(*args))
for name in NAMES:
    print(name, getattr(socket.socket, name).__name__, getattr(socket.socket, name).__qualname__)
plain.close()
"""


def outcome(folder: Path, *probe: str) -> list[str]:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-W", "ignore", *probe, str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def test_a_wrong_call_has_the_same_exception_and_words(tmp_path: Path) -> None:
    rings = tmp_path / "rings"
    rings.mkdir()
    bare = outcome(tmp_path)
    assert any("'recv' for '_socket.socket' objects doesn't apply" in line for line in bare)
    assert outcome(tmp_path, str(PROBE), str(rings)) == bare
