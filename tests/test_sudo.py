"""`--sudo`, with the real sudo(8) and a user who may do nothing but call the helper."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.events import RunEnded, RunStarted, SegmentCaptured, decoder
from engine.packet_sockets import HELPER
from tests import unprivileged
from tests.conftest import missing

BIND = 'mount --bind "$0" /etc/sudoers.d && exec "$@"'


@pytest.fixture
def home() -> Iterator[Path]:
    with unprivileged.home() as folder:
        yield folder


@pytest.fixture
def allowed(tmp_path: Path, home: Path, require_tool: Callable[[str], str]) -> list[str]:
    """A command that runs others where the user may call the helper; the machine's own sudoers(5) stays as it is."""
    require_tool("sudo")
    rules = tmp_path / "sudoers.d"
    rules.mkdir()
    command = f"{unprivileged.reachable_python()} -I {HELPER} {home}/*"
    (rules / "helper").write_text(f"#{unprivileged.NOBODY} ALL=(root) NOPASSWD: {command}\n")
    (rules / "helper").chmod(0o440)
    before = ["unshare", "--mount", "sh", "-c", BIND, str(rules)]
    if subprocess.run([*before, "true"], check=False, capture_output=True).returncode != 0:
        missing("the right to mount in a namespace of one's own", "nothing to install, see mount_namespaces(7)")
    return before


def test_an_unprivileged_run_captures_on_the_machines_loopback(allowed: list[str], home: Path, free_port: int) -> None:
    options = ["--sudo", "--data", str(home), "--json", "--set", f"PORT={free_port}"]
    done = unprivileged.run(home, "-m", "web.cli", "run", "sticky", *options, before=allowed)
    assert done.returncode == 0, done.stderr
    first, *events = [decoder.decode(line) for line in done.stdout.splitlines()]
    assert isinstance(first, RunStarted)
    assert (first.segments, first.network) == ("measured", "machine")
    segments = [event for event in events if isinstance(event, SegmentCaptured)]
    assert segments[0].flags == "SYN"
    assert len(segments) >= 8
    assert isinstance(events[-1], RunEnded)
    assert events[-1].lost == 0


def test_the_doctor_tries_it(allowed: list[str], home: Path) -> None:
    answers = doctor(home, allowed)
    assert answers["capturing on lo"].startswith("yes")
    assert answers["segments on the wire"].endswith("captured on the machine's own loopback")


def test_the_doctor_says_that_sudo_refused(home: Path, require_tool: Callable[[str], str]) -> None:
    require_tool("sudo")
    answers = doctor(home, [])
    assert answers["capturing on lo"] == "no: capture_helper.py could not be started: exit code 1"
    assert answers["recording calls"].startswith("yes")


def doctor(home: Path, before: list[str]) -> dict[str, str]:
    """What it answers to each question: yes or no, and why."""
    done = unprivileged.run(home, "-m", "web.cli", "doctor", "--sudo", "--lang", "en", before=before)
    assert done.returncode == 0, done.stderr
    split = [(line[:4].strip(), *line[4:].partition(": ")) for line in done.stdout.splitlines()]
    return {question: f"{word}: {reason}" for word, question, _, reason in split}
