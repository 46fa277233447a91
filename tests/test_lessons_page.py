"""The page for those who write lessons: its example is a whole lesson, and it names every key and measure."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from engine.lesson import load_lessons
from engine.scenario import Framing, ParameterEntry, PredictionEntry, ProgramEntry, Scenario, VariantEntry
from engine.understand.measures import MEASURES

PAGE = (Path(__file__).parent.parent / "docs" / "lessons.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`(\w+\.\w+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_is_a_lesson(tmp_path: Path) -> None:
    folder = tmp_path / "echo-twice"
    folder.mkdir()
    for name, text in FILES:
        (folder / name).write_text(text, encoding="utf-8")
    shelf = load_lessons([tmp_path])
    assert shelf.broken == []
    lesson = shelf.lessons["echo-twice"]
    assert {name for name, _ in FILES} == {"scenario.toml", *lesson.sources}
    assert [it.file for it in lesson.render({"PORT": 9000}, "once")] == ["server_once.py", "client.py"]


@pytest.mark.parametrize("part", [Scenario, ProgramEntry, ParameterEntry, VariantEntry, PredictionEntry, Framing])
def test_every_key_is_on_the_page(part: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(part):
        assert re.search(rf"`{field.name}`|`\[+{field.name}\]+`", PAGE), field.name


def test_every_measure_is_on_the_page() -> None:
    assert set(re.findall(r"`(\w+\.\w+)`", PAGE.partition("| measure |")[2])) == MEASURES
