"""A Python program that becomes another one, and one whose parent has gone before it starts, stay on the record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.events import AnyEvent, CallReturned, CallStarted, ProcessExited, ProcessStarted, SocketChanged
from tests.truth.recorded import calls, record

EXEC = {
    "execv": "os.execv(sys.executable, [sys.executable, 'second.py', 'one', 'two'])",
    "execl": "os.execl(sys.executable, sys.executable, '-B', 'second.py', 'one', 'two')",
    "execve": "os.execve(sys.executable, ['python3', 'second.py', 'one', 'two'], os.environ)",
    "execvp": "os.environ['PATH'] = folder\nos.execvp('python3', ['any name', 'second.py', 'one', 'two'])",
    "execlpe": "os.execlpe(sys.executable, sys.executable, 'second.py', 'one', 'two', dict(os.environ))",
    "-c": "os.execv(sys.executable, [sys.executable, '-c', open('second.py').read(), 'one', 'two'])",
}
FIRST = """
import os, socket, sys, threading
folder = os.getcwd()
os.symlink(sys.executable, "python3")
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
conn, _ = server.accept()
client.sendall(b"from the first")
os.set_inheritable(client.fileno(), True)
os.environ["FD"] = str(client.fileno())
{more}
{become}
"""
SECOND = """
import json, os, socket, sys
left, right = socket.socketpair()
left.sendall(b"from the second")
if "FD" in os.environ:
    socket.socket(fileno=int(os.environ["FD"])).close()
print(json.dumps(sys.argv[1:]))
"""


def become(folder: Path, how: str, more: str = "") -> list[AnyEvent]:
    """The events of a program that becomes SECOND."""
    (folder / "second.py").write_text(SECOND)
    events, arguments = record(folder, FIRST.replace("{more}", more).replace("{become}", how))
    assert arguments == ["one", "two"]
    return events


@pytest.mark.parametrize("how", EXEC)
def test_a_program_becomes_another_and_stays_the_same_process(how: str, tmp_path: Path) -> None:
    events = become(tmp_path, EXEC[how])
    first, second = calls(events, "sendall")
    assert (first.data, second.data) == (b"from the first", b"from the second")
    assert first.process == second.process == "p"
    assert first.seq < second.seq
    assert [it.process for it in events if isinstance(it, ProcessStarted)] == ["p"]
    assert [it.process for it in events if isinstance(it, ProcessExited)] == ["p"]


def test_what_was_not_to_stay_open_is_closed_by_then(tmp_path: Path) -> None:
    events = become(tmp_path, EXEC["execv"])
    first, second = calls(events, "sendall")
    (listen,), (connect,) = calls(events, "listen"), calls(events, "connect")
    closed = {it.socket: it for it in events if isinstance(it, SocketChanged) and it.state == "closed"}
    assert first.seq < closed[listen.socket or 0].seq < second.seq
    assert closed[listen.socket or 0].evidence == "derived"
    assert closed[connect.socket or 0].seq > second.seq
    assert closed[connect.socket or 0].evidence == "measured"


def test_a_call_of_the_program_that_was_is_not_going_on_in_the_one_that_is(tmp_path: Path) -> None:
    more = "threading.Thread(target=server.accept).start()"
    events = become(tmp_path, EXEC["execv"], more)
    returned = {it.call for it in events if isinstance(it, CallReturned)}
    (second,) = [it for it in calls(events, "sendall") if it.data == b"from the second"]
    late = [it for it in events if isinstance(it, CallStarted) and it.call not in returned and it.seq > second.seq]
    assert late == []


def test_an_exec_that_fails_changes_nothing(tmp_path: Path) -> None:
    program = """
        import json, os, socket, sys
        left, right = socket.socketpair()
        found = []
        for how in (
            lambda: os.execv("/no/such/python3", ["python3", "x.py"]),
            lambda: os.execv(sys.executable, []),
            lambda: os.execv(sys.executable, 5),
            lambda: os.execv(sys.executable),
            lambda: os.execv(5, ["python3", "x.py"]),
            lambda: os.execve(sys.executable, ["python3", "x.py"], 5),
        ):
            try:
                how()
            except Exception as error:
                found.append(f"{type(error)} {error}")
        left.sendall(b"still here")
        print(json.dumps(found))
    """
    events, under_probe = record(tmp_path, program)
    bare = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert under_probe == json.loads(bare.stdout)
    assert [it.data for it in calls(events, "sendall")] == [b"still here"]
    assert [it.state for it in events if isinstance(it, SocketChanged)] == ["connected"] * 2 + ["closed"] * 2


def test_a_program_may_start_itself_again_with_its_own_command_line(tmp_path: Path) -> None:
    program = """
        import json, os, socket, sys
        if "again" in os.environ:
            left, right = socket.socketpair()
            left.sendall(b"again")
            print(json.dumps([sys.argv[1:], len(sys.orig_argv)]))
            sys.exit()
        os.environ["again"] = str(len(sys.orig_argv))
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    """
    events, (arguments, _) = record(tmp_path, program)
    assert arguments == []
    assert [it.data for it in calls(events, "sendall")] == [b"again"]


DAEMON = """
import json, os, subprocess, sys
child = '''
import os, socket, time
while os.getppid() == {spawner}:
    time.sleep(0.001)
left, right = socket.socketpair()
left.sendall(b"from the daemon")
os.write({done}, b"!")
'''
out, done = os.pipe()
os.set_inheritable(done, True)
if os.fork() == 0:
    code = child.replace("{spawner}", str(os.getpid())).replace("{done}", str(done))
    subprocess.Popen([sys.executable, "-c", code], close_fds=False)
    os._exit(0)
os.wait()
os.read(out, 1)
"""


def test_a_daemon_whose_parent_has_gone_before_it_starts_is_on_the_record(tmp_path: Path) -> None:
    events, _ = record(tmp_path, DAEMON)
    (send,) = calls(events, "sendall")
    assert send.data == b"from the daemon"
    started = {it.process: it.parent for it in events if isinstance(it, ProcessStarted)}
    middle = started[send.process]
    assert middle is not None
    assert started[middle] == "p"
