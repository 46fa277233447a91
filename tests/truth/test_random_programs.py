"""Programs nobody thought of do the same with and without the probe, and every call of theirs is on the record."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from ast import literal_eval
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.observe.rings import RingReader
from engine.probe import layout
from engine.records import CallRecord
from engine.run import PROBE
from tests.truth.random_programs import NEW, SOCKETS, Step, program, script

ATTEMPTS = 4
"""What a busy machine changes (a segment that comes after a time limit) is not the same twice; what the probe
changes is."""

Outcome = tuple[int, list[str], list[str]]


def run(command: Sequence[str], folder: Path) -> Outcome:
    """Exit status, lines of output, lines of errors."""
    done = subprocess.run(
        [sys.executable, "-W", "always", *command], capture_output=True, text=True, cwd=folder, timeout=60, check=False
    )
    return done.returncode, done.stdout.splitlines(), without_probe(done.stderr.replace(str(folder), "")).splitlines()


def without_probe(errors: str) -> str:
    """Tracebacks without the probe's frames, each a line of place and some, indented more, of source."""
    return re.sub(rf'  File "{re.escape(str(PROBE.parent))}.*\n(    .*\n)*', "", errors)


def compare(text: str) -> tuple[list[str], list[CallRecord]]:
    """Run the script both ways; the outcomes must be the same. Its output, and its records under the probe."""
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as scratch:
            here, there, rings = (Path(scratch) / name for name in ("bare", "seen", "rings"))
            for folder in (here, there, rings):
                folder.mkdir()
            for folder in (here, there):
                (folder / "program.py").write_text(text)
            bare = run(["program.py"], here)
            seen = run([str(PROBE), str(rings), "program.py"], there)
            if bare == seen:
                assert bare[0] == 0, bare[2]
                return bare[1], read(rings)
    status, lines, errors = seen
    assert [*lines, *errors, status] == [*bare[1], *bare[2], bare[0]]
    raise AssertionError


def read(rings: Path) -> list[CallRecord]:
    (ring,) = rings.glob("*.ring")
    reader = RingReader(ring, "p", 0)
    records = reader.finish()
    reader.close()
    assert reader.lost == 0
    return records


STEP = re.compile(r"\s*step\('(\S+)', lambda: (\w+)\.(\w+)\((?!.*(?:getsockname|fileno)\()")
"""A call whose arguments cannot fail before it is made."""
RECORDED = set(layout.OPS) - {"sendfile"}  # which makes other calls, of which one or more are recorded
POLLERS = {
    ("select", "select"): "select",
    ("poll", "poll"): "poll",
    ("epoll", "poll"): "epoll_wait",
    **{(kind, name): f"{kind}_{name}" for kind in ("poll", "epoll") for name in ("register", "modify", "unregister")},
}
PLAIN = set(SOCKETS) - set(NEW)  # the others may be objects of the program's own class


def check_records(text: str, output: Sequence[str], records: Sequence[CallRecord]) -> int:
    """Every call on a socket has one record, with its outcome; returns how many there were."""
    outcomes = dict(line.split(" ", 1) for line in output)
    checked = 0
    for number, line in enumerate(text.splitlines(), 1):
        match = STEP.match(line)
        if match is None:
            continue
        op = POLLERS.get((match[2], match[3]), match[3] if match[2] in PLAIN and match[3] in RECORDED else None)
        if op is None:
            continue
        outcome = outcomes[match[1]]
        if "positional argument" in outcome:
            continue  # it never was a call
        found = [it for it in records if it.line == number and it.op == op]
        assert len(found) == 1, (line, outcome, found)
        record = found[0]
        assert record.failed == outcome.startswith("<class"), (line, outcome, record)
        if record.failed:
            assert f".{record.texts[0]}'>" in outcome.replace("<class '", "."), (line, outcome, record)
        elif op in ("poll", "epoll_wait"):
            assert record.polled is not None
            reported = [fd for fd, _ in record.polled.ready or ()]
            assert reported == [fd for fd, _ in literal_eval(outcome)], (line, record)
        elif record.count is not None and outcome != "None":
            assert record.count == moved(literal_eval(re.sub(r"\bport\d+\b", "0", outcome))), (line, outcome, record)
        checked += 1
    return checked


def moved(result: object) -> int:
    """The bytes that a call with this result moved: a count, the bytes, or a tuple that begins with them."""
    first = result[0] if isinstance(result, tuple) else result
    assert isinstance(first, int | bytes)
    return first if isinstance(first, int) else len(first)


# A difference names the step that made it, so there is no need to look for a shorter program.
@settings(max_examples=60, phases=(Phase.reuse, Phase.generate), suppress_health_check=list(HealthCheck))
@given(programs=st.lists(program, min_size=4, max_size=12))
def test_any_program_does_the_same_under_the_probe(programs: list[list[Step]]) -> None:
    text = script(programs)
    check_records(text, *compare(text))


def test_a_changed_result_is_found() -> None:
    text = script([[(None, "client.send(b'hello')")]]).replace(
        "b'hello'", "b'x' * (5 + ('_socket_playground_probe' in sys.modules))"
    )
    with pytest.raises(AssertionError, match=r"0\.0 6"):
        compare(text)


def test_a_call_that_is_not_recorded_is_found() -> None:
    text = script([[(None, "client.send(b'hello')"), (None, "conn.recv(3)")]])
    output, records = compare(text)
    assert check_records(text, output, records) == 2
    with pytest.raises(AssertionError, match=r"conn\.recv"):
        check_records(text, output, [it for it in records if it.op != "recv"])
