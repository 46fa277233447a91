"""Lesson folders with variants, predictions, framings, and programs of which several processes run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadParameter, UnknownVariant
from engine.lesson import read_lesson
from engine.scenario import Framing, LessonError

SCENARIO = """\
chapter = 3
order = 5
view = "readiness"
open_files = 2000
title = { zh = "甲", en = "A" }
summary = { zh = "乙", en = "B" }
intro = { zh = "丙", en = "C" }
remember = { zh = [], en = [] }
notes = { zh = "先问后看。", en = "Ask first." }

[[programs]]
name = "server"
role = "server"
file = "server.py"

[[programs]]
name = "client"
role = "client"
file = "client.py"
after = "server:listen"
count = "CLIENTS"
more = true
input = true

[[variants]]
name = "broken"
label = { zh = "有错的写法", en = "Broken" }
files = { server = "server_broken.py" }

[[variants]]
name = "fixed"
label = { zh = "改正的写法", en = "Fixed" }
note = { zh = "先读长度。", en = "Reads the length first." }
framing = { kind = "length", size = 4 }

[prediction]
question = { zh = "第一次 recv 返回多少字节？", en = "How many bytes does the first recv return?" }
measure = "receive.bytes"
process = "client-2"
nth = 1

[framing]
kind = "delimiter"
delimiter = "\\n"

[[parameters]]
name = "CLIENTS"
kind = "int"
minimum = 0
maximum = 9
default = 3
label = { zh = "客户端个数", en = "Clients" }
help = { zh = "", en = "" }

