"""Held processes: real programs whose calls are let through one by one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from engine.events import (
    AnyEvent,
    CallHeld,
    CallReturned,
    CallStarted,
    FindingMade,
    ProcessHeld,
    ProcessStarted,
    RunEnded,
    RunStarted,
    decoder,
)
from engine.lesson import load_lessons
from engine.playground import Playground
from engine.run import PROBE
from tests.held import Stage
from tests.own_lessons import until

SCENARIOS = Path(__file__).parent.parent / "engine" / "scenarios"
PAIR = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
conn, _ = server.accept()
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    here = Stage(tmp_path)
    yield here
    here.close()


NEXT = count(1)


def sticky(tmp_path: Path, port: int) -> tuple[Stage, dict[str, str]]:
    """The lesson with its server listening, and waiting in accept()."""
    lesson = load_lessons([SCENARIOS]).lessons["sticky"]
    texts = {it.name: it.text for it in lesson.render(lesson.check({"PORT": port, "READ_DELAY": 0.0, "PAUSE": 0.0}))}
    here = Stage(tmp_path / str(next(NEXT)))
    here.start("server", texts["server"])
    here.until(lambda: any(isinstance(it, CallStarted) and it.op == "accept" for it in here.events))
    return here, texts


def run_sticky(tmp_path: Path, port: int) -> list[AnyEvent]:
    """The server is held until the client has sent both."""
    here, texts = sticky(tmp_path, port)
    try:
        here.pipeline.hold("server", True)
        here.start("client", texts["client"], "client").wait(20)
        here.held("server", "recv")
        here.pipeline.hold("server", False)
        return here.finish()
    finally:
        here.close()


def run_not_sticky(tmp_path: Path, port: int) -> list[AnyEvent]:
    """Both are held; send and recv are let through in turns."""
    here, texts = sticky(tmp_path, port)
    try:
        here.pipeline.hold(None, True)
        here.start("client", texts["client"], "client")
        for call in ("socket", "connect", "sendall"):
            here.let("client", call)
        here.let("server", "recv")
        here.let("client", "sendall", 2)
        here.let("server", "recv", 2)
        here.pipeline.hold(None, False)
        return here.finish()
    finally:
        here.close()


def outcome(events: list[AnyEvent]) -> tuple[list[int], list[str]]:
    receives = [it.count or 0 for it in events if isinstance(it, CallReturned) and it.moved == "received"]
    return receives, [it.kind for it in events if isinstance(it, FindingMade)]


def test_sticky_and_not_sticky_on_demand_fifty_times_each(tmp_path: Path, free_port: int) -> None:
    stuck = [outcome(run_sticky(tmp_path, free_port)) for _ in range(50)]
    apart = [outcome(run_not_sticky(tmp_path, free_port)) for _ in range(50)]
    assert stuck == [([15, 0], ["sticky"])] * 50
    assert apart == [([12, 3, 0], [])] * 50


def test_start_held_is_held_before_the_first_call_and_goes_on_call_by_call(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    stage.start("server", PAIR + "client.sendall(b'hello')\nprint(conn.recv(1024))\n")
    assert stage.held("server", "socket").line == 3
    assert stage.returned("server") == []
    for op in ("socket", "setsockopt", "bind", "listen"):
        stage.let("server", op)
    stage.let("server", "socket", 2)
    stage.let("server", "connect")
    stage.let("server", "accept")
    held = stage.held("server", "sendall")
    assert (held.line, held.asked, held.fd, held.stream) == (6, 5, 4, None)
    sent = stage.let("server", "sendall")
    assert (sent.start, sent.end) == (0, 5)
    held = stage.held("server", "recv")
    assert (held.args, held.moved) == ("1024", "received")
    assert held.caption is not None
    assert held.caption.args == {"who": "server", "call": "recv(1024)"}
    stage.pipeline.hold(None, False)
    events = stage.finish()
    (received,) = stage.returned("server", "recv")
    assert (received.call, received.count) == (held.call, 5)
    assert received.began > held.t
    assert [event.hold for event in events if isinstance(event, ProcessHeld)] == [True, False]
    assert [event.t for event in events] == sorted(event.t for event in events)
    calls = [event.call for event in events if isinstance(event, CallReturned)]
    assert len(calls) == len(set(calls))


def test_the_destination_of_a_held_datagram_is_told(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    stage.start(
        "client", "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.sendto(b'abc', ('127.0.0.1', 9))"
    )
    stage.let("client", "socket")
    held = stage.held("client", "sendto")
    assert (held.args, held.asked, held.fd) == ("127.0.0.1:9", 3, 3)


def test_a_held_process_costs_next_to_nothing(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    process = stage.start("server", PAIR)
    stage.held("server", "socket")
    before, until = cpu_ticks(process.pid), time.monotonic() + 1.5
    stage.until(lambda: time.monotonic() > until)
    assert cpu_ticks(process.pid) - before <= 0.05 * 1.5 * os.sysconf("SC_CLK_TCK")
    assert stage.trace() == ["server held socket"]


def cpu_ticks(pid: int) -> int:
    """utime and stime (proc(5)), in ticks of SC_CLK_TCK."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


