"""Lesson folders: read, checked, rendered; and a broken one says where it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadParameter, NotAFolderOfLessons, UnknownParameter
from engine.lesson import BrokenLesson, load_lessons, read_lesson

SERVER = "import socket\n\nPORT = 8001\nWAIT = 0.5\n"
CLIENT = "PORT = 8001\nMESSAGES = ['a']\n"
SCENARIO = """\
chapter = 2
order = 1
title = { zh = "甲", en = "A" }
summary = { zh = "乙", en = "B" }
remember = { zh = ["丁"], en = ["D"] }

[intro]
zh = "丙"
en = "C"

[[programs]]
name = "server"
role = "server"
file = "server.py"

[[programs]]
name = "client"
role = "client"
file = "client.py"
after = "server:listen"

[[parameters]]
name = "PORT"
kind = "int"
minimum = 1024
maximum = 65535
label = { zh = "端口", en = "Port" }
help = { zh = "", en = "" }

[[parameters]]
name = "MESSAGES"
kind = "texts"
minimum = 1
maximum = 3
label = { zh = "消息", en = "Messages" }
help = { zh = "", en = "" }
"""


def write(folder: Path, *, toml: str = SCENARIO, server: str | bytes = SERVER, client: str | None = CLIENT) -> Path:
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    (folder / "server.py").write_bytes(server.encode() if isinstance(server, str) else server)
    if client is not None:
        (folder / "client.py").write_text(client, encoding="utf-8")
    return folder


def only_broken(folder: Path) -> BrokenLesson:
    shelf = load_lessons([folder.parent])
    assert list(shelf.lessons) == []
    assert [it.folder for it in shelf.broken] == [folder]
    return shelf.broken[0]


def test_files_that_an_editor_began_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "mine", toml="\ufeff" + SCENARIO, server="\ufeff" + SERVER))
    assert lesson.title["en"] == "A"
    assert lesson.render({})[0].text.startswith("import socket")


def test_a_lesson_folder_is_read(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "my-lesson"))
    assert (lesson.id, lesson.chapter, lesson.order) == ("my-lesson", 2, 1)
    assert lesson.title == {"zh": "甲", "en": "A"}
    assert lesson.remember == {"zh": ["丁"], "en": ["D"]}
    assert [(it.name, it.role, it.file, it.after) for it in lesson.programs] == [
        ("server", "server", "server.py", None),
        ("client", "client", "client.py", "server:listen"),
    ]
    assert [(it.name, it.kind, it.default) for it in lesson.parameters] == [
        ("PORT", "int", 8001),
        ("MESSAGES", "texts", ["a"]),
    ]


def test_values_are_filled_in_from_the_programs(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    assert lesson.check({}) == {"PORT": 8001, "MESSAGES": ["a"]}
    assert lesson.check({"PORT": 9000}) == {"PORT": 9000, "MESSAGES": ["a"]}


def test_a_value_goes_into_every_program_that_has_the_constant(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    server, client = lesson.render({"PORT": 9000, "MESSAGES": ["粘", "包"]})
    assert (server.name, server.role, server.file) == ("server", "server", "server.py")
    assert server.text == "import socket\n\nPORT = 9000\nWAIT = 0.5\n"
    assert client.text == 'PORT = 9000\nMESSAGES = ["粘", "包"]\n'


def test_values_of_no_parameter_and_bad_values_are_refused(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path / "lesson"))
    with pytest.raises(UnknownParameter):
        lesson.check({"WAIT": 1})
    with pytest.raises(BadParameter) as refused:
        lesson.render({"PORT": 80})
    assert refused.value.field == "PORT"


def test_the_shelf_is_in_the_order_of_the_chapters(tmp_path: Path) -> None:
    write(tmp_path / "a" / "third")
    write(tmp_path / "a" / "second", toml=SCENARIO.replace("order = 1", "order = 0"))
    write(tmp_path / "b" / "first", toml=SCENARIO.replace("chapter = 2", "chapter = 1"))
    (tmp_path / "a" / "__pycache__").mkdir()
    (tmp_path / "a" / ".git").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("")
    shelf = load_lessons([tmp_path / "a", tmp_path / "b"])
    assert list(shelf.lessons) == ["first", "second", "third"]
    assert shelf.broken == []


def test_a_broken_lesson_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path / "broken", server="def")
    write(tmp_path / "whole")
    shelf = load_lessons([tmp_path])
    assert list(shelf.lessons) == ["whole"]
    assert [it.folder.name for it in shelf.broken] == ["broken"]


def test_an_id_is_used_once(tmp_path: Path) -> None:
    write(tmp_path / "a" / "lesson")
    write(tmp_path / "b" / "lesson")
    shelf = load_lessons([tmp_path / "a", tmp_path / "b"])
    assert list(shelf.lessons) == ["lesson"]
    assert [it.folder for it in shelf.broken] == [tmp_path / "b" / "lesson"]


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("order = 1", "order = ", "order = ", "Invalid value"),
        ('en = "C"', 'en = "C', 'en = "C', ""),
        ("order = 1", 'order = "first"', "order", "Expected `int`"),
        ('file = "client.py"', "file = 3", "file = 3", "Expected `str`"),
        ('role = "client"', 'role = "peer"', 'role = "peer"', "'peer'"),
        ('kind = "texts"', 'kind = "list"', 'kind = "list"', "'list'"),
        ('name = "client"\n', "", '[[programs]]\nrole = "client"', "missing required field `name`"),
        ("minimum = 1024", "minimun = 1024", "[[parameters]]", "unknown field `minimun`"),
        ('"client.py"', '"peer.py"', '"peer.py"', "no file peer.py"),
        ('"client.py"', '"../client.py"', '"../client.py"', "not the plain name"),
        (
            'file = "client.py"',
            'file = "client.py"\nlines = ["q"]',
            '[[programs]]\nname = "client"',
            "does not read its input",
        ),
        ('"server:listen"', '"client:listen"', '[[programs]]\nname = "client"', "not NAME:listen"),
        ('name = "client"', 'name = "server"', '[[programs]]\nname = "server"\nrole = "client"', "taken"),
        ('"MESSAGES"', '"TEXTS"', '[[parameters]]\nname = "TEXTS"', "no program has a constant TEXTS"),
        ("minimum = 1024\n", "", '[[parameters]]\nname = "PORT"', "needs a minimum and a maximum"),
        ("minimum = 1024\n", "minimum = 1024\ncompared = 1\n", '[[parameters]]\nname = "PORT"', "compared: "),
    ],
)
def test_a_mistake_in_the_toml_is_found_where_it_is(
    tmp_path: Path, old: str, new: str, place: str, problem: str
) -> None:
    toml = SCENARIO.replace(old, new, 1)
    assert toml != SCENARIO
    broken = only_broken(write(tmp_path / "lesson", toml=toml))
    line = toml[: toml.index(place)].count("\n") + 1
    assert broken.message.startswith(f"scenario.toml:{line}: ")
    assert problem in broken.message


@pytest.mark.parametrize(
    ("server", "line", "problem"),
    [
        ("PORT = 8001\ndef f(:\n", 2, "invalid syntax"),
        ("\n\nPORT = 8002\n", 3, "PORT differs from that in"),
        ("PORT = 8001\nPORT = 8001\n", 2, "assigned twice"),
        (b"PORT = 8001\n# \xff\n", 2, "not UTF-8"),
        ("PORT = 8001\nMESSAGES = ['b']", 2, "MESSAGES differs"),
    ],
)
def test_a_mistake_in_a_program_is_found_where_it_is(
    tmp_path: Path, server: str | bytes, line: int, problem: str
) -> None:
    broken = only_broken(write(tmp_path / "lesson", server=server))
    file = "client.py" if "differs" in problem else "server.py"
    if "differs" in problem:  # the second file that has it is the one that differs
        line = line_with(CLIENT, problem.split()[0])
    assert broken.message.startswith(f"{file}:{line}: ")
    assert problem in broken.message


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("80", "1024 and 65535"),
        ("'8001'", "must be a whole number"),
        ("int('8001')", "not a plain literal"),
        ("None", "not a plain literal"),
    ],
)
def test_a_default_must_keep_the_limits(tmp_path: Path, value: str, problem: str) -> None:
    source = f"PORT = {value}\n"
    broken = only_broken(write(tmp_path / "lesson", server=source, client=source + "MESSAGES = ['a']\n"))
    assert broken.message.startswith("server.py:1: ")
    assert problem in broken.message


def test_missing_files_are_named(tmp_path: Path) -> None:
    assert "client.py" in only_broken(write(tmp_path / "one" / "lesson", client=None)).message
    folder = tmp_path / "two" / "lesson"
    folder.mkdir(parents=True)
    assert only_broken(folder).message == "scenario.toml: No such file or directory"


@pytest.mark.parametrize(
    "files",
    [{"toml": "a = " + "[" * 100_000}, {"server": "PORT = " + "(" * 5000}, {"server": "PORT = " + "-" * 100_000 + "1"}],
)
def test_what_is_nested_too_deeply_is_one_broken_lesson(tmp_path: Path, files: dict[str, str]) -> None:
    assert ": " in only_broken(write(tmp_path / "lesson", **files)).message


def test_a_lesson_given_as_a_folder_of_lessons_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotAFolderOfLessons):
        load_lessons([write(tmp_path / "lesson")])
