"""Lessons written for the tests: talk, several, crash, flood."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """
chapter = 4
order = 90
title = {{ zh = "课", en = "Lesson" }}
summary = {{ zh = "概要", en = "Summary" }}
intro = {{ zh = "引言", en = "Intro" }}
remember = {{ zh = [], en = [] }}

[[programs]]
name = "server"
role = "server"
file = "server.py"

[[programs]]
name = "client"
role = "client"
file = "client.py"
after = "server:listen"
{client}

[[parameters]]
name = "PORT"
kind = "int"
minimum = 1
maximum = 65535
label = {{ zh = "端口", en = "Port" }}
help = {{ zh = "端口", en = "Port" }}
{more}
"""

SERVER = """
import socketserver

PORT = 8001


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(1024):
            self.request.sendall(data.upper())


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer.daemon_threads = True
socketserver.ThreadingTCPServer(("127.0.0.1", PORT), Echo).serve_forever()
"""

TALK = """
import socket

PORT = 8001

client = socket.create_connection(("127.0.0.1", PORT))
while True:
    client.sendall(input("say: ").encode())
    print("heard", client.recv(1024).decode())
"""

CRASH = """
import socket

PORT = 8001

client = socket.create_connection(("127.0.0.1", PORT))
client.sendall("你好".encode("ascii"))
"""

FLOOD = """
import socket

PORT = 8001

client = socket.create_connection(("127.0.0.1", PORT))
for number in range(100_000):
    print("line", number)
client.close()
"""

VARIANTS = """
[[variants]]
name = "broken"
label = { zh = "有错的", en = "Broken" }
note = { zh = "只会 ASCII", en = "ASCII only" }

[[variants]]
name = "fixed"
label = { zh = "改好的", en = "Fixed" }
note = { zh = "用 UTF-8", en = "With UTF-8" }
files = { client = "client_fixed.py" }
"""


def write_lessons(folder: Path) -> None:
    """Write them into an empty folder."""
    _write(folder / "talk", {"server.py": SERVER, "client.py": TALK}, "input = true")
    _write(folder / "several", {"server.py": SERVER, "client.py": TALK}, "input = true\nmore = true\ncount = 3")
    files = {"server.py": SERVER, "client.py": CRASH, "client_fixed.py": CRASH.replace("ascii", "utf-8")}
    _write(folder / "crash", files, more=VARIANTS)
    _write(folder / "flood", {"server.py": SERVER, "client.py": FLOOD})


def _write(folder: Path, files: dict[str, str], client: str = "", more: str = "") -> None:
    folder.mkdir()
    folder.joinpath("scenario.toml").write_text(SCENARIO.format(client=client, more=more))
    for name, text in files.items():
        folder.joinpath(name).write_text(text.lstrip())