THREADS = """
import socket, threading
pairs = [socket.socketpair() for _ in range(3)]
for left, _ in pairs:
    left.send(b"ab")
threads = [threading.Thread(target=lambda end=right: (end.recv(1), end.recv(1))) for _, right in pairs]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_one_call_lets_one_call_of_one_thread_through(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    process = stage.start("server", THREADS)
    for op in ("socketpair", "send"):
        for times in (1, 2, 3):
            stage.let("server", op, times)
    stage.held("server", "recv", 3)
    first, second, third = (it.thread for it in stage.events if isinstance(it, CallHeld) and it.op == "recv")
    for step, (chosen, thread) in enumerate(((second, second), (None, first), (third, third)), 1):
        assert stage.pipeline.one_call("server", chosen)
        assert stage.held("server", "recv", 3 + step).thread == thread
        assert [it.thread for it in stage.returned("server", "recv")][step - 1 :] == [thread]
    assert not stage.pipeline.one_call("server", 200)
    assert not stage.pipeline.one_call("client")
    stage.pipeline.hold("server", False)
    stage.finish()
    assert process.returncode == 0
    assert len(stage.returned("server", "recv")) == 6


ASYNCIO = """
import asyncio

async def echo(reader, writer):
    writer.write(await reader.read(100))
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello")
    print(await reader.read(100))
    writer.close()
    server.close()

asyncio.run(main())
"""


def test_asyncio_is_held_call_by_call(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    process = stage.start("server", ASYNCIO)

    def held() -> list[CallHeld]:
        return [event for event in stage.events if isinstance(event, CallHeld)]

    for step in range(1, 16):
        stage.until(lambda at=step: len(held()) == at)  # type: ignore[misc]
        assert [it.call for it in stage.returned("server")] == [it.call for it in held()[:-1]]
        assert stage.pipeline.one_call("server")
    stage.pipeline.hold("server", False)
    stage.until(lambda: process.poll() is not None)
    assert process.communicate() == ("b'hello'\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_held_process_can_be_ended(number: signal.Signals, stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    process = stage.start("server", PAIR)
    stage.held("server", "socket")
    process.send_signal(number)
    assert process.wait(10) == -number
    stage.finish()
    assert stage.trace() == ["server held socket"]
    assert stage.pipeline.processes == []


def test_ctrl_c_ends_the_stand_and_the_call_is_not_made(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    program = """
        import socket
        left, right = socket.socketpair()
        try:
            left.send(b"never")
        except KeyboardInterrupt:
            right.setblocking(False)
            right.recv(5)
    """
    process = stage.start("server", program)
    stage.let("server", "socketpair")
    stage.held("server", "send")
    process.send_signal(signal.SIGINT)
    stage.held("server", "setblocking")
    assert not any(it.op == "send" for it in stage.returned("server"))
    stage.pipeline.hold("server", False)
    stage.finish()
    assert [it.error for it in stage.returned("server", "recv")] == ["BlockingIOError"]
    calls = {it.op: it.call for it in stage.events if isinstance(it, CallHeld)}
    assert len(set(calls.values())) == 3


def test_a_call_that_a_signal_handler_makes_meanwhile_is_held_too(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    program = """
        import signal, socket
        left, right = socket.socketpair()
        signal.signal(signal.SIGUSR1, lambda *_: left.send(b"x"))
        print(right.recv(5))
    """
    process = stage.start("server", program)
    stage.let("server", "socketpair")
    received = stage.held("server", "recv")
    process.send_signal(signal.SIGUSR1)
    stage.let("server", "send")
    assert stage.returned("server", "recv") == []
    stage.until(lambda: stage.pipeline.one_call("server"))
    stage.finish()
    assert [(it.call, it.count) for it in stage.returned("server", "recv")] == [(received.call, 1)]


FORK = """
import os, socket, threading
thread = threading.Thread(target=socket.socket)
thread.start()
if os.fork() == 0:
    socket.socket().close()
    os._exit(0)
