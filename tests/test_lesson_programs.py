"""The programs of chapters 1, 3, 4 and 5 by themselves, as a student would run them, bad cases and all."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.lesson import SCENARIOS, Lesson, load_lessons
from tests.lesson_stories import STORIES, Story
from tests.test_scenarios import TIMEOUT, wait_until_reachable

SHELF = load_lessons([SCENARIOS])
LESSONS = sorted({story.lesson for story in STORIES})
ELSEWHERE = {
    *("hello", "sticky", "tcp-and-udp", "udp-limits", "split", "partial-send", "reset"),
    *("dialogue", "blocking", "goodbye", "backlog", "nagle-and-delayed-ack"),
}
"""Lessons whose programs are run by themselves in test_scenarios, and in test_lesson_runs."""


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_programs_by_themselves(story: Story, free_port: int, tmp_path: Path) -> None:
    lesson = SHELF.lessons[story.lesson]
    values = {"PORT": free_port, **story.values}
    with contextlib.ExitStack() as stack:
        processes = start(stack, lesson, story, values, tmp_path)
        clients = [name for name, process in processes.items() if name.startswith("client")]
        ends = {name: end(processes[name], story.typed) for name in clients if name not in story.stopped}
        for name in story.stopped:
            assert processes[name].poll() is None, name
            processes[name].kill()
        ends |= {name: end(processes[name]) for name in processes.keys() - ends.keys()}
    for name, (said, error) in ends.items():
        program = name.partition("-")[0]
        assert re.fullmatch(story.says.get(program, "(?s).*"), said), (name, said, error)
        if program in story.stopped or (story.cut_off and program == "client"):
            continue
        assert (processes[name].returncode != 0) == (program in story.error), (name, said, error)
        assert re.match(story.error.get(program, "$"), error), (name, said, error)


def start(
    stack: contextlib.ExitStack, lesson: Lesson, story: Story, values: Mapping[str, object], folder: Path
) -> dict[str, subprocess.Popen[str]]:
    """Each program in a terminal of its own; the server first, and the clients when it listens."""
    processes: dict[str, subprocess.Popen[str]] = {}
    for program in lesson.render(values, story.variant):
        (folder / program.file).write_text(program.text, encoding="utf-8")
        for number in range(lesson.counts(values)[program.name]):
            process = subprocess.Popen(
                [sys.executable, "-u", program.file],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            processes[program.name + (f"-{number + 1}" if number else "")] = process
        if program.role == "server" and len(lesson.programs) > 1:
            wait_until_reachable(int(str(values["PORT"])), "tcp")
    return processes


def end(process: subprocess.Popen[str], typed: str = "") -> tuple[str, str]:
    """What it said, and the last line of its stderr."""
    said, errors = process.communicate(typed, timeout=TIMEOUT)
    return said, (errors.splitlines() or [""])[-1]


def test_every_lesson_is_run_by_itself() -> None:
    assert {*LESSONS, *ELSEWHERE} == set(SHELF.lessons)


def test_every_variant_has_a_story() -> None:
    told = {(story.lesson, story.variant) for story in STORIES}
    for name in LESSONS:
        assert {(name, variant.name) for variant in SHELF.lessons[name].variants} <= told


def test_a_climbing_name_stays_out_of_the_folders_above(free_port: int, tmp_path: Path) -> None:
    """The lesson lets a file escape from `uploads`, by one step, and no further."""
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    values = {"FILE_NAME": "../../../far.txt", "PAUSE": 0.5, "READ_DELAY": 0.0}
    test_programs_by_themselves(Story("upload", "broken", values), free_port, folder)
    assert [path.relative_to(folder) for path in tmp_path.rglob("far.txt")] == [Path("far.txt")]
