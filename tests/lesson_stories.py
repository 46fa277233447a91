"""What the programs of the lessons say when they run by themselves: for `test_lesson_programs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Story:
    """A lesson with some parameters, and what each program is to say.

    `says` is a pattern for the whole of stdout, `error` for the last line of stderr. A process that has
    an error ends with it; one in `stopped` does not end by itself. `cut_off`: the server has gone, and whether
    the client's next call fails depends on how far it had got.
    """

    lesson: str
    variant: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, str] = field(default_factory=dict)
    stopped: Sequence[str] = ()
    typed: str = ""
    cut_off: bool = False

    def __str__(self) -> str:
        values = [f"{name}={str(value)[:20]}" for name, value in self.values.items()]
        return " ".join(filter(None, [self.lesson, self.variant, *values]))


UPLOAD = [
    Story(
        "upload",
        "broken",
        says={"server": r"header: b'notes\.txt-5000hello.*\n"},
        error={"server": "ValueError: "},
        cut_off=True,
    ),
    Story(
        "upload",
        "broken",
        {"PAUSE": 0.5, "READ_DELAY": 0.0},
        {"server": r"(?s).*\n81 %\n100 %\nsaved .*\ndone: 100 %\n"},
    ),
    Story("upload", "broken", {"CONTENT": "7"}, {"server": r"(?s).*\nsaved .*notes\.txt\ndone: 0 %\n"}),
    Story(
        "upload",
        "broken",
        {"FILE_NAME": "my-notes.txt"},
        error={"server": r"ValueError: too many values to unpack"},
        cut_off=True,
    ),
    Story(
        "upload",
        "broken",
        {"FILE_NAME": "../out.txt", "PAUSE": 0.5, "READ_DELAY": 0.0},
        {"server": r"(?s).*saved /(?!.*uploads).*/out\.txt\n.*"},
    ),
    Story("upload", "broken", {"FILE_SIZE": 0, "PAUSE": 0.5, "READ_DELAY": 0.0}, error={"server": "ZeroDivisionError"}),
    Story(
        "upload",
        "broken",
        {"DIE_AFTER": 2000, "PAUSE": 0.5, "READ_DELAY": 0.0},
        {"server": r"(?s).*saved .*\ndone: 40 %\n"},
        error={"client": ""},
    ),
    Story(
        "upload", "broken", {"FOLDER_EXISTS": False, "PAUSE": 0.5}, error={"server": "FileNotFoundError"}, cut_off=True
    ),
    Story(
        "upload",
        "fixed",
        says={"server": r"(?s)20 %\n.*100 %\nsaved .*uploads/notes\.txt\n", "client": "accepted\n"},
    ),
    Story("upload", "fixed", {"FILE_NAME": "my-notes.txt"}, {"client": "accepted\n"}),
    Story(
        "upload",
        "fixed",
        {"FILE_NAME": "../out.txt"},
        {"server": r"refused: not a plain name: '\.\./out\.txt'\n", "client": "refused\n"},
    ),
    Story("upload", "fixed", {"FILE_SIZE": 0}, {"server": "saved .*\n", "client": "accepted\n"}),
    Story(
        "upload",
        "fixed",
        {"DIE_AFTER": 2000},
        {"server": r"(?s).*refused: short: 2048 of 5000 bytes\n"},
        error={"client": ""},
    ),
]

LOGIN = [
    Story(
        "login",
        "broken",
        says={"client": r"(?s).*bob hears: welcome\n.*the thief hears: welcome\n"},
        stopped=["server"],
    ),
    Story(
        "login",
        "broken",
        {"USER": "alice", "PASSWORD": "rabbit", "REPLAY": False},
        {"client": r"(?s).*alice hears: go away\n"},
        stopped=["server"],
    ),
    Story(
        "login",
        "broken",
        {"PASSWORD": "wrong", "REPLAY": False},
        {"client": r"(?s).*bob hears: go away\n"},
        stopped=["server"],
    ),
    Story(
        "login", "broken", {"IN_TWO": True, "REPLAY": False}, error={"server": "json.*JSONDecodeError"}, cut_off=True
    ),
    Story(
        "login",
        "fixed",
        says={"client": "bob hears: welcome\nthe thief hears: go away\n"},
        stopped=["server"],
    ),
    Story(
        "login",
        "fixed",
        {"USER": "alice", "PASSWORD": "rabbit", "IN_TWO": True},
        {"client": "alice hears: welcome\nthe thief hears: go away\n"},
        stopped=["server"],
    ),
    Story("login", "fixed", {"USER": "eve"}, {"client": "(eve|the thief) hears: go away\n" * 2}, stopped=["server"]),
]

LENGTHS = [
    Story(
        "length-text",
        "broken",
        says={"server": r"length: b'12go'\n"},
        error={"server": "ValueError: invalid literal"},
        cut_off=True,
    ),
    Story(
        "length-text",
        "broken",
        {"MESSAGES": ["5678901"]},
        {"server": r"length: b'7567'\nended after 4 of 7567 bytes\nmessage: b'8901'\n"},
    ),
    Story(
        "length-text",
        "broken",
        {"REPEAT": 100},
        {"server": r"(?s)length: b'1200'\n.*b'300s'\n"},
        {"server": "ValueError"},
        cut_off=True,
    ),
    Story(
        "length-text",
        "fixed",
        says={"server": r"length: b'0012'\nmessage: b'good morning'\nlength: b'0003'\nmessage: b'sir'\n"},
    ),
    Story("length-text", "fixed", {"REPEAT": 1000}, error={"client": "ValueError: 12000 bytes do not fit four digits"}),
    Story(
        "length-struct",
        "broken",
        says={"server": r"header: b'\\x0c\\x00'\n"},
        error={"server": "struct.error: "},
        cut_off=True,
    ),
    Story(
        "length-struct",
        "broken",
        {"HEADER_IN_TWO": False},
        {"server": r"(?s).*12 bytes: b'good morning'\n.*6 bytes: .*\n"},
    ),
    Story("length-struct", "broken", {"HEADER_IN_TWO": False, "HALF": True}, stopped=["server"]),
    Story(
        "length-struct",
        "broken",
        {"HEADER_IN_TWO": False, "LIE": -20},
        {"server": r"(?s).*-8 bytes: b''\nheader: b'good'\n.*"},
        stopped=["server"],
    ),
    Story("length-struct", "fixed", says={"server": r"(?s).*12 bytes: b'good morning'\n.*6 bytes: .*\n"}),
    Story("length-struct", "fixed", {"HALF": True}, {"server": r"(?s).*no message: ended after 3 of 6 bytes\n"}),
    Story("length-struct", "fixed", {"LIE": 5}, {"server": r"(?s).*17 bytes: b'good morning\\x00.*no message: .*"}),
    Story(
        "length-struct",
        "fixed",
        {"LIE": 2000000000},
        {"server": r"(?s).*no message: 2000000012 bytes declared, 1000000 allowed\n"},
        cut_off=True,
    ),
    Story("length-struct", "fixed", {"LIE": -20}, error={"client": "struct.error"}),
]

FRAMING = [
    Story("framing-compared", "none", says={"server": "message: good morningyes[|]noa longer message, 先生\n"}),
    Story(
        "framing-compared",
        "delimiter",
        says={"server": "message: good morning\nmessage: yes\nmessage: no\nmessage: a longer message, 先生\n"},
    ),
    Story(
        "framing-compared",
        "fixed",
        says={"server": "message: good morning\nmessage: yes[|]no\nmessage: a longer message, \ufffd\n"},
    ),
    Story(
        "framing-compared",
        "length",
        says={"server": "message: good morning\nmessage: yes[|]no\nmessage: a longer message, 先生\n"},
    ),
    Story(
        "framing-compared",
        "length",
        {"LIE": 4294967295},
        {"server": r"(?s).*no message: 24 of 4294967295 bytes, then the end\n"},
    ),
    Story(
        "framing-compared",
        "length",
        {"LIE": 4294967295, "LIMIT": 1000000},
        {"server": r"(?s).*no message: 4294967295 bytes declared, 1000000 allowed\n"},
        cut_off=True,
    ),
]

TYPED = [
    Story(
        "messages-and-files",
        typed="msg|你好\nmsg|\nfile|sample.txt\nnonsense\nfile|nothing-here\nclose\n",
        says={
            "server": r"(?s)msg: 你好\nmsg: \n.*sample.txt 100 %\nfile: sample.txt 5000 bytes\n.*goodbye\n",
            "client": r"(?s).*write msg\|text.*No such file or directory: 'nothing-here'\n",
        },
    ),
    Story("messages-and-files", typed="raw|hello\n", says={"server": "cannot go on: Expecting value.*\n"}),
    Story(
        "messages-and-files", typed="msg|bye\n", says={"server": "msg: bye\ncannot go on: ended after 0 of 4 bytes\n"}
    ),
    Story(
        "messages-and-files",
        values={"SAMPLE_SIZE": 0},
        typed="file|sample.txt\nclose\n",
        says={"server": "file: .* 0 bytes\n.*\n"},
    ),
]

WAITING = [
    Story(
        "non-blocking",
        "broken",
        {"DELAY": 0.3},
        {"server": r"(?s)accept: .*\nrecv: hello, 世界\ncalls for nothing: [1-9]\d{2,}\n.*"},
    ),
    Story(
        "non-blocking",
        "fixed",
        {"DELAY": 0.3},
        {
            "server": r"(?s)accept: .*\nrecv: hello, 世界\ncalls for nothing: 0\n.*",
            "client": "connect: .* in progress\n.*: 0\n",
        },
    ),
    *(
        Story(
            "select-server",
            it,
            typed="你好 a\nq\n",
            says={"client": "answer: HELLO\nanswer: 你好 A\n"},
            stopped=["server"],
        )
        for it in ("select", "poll", "epoll", "selectors")
    ),
    Story(
        "select-server",
        "select",
        {"FORGET": True, "STAY": False, "CLIENTS": 1},
        error={"server": "ValueError: file desc"},
    ),
    Story(
        "select-server",
        "poll",
        {"FORGET": True, "STAY": False, "CLIENTS": 1},
        error={"server": r"OSError: \[Errno 9\]"},
    ),
    Story("select-server", "epoll", {"FORGET": True, "STAY": False}, stopped=["server"]),
    Story(
        "many-requests",
        "one-thread",
        says={
            "client": r"(?s)(.*in progress\n){5}.*refused: readable, writable, Connection refused\n.*after 1\.\d+ s\n"
        },
        stopped=["server"],
    ),
    Story(
        "many-requests",
        "one-thread",
        {"PATHS": ["sleep", "sleep"], "REFUSED": False, "SLEEP": 0.2},
        {"client": r"(?s).*all done after 0\.[4-9]\d* s\n"},
        stopped=["server"],
    ),
    Story(
        "many-requests",
        "threads",
        says={"client": r"(?s).*\n0\.\d+ s  third: this is third\n1\.\d+ s  sleep: this is sleep\n.*"},
        stopped=["server"],
    ),
    Story(
        "level-and-edge",
        "level",
        says={"server": "".join(f"reported, recv: b'{it}'\n" for it in ("0123", "4567", "89", "ab", ""))},
    ),
    Story(
        "level-and-edge",
        "edge",
        says={
            "server": "".join(f"reported, recv: b'{it}'\n" for it in ("0123", "4567", "89ab")) + "no report any more\n"
        },
    ),
    Story(
        "level-and-edge",
        "edge-drained",
        says={
            "server": "reported\nrecv: b'0123'\nrecv: b'4567'\nrecv: b'89'\nnothing left\n"
            "reported\nrecv: b'ab'\nnothing left\nreported\nrecv: b''\n"
        },
    ),
    Story(
        "not-only-sockets",
        says={"server": r"(?s)the file: .*not permitted\nready: listener\n.*ready: connection\nrecv: b'hello'\n.*"},
    ),
    Story(
        "select-poll-epoll",
        values={"CONNECTIONS": 600},
        says={"measure": r"(?s).*select: ValueError.*\n +600 +- +[\d.]+ +[\d.]+\n"},
    ),
]

STORIES = [*UPLOAD, *LOGIN, *LENGTHS, *FRAMING, *TYPED, *WAITING]
