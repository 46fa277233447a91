"""What we record is what strace sees in the same run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events import AnyEvent, CallReturned, CallStarted, ProcessStarted, WatchChanged, decoder
from engine.lesson import SCENARIOS, load_lessons
from tests.truth import strace


def record(tmp_path: Path, lesson: str, values: dict[str, object]) -> tuple[Path, list[AnyEvent]]:
    """Run a lesson headless under strace; the folder of traces and the events."""
    folder = tmp_path / f"trace-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    command = [sys.executable, "-m", "web.cli", "run", lesson, "--json"]
    for name, value in values.items():
        text = json.dumps(value) if isinstance(value, list) else str(value)
        command += ["--set", f"{name}={text}"]
    output = strace.run(folder, command)
    return folder, [decoder.decode(line) for line in output.splitlines()]


def check(folder: Path, events: list[AnyEvent]) -> None:
    processes = [event for event in events if isinstance(event, ProcessStarted)]
    assert processes
    for process in processes:
        kinds = (CallReturned, CallStarted, WatchChanged)
        ours = [it for it in events if isinstance(it, kinds) and it.process == process.process]
        assert ours
        strace.compare(ours, strace.read(folder, process.pid))


@pytest.mark.parametrize("lesson", load_lessons([SCENARIOS]).lessons)
def test_a_lesson_as_it_comes(lesson: str, tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    check(*record(tmp_path, lesson, {"PORT": free_port}))


@pytest.mark.parametrize(
    ("lesson", "values"),
    [
        ("split", {"FIXED": True, "RECV_SIZE": 1}),
        ("partial-send", {"BLOCKING": True}),
        ("udp-limits", {"RECV_SIZE": 1024, "RCVBUF": 100000}),
        ("reset", {"UNREAD": False}),
        ("reset", {"UNREAD": False, "LINGER": True}),
        ("reset", {"KILL": True}),
    ],
)
def test_a_lesson_with_its_switches(
    lesson: str, values: dict[str, object], tmp_path: Path, free_port: int, require_tool: Callable[[str], str]
) -> None:
    require_tool("strace")
    check(*record(tmp_path, lesson, {"PORT": free_port, **values}))


messages = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40), min_size=1, max_size=8)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=messages, recv_size=st.integers(1, 64), nodelay=st.booleans(), late=st.sampled_from([0, 0.3]))
def test_sticky_with_any_messages_and_sizes(
    tmp_path: Path,
    free_port: int,
    require_tool: Callable[[str], str],
    messages: list[str],
    recv_size: int,
    nodelay: bool,
    late: float,
) -> None:
    require_tool("strace")
    values = {
        "PORT": free_port,
        "MESSAGES": messages,
        "RECV_SIZE": recv_size,
        "NODELAY": nodelay,
        "READ_DELAY": late,
    }
    check(*record(tmp_path, "sticky", values))


def test_a_difference_is_found(tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    folder, events = record(tmp_path, "sticky", {"PORT": free_port})
    receive = next(it for it in events if isinstance(it, CallReturned) and it.op == "recv" and it.count)
    assert receive.count is not None
    receive.count -= 1
    with pytest.raises(AssertionError):
        check(folder, events)
