"""Programs under the probe: what is on the record, and that they behave as without it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from engine.observe.ring_files import owner
from engine.observe.rings import RingReader
from engine.probe import layout
from engine.records import CallRecord
from engine.run import PROBE
from tests.interpreted import interpreted

PAIR = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
conn, _ = server.accept()
"""


@pytest.fixture(scope="module")
def without_compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return interpreted(tmp_path_factory.mktemp("probe"))


@pytest.fixture(autouse=True, params=["as installed", "interpreted"])
def probe(request: pytest.FixtureRequest, without_compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every promise here is kept by the probe with its compiled part, where there is one, and without."""
    if request.param == "interpreted":
        monkeypatch.setattr(sys.modules[__name__], "PROBE", without_compiled)


class Observed:
    """A program under the probe, and the records of its rings by pid."""

    def __init__(self, folder: Path, text: str) -> None:
        self.rings = folder / "rings"
        self.rings.mkdir()
        self.script = folder / "program.py"
        self.script.write_text(textwrap.dedent(text))
        command = [sys.executable, str(PROBE), str(self.rings), str(self.script)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        self.readers: dict[Path, RingReader] = {}
        self.records: list[CallRecord] = []

    def read(self) -> list[CallRecord]:
        """Take what is in the rings now; all records so far."""
        for path in self.rings.glob("*.ring"):
            if path not in self.readers:
                self.readers[path] = RingReader(path, str(owner(path)[0]), 0)
        for reader in self.readers.values():
            reader.drain(time.monotonic_ns())
            self.records += reader.take(layout.SLOTS)
        return self.records

    def finish(self) -> list[CallRecord]:
        """Let the program end, reading all the while; all its records."""
        while self.process.poll() is None:
            self.read()
        self.output, self.errors = self.process.communicate(timeout=10)
        self.read()
        for reader in self.readers.values():
            self.records += reader.finish()
            reader.close()
        return self.records


def observe(folder: Path, text: str) -> list[CallRecord]:
    observed = Observed(folder, text)
    records = observed.finish()
    assert observed.process.returncode == 0, observed.errors
    return records


def trace(records: list[CallRecord]) -> list[str]:
    """`op count` or `op error`, in the order of the ring."""
    lines = []
    for record in records:
        outcome = record.texts[0] if record.failed else "" if record.count is None else str(record.count)
        lines.append(f"{record.op} {outcome}".strip())
    return lines


def test_every_call_of_a_conversation_is_on_the_record(tmp_path: Path) -> None:
    records = observe(tmp_path, PAIR + "client.sendall(b'hello')\nconn.recv(1024)\nclient.close()\nconn.recv(8)\n")
    wanted = {"socket", "bind", "listen", "connect", "accept", "sendall 5", "recv 5", "close", "recv 0"}
    assert wanted <= set(trace(records))


def test_a_call_has_its_line_its_time_its_content_and_its_socket(tmp_path: Path) -> None:
    records = observe(tmp_path, PAIR + "client.sendall(b'hello')\nconn.recv(1024)\n")
    send, receive = (next(record for record in records if record.op == op) for op in ("sendall", "recv"))
    assert (send.file, send.line, receive.line) == ("program.py", 6, 7)
    assert send.began <= (send.ended or 0) <= (receive.ended or 0)
    assert (send.content, receive.content, receive.asked) == (b"hello", b"hello", 1024)
    assert 0 not in (send.cookie, receive.cookie)
    assert send.cookie != receive.cookie


def test_content_is_kept_up_to_its_bound_and_counts_are_exact(tmp_path: Path) -> None:
    program = PAIR + "for size in (64, 65, 1024, 1025, 4096, 4097): client.sendall(b'x' * size)\n"
    sends = [record for record in observe(tmp_path, program) if record.op == "sendall"]
    assert [record.count for record in sends] == [64, 65, 1024, 1025, 4096, 4097]
    assert [len(record.content or b"") for record in sends] == [64, 65, 1024, 1024, 1024, 64]


def test_any_buffer_can_be_sent(tmp_path: Path) -> None:
    program = PAIR + textwrap.dedent("""
        import array
        client.send(bytearray(b'ab'))
        client.sendall(memoryview(b'abcdef')[::1][2:4])
        client.send(array.array('I', [1, 2]))
    """)
    sends = [record for record in observe(tmp_path, program) if record.op.startswith("send")]
    assert [(record.count, record.asked) for record in sends] == [(2, 2), (2, 2), (8, 8)]
    assert [record.content for record in sends][:2] == [b"ab", b"cd"]


def test_an_exception_is_recorded_and_raised_as_it_was(tmp_path: Path) -> None:
    program = """
        import socket
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        s.close()
        try:
            socket.socket().connect(("127.0.0.1", port))
        except ConnectionRefusedError as error:
            assert error.errno == 111, error
        else:
            raise AssertionError
    """
    records = observe(tmp_path, program)
    assert "connect ConnectionRefusedError" in trace(records)


CALLS = [
    "send()",
    "sendall('text')",
    "recv()",
    "recv('x')",
    "recv(-1)",
    "sendall(b'', 0, 0)",
    "listen(1 << 70)",
]


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_argument_gets_the_same_exception(call: str, tmp_path: Path) -> None:
    program = f"{PAIR}try:\n    client.{call}\nexcept Exception as error:\n    print(type(error), error)\n"
    observed = Observed(tmp_path, program)
    observed.finish()
    bare = subprocess.run([sys.executable, observed.script], capture_output=True, text=True, check=True)
    assert observed.output == bare.stdout != ""


def test_a_socket_closed_by_garbage_collection_is_noticed(tmp_path: Path) -> None:
    program = """
        import socket, warnings
        warnings.simplefilter("ignore")
        def leak():
            s = socket.socket()
        leak()
    """
    records = observe(tmp_path, program)
    assert trace(records) == ["socket", "collected"]
    assert records[1].cookie == records[0].cookie
    assert records[1].fd == records[0].fd == 3


def test_what_select_was_asked_about_ends_when_the_program_lets_go(tmp_path: Path) -> None:
    program = """
        import gc, select, socket, warnings
        warnings.simplefilter("ignore")
        gc.disable()
        class Asked:
            def __init__(self):
                self.socket = socket.socket()
            def fileno(self):
                return self.socket.fileno()
        select.select([], [Asked()], [], 0)
        socket.socket().close()
    """
    assert [it.fd for it in observe(tmp_path, program) if it.op in ("socket", "collected")] == [3, 3, 3]


def test_an_uncaught_exception_looks_as_without_the_probe(tmp_path: Path) -> None:
    observed = Observed(tmp_path, "import socket\ndef f():\n    socket.socket().connect(5)\nf()\n")
    observed.finish()
    bare = subprocess.run([sys.executable, observed.script], capture_output=True, text=True, check=False)
    assert observed.errors == bare.stderr
    assert observed.process.returncode == bare.returncode == 1


@pytest.mark.parametrize(
    "program",
    [
        "import sys; print(sys.argv, sys.path[1:], __name__, __file__, sorted(globals()))",
        "import sys; sys.exit(3)",
        "import sys; sys.exit('no')",
        "import os; os._exit(4)",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "raise KeyboardInterrupt",
        "import ring, calls",
        "def broken(:\n",
        "import pickle, __main__\nclass A: pass\nprint(pickle.loads(pickle.dumps(A())).__class__)",
        "import atexit; atexit.register(print, 'bye')",
        "import socket as m; s = m.socket(); print(repr(s)[:22], s.fileno(), type(s), m.socket.__name__); s.close()",
        "import threading; threading.Thread(target=lambda: print(1 / 0)).start()",
        # Of a descriptor beyond the process's table select(2) says it is ready.
        "import select; print(select.select([], [900], [], 0))",
    ],
)
def test_a_program_ends_as_without_the_probe(program: str, tmp_path: Path) -> None:
    observed = Observed(tmp_path, program)
    observed.finish()
    bare = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert observed.process.returncode == bare.returncode
    assert observed.output == bare.stdout.replace("program.py'", f"{observed.script}'")
    if "Interrupt" not in program:
        assert (
            observed.errors.replace(str(observed.script), "program.py").splitlines()[-1:]
            == bare.stderr.splitlines()[-1:]
        )


def test_what_a_killed_process_had_done_stays(tmp_path: Path) -> None:
    program = PAIR + "client.sendall(b'hello')\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    observed = Observed(tmp_path, program)
    observed.process.wait()
    assert observed.process.returncode == -signal.SIGKILL
    assert "sendall 5" in trace(observed.finish())


def test_a_full_ring_makes_the_program_wait_and_loses_nothing(tmp_path: Path) -> None:
    count = 3 * layout.SLOTS
    program = f"{PAIR}for _ in range({count}):\n    client.send(b'x')\n    conn.recv(1)\n"
    observed = Observed(tmp_path, program)
    while not observed.read():
        assert observed.process.poll() is None
    reader = next(iter(observed.readers.values()))
    while not is_waiting(reader):  # we have stopped reading
        assert observed.process.poll() is None
    records = observed.finish()
    assert sum(record.op == "send" for record in records) == count
    assert sum(record.count or 0 for record in records if record.op == "recv") == count


def is_waiting(reader: RingReader) -> bool:
    with reader.path.open("rb") as file:
        file.seek(layout.THREADS_AT + layout.THREAD_SLOT + layout.WAITING_AT)
        return file.read(1) == b"\1"


def test_a_probe_whose_reader_is_dead_lets_the_program_go_on(tmp_path: Path) -> None:
    program = f"{PAIR}for _ in range({2 * layout.SLOTS}):\n    client.send(b'x')\n    conn.recv(1)\n"
    observed = Observed(tmp_path, program)
    _, errors = observed.process.communicate(timeout=30)
    assert observed.process.returncode == 0, errors


def test_a_forked_child_has_a_ring_of_its_own(tmp_path: Path) -> None:
    program = PAIR + textwrap.dedent("""
        import os
        if os.fork() == 0:
            client.sendall(b'from the child')
            os._exit(0)
        os.wait()
        conn.recv(100)
    """)
    records = observe(tmp_path, program)
    send, receive = (next(record for record in records if record.op == op) for op in ("sendall", "recv"))
    connect = next(record for record in records if record.op == "connect")
    assert send.pid != receive.pid == connect.pid
    assert send.cookie == connect.cookie
    assert send.line == 9


def test_a_forked_child_knows_its_parent_even_when_that_has_gone(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os
        os.getppid = lambda: 1  # as of a child that comes to run after its parent has ended
        if os.fork() == 0:
            os._exit(0)
        os.wait()
    """)
    observed = Observed(tmp_path, program)
    observed.process.wait(10)
    parents = [parent for pid, parent, _ in map(owner, observed.rings.glob("*.ring")) if pid != observed.process.pid]
    observed.finish()
    assert parents == [observed.process.pid]


