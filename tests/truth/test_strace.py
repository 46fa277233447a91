"""What we record is what strace sees in the same run, whatever a lesson is asked to do. (See also test_lessons.)"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.events import AnyEvent, CallReturned, decoder
from tests.plays import LESSONS, Play, recorded
from tests.truth import any_values, strace


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(play=st.sampled_from(LESSONS).flatmap(any_values.plays))
def test_any_lesson_with_any_values(
    tmp_path: Path, free_port: int, require_tool: Callable[[str], str], play: Play
) -> None:
    require_tool("strace")
    folder = tmp_path / f"trace-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    asked = play.at(free_port)
    strace.perform(folder, asked)
    strace.check(folder, recorded(folder, [asked])[asked])


def by_command_line(folder: Path, lesson: str, values: dict[str, object]) -> list[AnyEvent]:
    """The events of a lesson that is run without a page, under strace; the traces are in the folder."""
    command = [sys.executable, "-m", "web.cli", "run", lesson, "--json"]
    for name, value in values.items():
        text = json.dumps(value) if isinstance(value, list) else str(value)
        command += ["--set", f"{name}={text}"]
    return [decoder.decode(line) for line in strace.run(folder, command).splitlines()]


def test_the_command_line_tells_the_same(tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    values = {"PORT": free_port, "MESSAGES": ["good morning", "先生", ""], "RECV_SIZE": 5}
    events = by_command_line(tmp_path, "sticky", values)
    strace.check(tmp_path, events)


def test_a_difference_is_found(tmp_path: Path, free_port: int, require_tool: Callable[[str], str]) -> None:
    require_tool("strace")
    play = Play("sticky").at(free_port)
    strace.perform(tmp_path, play)
    events = recorded(tmp_path, [play])[play]
    receive = next(it for it in events if isinstance(it, CallReturned) and it.op == "recv" and it.count)
    assert receive.count is not None
    receive.count -= 1
    with pytest.raises(AssertionError):
        strace.check(tmp_path, events)