os.wait()
thread.join()
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_that_is_forked_while_held_is_held_and_released_by_itself(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    process = stage.start("server", FORK)
    stage.held("server", "socket")
    stage.until(lambda: len(stage.pipeline.processes) == 2)
    (child,) = set(stage.pipeline.processes) - {"server"}
    stage.held(child, "socket")
    stage.pipeline.hold(child, False)
    stage.until(lambda: stage.pipeline.processes == ["server"])
    assert [it.op for it in stage.returned(child)] == ["socket", "close"]
    assert stage.returned("server") == []
    stage.pipeline.hold("server", False)
    stage.finish()
    assert process.returncode == 0
    told = [(it.process, it.hold) for it in stage.events if isinstance(it, ProcessHeld)]
    assert told == [("server", True), (child, True), (child, False), ("server", False)]


def test_a_python_child_that_a_held_process_starts_is_held_from_its_first_call(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    child = "import socket; socket.socket().close(); print('child')"
    process = stage.start(
        "server", f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}], check=True)\n"
    )
    stage.until(lambda: len(stage.pipeline.processes) == 2)
    (name,) = set(stage.pipeline.processes) - {"server"}
    stage.let(name, "socket")
    stage.held(name, "close")
    stage.pipeline.hold(None, False)
    stage.until(lambda: process.poll() is not None)
    assert process.communicate() == ("child\n", "")


ENGINE = """
import sys, time
from pathlib import Path
from engine.observe.rings import RingReader
from engine.probe.layout import HELD
reader = RingReader(Path(sys.argv[1]), "server", 0)
reader.threads.hold(True)
print("holding", flush=True)
while not any(slot.stands == HELD for slot in reader.standing()):
    reader.drain(time.monotonic_ns())
print("held", flush=True)
input()
"""


def test_a_program_that_a_dead_engine_held_goes_on(tmp_path: Path) -> None:
    program = tmp_path / "server.py"
    program.write_text("import socket\nwhile input() != 'end':\n    socket.socket().close()\n")
    command = [sys.executable, str(PROBE), str(tmp_path), str(program)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
    while not (rings := list(tmp_path.glob("*.ring"))):
        assert process.poll() is None
    command = [sys.executable, "-c", ENGINE, str(rings[0])]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert engine.stdout is not None
    assert engine.stdout.readline() == "holding\n"
    process.stdin.write("again\nend\n")
    process.stdin.flush()
    assert engine.stdout.readline() == "held\n"
    assert process.poll() is None
    engine.kill()
    engine.communicate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_socket_that_is_collected_while_held_is_closed_without_a_stand(stage: Stage) -> None:
    stage.pipeline.hold(None, True)
    stage.start("server", "import socket\nleft, right = socket.socketpair()\ndel left\nright.recv(1)\n")
    stage.let("server", "socketpair")
    received = stage.let("server", "recv")
    assert received.eof
    assert [it.collected for it in stage.returned("server", "close")] == [True]
    assert [it.op for it in stage.events if isinstance(it, CallHeld)] == ["socketpair", "recv"]


RUNNING = """
import asyncio, sys
from pathlib import Path
from engine.playground import Playground

async def main():
    here = Playground(Path(sys.argv[1]))
    run = await here.start_run("sticky", {"PORT": int(sys.argv[2])}, held=True)
    while not any(b'"call.held"' in line for line in run.recording.lines()):
        await asyncio.sleep(0.01)
    (started,) = [line for line in run.recording.lines() if b'"process.started"' in line]
    print(started.decode(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_when_the_engine_is_killed_nothing_of_a_held_run_is_left(tmp_path: Path, free_port: int) -> None:
    command = [sys.executable, "-c", RUNNING, str(tmp_path), str(free_port)]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    started = decoder.decode(engine.stdout.readline())
    assert isinstance(started, ProcessStarted)
    process = Path(f"/proc/{started.pid}")
    assert process.exists()
    engine.kill()
    engine.communicate()
    deadline = time.monotonic() + 10
    while process.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_run_that_is_stopped_while_held_makes_no_more_calls(tmp_path: Path, free_port: int) -> None:
    async def scene() -> list[AnyEvent]:
        here = Playground(tmp_path)
        run = await here.start_run("sticky", {"PORT": free_port}, held=True)
        await until(lambda: any(b'"call.held"' in line for line in run.recording.lines()))
        await asyncio.wait_for(run.stop(), 10)
        await run.wait()
        await here.close()
        return [decoder.decode(line) for line in run.recording.lines()]

    events = asyncio.run(scene())
    assert isinstance(events[0], RunStarted)
    assert events[0].held
    assert isinstance(events[-1], RunEnded)
    assert events[-1].why == "stopped"
    assert [event.op for event in events if isinstance(event, CallHeld)] == ["socket"]
    assert not [event for event in events if isinstance(event, CallStarted | CallReturned)]
