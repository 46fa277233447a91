"""A program prints the same, and is told the same of its streams, with and without the probe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.run import PROBE

PROGRAM = """
import io, os, signal, sys

def tried(call, *args, **named):
    try:
        return call(*args, **named)
    except Exception as error:
        return type(error), str(error), type(error.__context__)

print("a", 1, end="")
print("b", flush=True)
print("汉字", sep="", file=sys.stderr)
sys.stdout.buffer.write(b"past the text layer\\n")
sys.stdout.flush()
os.write(1, b"past it all\\n")
sys.stdout.writelines(["x\\r", "y\\n", "z"])
for wrong in (5, None, b"bytes"):
    print(tried(sys.stdout.write, wrong))
print(tried(sys.stdout.write, "\\ud800"), tried(sys.stderr.write, "\\ud800\\n"))
signal.signal(signal.SIGALRM, lambda *_: print("alarm"))
signal.raise_signal(signal.SIGALRM)
for stream in (sys.stdin, sys.stdout, sys.stderr, sys.__stdout__):
    print(type(stream).__name__, type(stream).__module__, isinstance(stream, io.TextIOWrapper))
    print(stream.name, stream.mode, stream.encoding, stream.errors, stream.newlines, stream.fileno(), stream.isatty())
    print(stream.closed, stream.readable(), stream.writable(), stream.seekable(), repr(stream))
print(sys.stdout is sys.__stdout__, type(sys.stdout.buffer), type(sys.stdout.buffer.raw))
sys.stdout.reconfigure(encoding="latin-1", errors="replace")
print("é汉")
kept = sys.stdout
sys.stdout = io.StringIO()
print("nobody reads this")
sys.stdout = kept
sys.stdout.flush()
if os.fork() == 0:
    print("child", flush=True)
    sys.exit()
os.wait()
sys.stdout.write("no newline at the end")
read, write = os.pipe()
os.close(read)
os.dup2(write, 2)
print(tried(print, "into a broken pipe", file=sys.stderr, flush=True))
"""


def outcome(folder: Path, *probe: str) -> tuple[int, bytes, bytes]:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-W", "ignore", *probe, str(program)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, env={"PYTHONIOENCODING": "utf-8"})
    return done.returncode, done.stdout, done.stderr


def test_it_does_the_same(tmp_path: Path) -> None:
    rings = tmp_path / "rings"
    rings.mkdir()
    bare = outcome(tmp_path)
    assert b"BrokenPipeError" in bare[1]
    seen = outcome(tmp_path, str(PROBE), str(rings))
    assert [seen[0], *seen[1].splitlines(), *seen[2].splitlines()] == [
        bare[0],
        *bare[1].splitlines(),
        *bare[2].splitlines(),
    ]