[[parameters]]
name = "SIZE"
kind = "int"
minimum = 1
maximum = 1024
label = { zh = "大小", en = "Size" }
help = { zh = "", en = "" }
"""
CHOICE = '{ value = "10", zh = "甲", en = "A" }, { value = "5", zh = "乙", en = "B" }'
SOURCES = {
    "server.py": "PORT = 8001\nSIZE = 8\n",
    "server_broken.py": "PORT = 8001\n\nSIZE = 8\n",
    "client.py": "PORT = 8001\n",
}


def write(folder: Path, toml: str = SCENARIO, **sources: str) -> Path:
    folder.mkdir()
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    for name, text in {**SOURCES, **{f"{stem}.py": text for stem, text in sources.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_word_of_the_format_is_read(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    assert (lesson.view, lesson.open_files, lesson.notes["en"]) == ("readiness", 2000, "Ask first.")
    client = lesson.programs[1]
    assert (client.count, client.more, client.input) == ("CLIENTS", True, True)
    assert [(it.name, it.label["en"], it.note["en"]) for it in lesson.variants] == [
        ("broken", "Broken", ""),
        ("fixed", "Fixed", "Reads the length first."),
    ]
    assert lesson.prediction is not None
    assert (lesson.prediction.measure, lesson.prediction.process, lesson.prediction.nth) == (
        "receive.bytes",
        "client-2",
        1,
    )


def test_a_lesson_without_them_has_none(tmp_path: Path) -> None:
    toml = SCENARIO[: SCENARIO.index("[[variants]]")].replace('count = "CLIENTS"\n', "").replace("view = ", "#")
    lesson = read_lesson(write(tmp_path / "lesson", toml))
    assert (lesson.view, lesson.variants, lesson.prediction, lesson.framing) == ("axis", [], None, None)
    assert lesson.counts({}) == {"server": 1, "client": 1}
    assert lesson.variant() is None
    assert [it.file for it in lesson.render({})] == ["server.py", "client.py"]


def test_the_first_variant_is_the_default_and_each_brings_its_files(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    assert [it.file for it in lesson.render({})] == ["server_broken.py", "client.py"]
    assert [it.file for it in lesson.render({}, "fixed")] == ["server.py", "client.py"]
    broken, _ = lesson.render({"SIZE": 4})
    assert (broken.name, broken.text) == ("server", "PORT = 8001\n\nSIZE = 4\n")


def test_an_unknown_variant_is_refused(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    with pytest.raises(UnknownVariant):
        lesson.render({}, "other")
    with pytest.raises(UnknownVariant):
        lesson.framing_of("other")


def test_a_framing_is_that_of_the_variant_else_of_the_lesson(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    assert lesson.framing_of() == Framing(kind="delimiter", delimiter="\n")
    assert lesson.framing_of("fixed") == Framing(kind="length", size=4)


def test_a_parameter_counts_processes(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    assert lesson.check({}) == {"CLIENTS": 3, "SIZE": 8}
    assert lesson.counts({}) == {"server": 1, "client": 3}
    assert lesson.counts({"CLIENTS": 0}) == {"server": 1, "client": 0}
    with pytest.raises(BadParameter):
        lesson.counts({"CLIENTS": 10})


def test_a_parameter_may_be_in_some_variants_only(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson", server="PORT = 8001\n"))
    assert lesson.check({})["SIZE"] == 8
    assert lesson.render({"SIZE": 4}, "fixed")[0].text == "PORT = 8001\n"


def test_defaults_agree_over_all_variants(tmp_path: Path) -> None:
    folder = write(tmp_path / "lesson", server_broken="PORT = 8001\nSIZE = 9\n")
    with pytest.raises(LessonError, match=r"^server_broken\.py:2: SIZE differs from that in server\.py"):
        read_lesson(folder)


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ('"server_broken.py" }', '"server_other.py" }', "files = { s", "no file server_other.py"),
        ('"server_broken.py" }', '"../server.py" }', "files = { s", "not the plain name"),
        ('"server_broken.py" }', '"client.py" }', "[[variants]]", "two programs have the same file"),
        ("{ server =", "{ sever =", "files = { s", "no program is called sever"),
        ('name = "fixed"', 'name = "broken"', '[[variants]]\nname = "broken"\nlabel = { zh = "改', "taken"),
        ('name = "broken"', 'name = "a b"', "[[variants]]", "not a name"),
        ("size = 4", "size = 3", "framing =", "1, 2, 4 or 8 bytes"),
        ('"length", size = 4', '"length"', "framing =", "needs a size"),
        ('"length", size = 4', '"text", size = 30', "framing =", "1 to 20"),
        ('delimiter = "\\n"', 'delimiter = "\\n"\nsize = 1', "[framing]", "needs no size"),
        ('delimiter = "\\n"', "", "[framing]", "has a delimiter if, and only if"),
        ('process = "client-2"', 'process = "peer"', "process =", "no process is called peer"),
        ("nth = 1", "nth = 0", "nth =", ">= 1"),
        ("nth = 1", 'supposes = ["SPEED"]', "supposes =", "no parameter is called SPEED"),
        ('"receive.bytes"', '"receive.byte"', "measure =", "no measure is called receive.byte"),
        ('count = "CLIENTS"', 'count = "PORT"', "count =", "'PORT' is not the name of an int parameter"),
        ('count = "CLIENTS"', "count = -1", "count =", ">= 0"),
        ("maximum = 9\n", "maximum = 900\n", "count =", "CLIENTS must stay between 0 and 100"),
        ("default = 3\n", "", '[[parameters]]\nname = "CLIENTS"', "give it a default"),
        ("default = 3", "default = 10", '[[parameters]]\nname = "CLIENTS"', "between 0 and 9"),
        (
            "maximum = 1024",
            'maximum = 1024\ndefaults = { zh = "8", en = "9" }',
            '[[parameters]]\nname = "SIZE"',
            "defaults are of a text",
        ),
        ("maximum = 1024", "maximum = 1024\ndefault = 8", '[[parameters]]\nname = "SIZE"', "is what server.py says"),
        ('"receive.bytes"', '"call.error"', "[prediction]", "give at least two choices"),
        ('"receive.bytes"', '"accept.wait_ms"\nchoices = [' + CHOICE + "]", "choices =", "upwards from 0"),
        ("nth = 1", "choices = [" + CHOICE.replace("5", "10") + "]", "choices =", "the same value"),
        ('view = "readiness"', 'view = "table"', "view =", "'table'"),
        ("open_files = 2000", "open_files = 3", "open_files =", ">= 64"),
    ],
)
def test_a_mistake_is_found_where_it_is(tmp_path: Path, old: str, new: str, place: str, problem: str) -> None:
    toml = SCENARIO.replace(old, new, 1)
    assert toml != SCENARIO
    with pytest.raises(LessonError) as broken:
        read_lesson(write(tmp_path / "lesson", toml))
    line = toml[: toml.index(place)].count("\n") + 1
    assert str(broken.value).startswith(f"scenario.toml:{line}: ")
    assert problem in str(broken.value)