def test_threads_have_slots_of_their_own(tmp_path: Path) -> None:
    program = PAIR + textwrap.dedent("""
        import threading
        threads = [threading.Thread(target=client.sendall, args=(b'x',)) for _ in range(20)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert conn.recv(20, socket.MSG_WAITALL) == b'x' * 20
    """)
    records = observe(tmp_path, program)
    assert sum(record.op == "sendall" for record in records) == 20
    assert all(record.thread > 1 for record in records if record.op == "sendall")


def test_the_call_a_thread_is_in_can_be_seen(tmp_path: Path) -> None:
    observed = Observed(tmp_path, "import socket\nserver = socket.create_server(('127.0.0.1', 0))\nserver.accept()\n")
    calls: list[CallRecord] = []
    while not (calls and calls[0].op == "accept"):
        assert observed.process.poll() is None
        slots = [(reader, reader.in_flight()) for reader in observed.readers.values()]
        observed.read()
        calls = [call for reader, slot in slots for call in reader.describe(slot)]
    assert (calls[0].fd, calls[0].line, calls[0].ended) == (3, 3, None)
    os.kill(observed.process.pid, signal.SIGKILL)
    observed.finish()


@pytest.mark.parametrize("size", [4096, layout.RING_BYTES])
def test_a_ring_of_another_version_is_refused_and_let_go(size: int, tmp_path: Path) -> None:
    """A lock left on it would stop whoever looks again. Without the file its program goes on unrecorded."""
    path = tmp_path / "1-0-0.ring"
    with path.open("wb") as file:
        file.write(layout.HEADER.pack(layout.MAGIC, layout.VERSION + 1, 1, 0, 0, 0))
        file.truncate(size)
    with pytest.raises(ValueError, match="version"):
        RingReader(path, "server", 0)
    assert not path.exists()
