"""Processes that a run's programs have started: who is told of as gone, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.children import LOOK_NS, REAPED_NS, Children

LATER = 10 * LOOK_NS + REAPED_NS


@pytest.fixture
def gone() -> int:
    """The pid of a process that has ended, and was reaped by its parent."""
    done = subprocess.Popen([sys.executable, "-ISc", ""])
    done.wait()
    return done.pid


def told(children: Children, now: int) -> list[tuple[int, str, int]]:
    return [(pid, event.process, event.t) for pid, event in children.gone(now)]


def test_a_child_that_its_parent_has_reaped_is_told_of_once_when_the_supervisor_has_not(gone: int) -> None:
    children = Children()
    children.adopt("server/2", gone)
    assert told(children, LOOK_NS) == []
    assert told(children, LATER) == [(gone, "server/2", LOOK_NS)]
    assert told(children, 2 * LATER) == []
    assert list(children.rest(3 * LATER)) == []


def test_of_a_child_that_the_supervisor_has_reaped_it_tells_itself(gone: int) -> None:
    children = Children()
    children.adopt("server/2", gone)
    assert told(children, LOOK_NS) == []
    assert children.reaped(gone) == "server/2"
    assert told(children, LATER) == []
    assert children.reaped(gone) is None


def test_one_that_lives_is_told_of_when_the_run_is_over() -> None:
    with subprocess.Popen([sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE) as alive:
        children = Children()
        children.adopt("server/2", alive.pid)
        assert [*told(children, LOOK_NS), *told(children, LATER)] == []
        assert [(pid, event.t) for pid, event in children.rest(2 * LATER)] == [(alive.pid, 2 * LATER)]
        alive.kill()


def test_one_that_is_adopted_while_the_run_ends_is_told_of_too() -> None:
    children = Children()
    children.adopt("server/2", 2)
    told = []
    for _, event in children.rest(LATER):
        told.append(event.process)
        if event.process == "server/2":
            children.adopt("server/3", 3)
    assert told == ["server/2", "server/3"]
