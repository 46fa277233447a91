"""`socket-playground doctor`: what can be measured on this machine, and why not more. Every answer is tried."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from engine.errors import Argument, EngineError
from engine.events import AnyEvent, CallReturned, RunStarted, SegmentCaptured, SocketSampled, decoder
from engine.messages import Lang, render
from engine.playground import Observing, Playground
from engine.run import PROBE
from web.headless import Print, run_lesson
from web.ports import listen, listener_of

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "firefox")
SHARED_MEMORY = Path("/dev/shm")
LESSON_PORT = 8001
COMPILER = "gcc, python3-dev"
"""Debian's packages of what compiles the probe."""
PATIENCE = 5
"""Seconds for a helper program to answer."""


class Answer(NamedTuple):
    """Yes or no, and the reason: a key of the catalog and its arguments."""

    yes: bool
    key: str
    args: Mapping[str, Argument] = MappingProxyType({})


def report(lang: Lang, port: int, observing: Callable[[], Observing]) -> int:
    """Prints every check; returns 0, or 1 when something is missing that the lessons cannot do without.

    `observing` gives what the user asked for; it may raise EngineError.
    """
    trial = Trial(observing)
    checks: list[tuple[str, bool, Callable[[], Answer]]] = [
        ("python", True, python_version),
        ("calls", True, partial(calls, trial)),
        ("compiled", False, compiled_probe),
        ("blocking", False, blocking),
        ("segments", False, partial(segments, trial)),
        ("tables", False, partial(tables, trial)),
        ("shared_memory", False, shared_memory),
        ("lesson_port", False, lambda: port_free(LESSON_PORT)),
        ("dashboard_port", False, lambda: port_free(port)),
        ("raw_sockets", False, partial(raw_sockets, trial)),
        ("user_namespaces", False, user_namespaces),
        ("browser", False, browser),
        ("chinese_font", False, chinese_font),
    ]
    good = True
    for name, needed, check in checks:
        answer = check()
        good = good and (answer.yes or not needed)
        print(_line(lang, name, answer))
    return 0 if good else 1


def _line(lang: Lang, name: str, answer: Answer) -> str:
    word = render(lang, "cli.yes" if answer.yes else "cli.no")
    return f"{word:<4}{render(lang, f'cli.doctor_{name}')}: {render(lang, answer.key, answer.args)}"


def python_version() -> Answer:
    """The interpreter that runs the engine and the lessons."""
    return Answer(
        sys.version_info >= (3, 11), "cli.python_is", {"version": sys.version.split()[0], "path": sys.executable}
    )


class Trial:
    """A lesson's run, observed as the user asked for; begun when first asked about."""

    def __init__(self, observing: Callable[[], Observing]) -> None:
        self._ask = observing
        self.refused: Answer | None = None
        """Why it cannot be observed as asked for."""

    @cached_property
    def observing(self) -> Observing:
        try:
            return self._ask()
        except EngineError as error:
            self.refused = Answer(False, error.key, error.arguments)
            return Observing()

    @cached_property
    def events(self) -> list[AnyEvent] | Answer:
        """What it recorded, on a port of its own; or why there is no record."""
        lines: list[bytes] = []
        try:
            with tempfile.TemporaryDirectory() as data:
                asyncio.run(_try_lesson(Playground(Path(data), observing=self.observing), lines.append))
        except EngineError as error:
            return Answer(False, error.key, error.arguments)
        except OSError as error:
            return Answer(False, "cli.calls_failed", {"reason": str(error)})
        return [decoder.decode(line) for line in lines]


def calls(trial: Trial) -> Answer:
    """Whether the probe records the calls of a lesson's programs."""
    events = trial.events
    if isinstance(events, Answer):
        return events
    recorded = sum(isinstance(event, CallReturned) for event in events)
    return Answer(recorded > 0, "cli.calls_recorded" if recorded else "cli.no_calls_recorded", {"calls": recorded})


def compiled_probe() -> Answer:
    """Whether the usual calls are recorded by the part of the probe that is compiled, and not in Python."""
    with tempfile.TemporaryDirectory() as rings:
        program = ["-c", "import socket; print(type(socket.socket.recv).__name__)"]
        made = subprocess.run(
            [sys.executable, str(PROBE), rings, *program], capture_output=True, text=True, check=False
        )
    found = made.stdout.strip() == "Method"
    return Answer(found, "cli.probe_compiled" if found else "cli.probe_interpreted", {"packages": COMPILER})


def segments(trial: Trial) -> Answer:
    """Whether the same run had its segments captured, and on whose loopback."""
    events = trial.events
    if isinstance(events, Answer):
        return Answer(False, "cli.no_calls_recorded")
    started = next(event for event in events if isinstance(event, RunStarted))
    if started.segments != "measured":
        return Answer(False, started.segments_why or "cli.no_segments")
    key = "cli.segments_private" if started.network == "private" else "cli.segments_machine"
    return Answer(True, key, {"segments": sum(isinstance(event, SegmentCaptured) for event in events)})


def tables(trial: Trial) -> Answer:
    """Whether the same run could read the kernel's tables of sockets (sock_diag(7))."""
    events = trial.events
    if isinstance(events, Answer):
        return Answer(False, "cli.no_calls_recorded")
    samples = sum(isinstance(event, SocketSampled) for event in events)
    if trial.observing.portable:
        return Answer(False, "ui.no_segments_portable")
    return Answer(samples > 0, "cli.tables_read" if samples else "cli.no_tables", {"samples": samples})


async def _try_lesson(playground: Playground, see: Print) -> None:
    with listen(0) as free:
        port = free.getsockname()[1]
    try:
        await run_lesson(playground, "sticky", {"PORT": port}, see, PATIENCE)
    finally:
        await playground.close()


def blocking() -> Answer:
    """Whether /proc/PID/syscall of a child can be read (proc(5); needs ptrace access, PTRACE_MODE_ATTACH_FSCREDS)."""
    child = subprocess.Popen([sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE)
    try:
        path = Path(f"/proc/{child.pid}/syscall")
        for _ in _until(PATIENCE):
            if path.read_text()[0].isdigit():
                return Answer(True, "cli.syscall_readable")
        return Answer(False, "cli.syscall_never_blocked")
    except OSError as error:
        return Answer(False, "cli.syscall_unreadable", {"reason": str(error)})
    finally:
        child.kill()
        child.communicate()


def shared_memory() -> Answer:
    """Where the probes' rings are; without it they are on disk."""
    if not os.access(SHARED_MEMORY, os.W_OK | os.X_OK):
        return Answer(False, "cli.no_shared_memory", {"path": str(SHARED_MEMORY)})
    free = shutil.disk_usage(SHARED_MEMORY).free
    return Answer(True, "cli.shared_memory_free", {"path": str(SHARED_MEMORY), "mebibytes": free >> 20})


def port_free(port: int) -> Answer:
    """Whether a program could listen on a loopback port now, and else who does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
            return Answer(True, "cli.port_is_free", {"port": port})
        except OSError as error:
            owner = listener_of(port)
            if owner is None:
                return Answer(False, "cli.port_refused", {"port": port, "reason": str(error)})
            return Answer(False, "cli.port_taken_by", {"port": port, "program": owner.name, "pid": owner.pid})


def raw_sockets(trial: Trial) -> Answer:
    """Whether segments on the machine's own loopback can be captured (packet(7): CAP_NET_RAW)."""
    if trial.observing.packets is not None:
        return Answer(True, "cli.raw_sockets_passed")
    if trial.refused is not None:
        return trial.refused
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (OSError, AttributeError) as error:
        return Answer(False, "cli.raw_sockets_refused", {"reason": str(error)})
    return Answer(True, "cli.raw_sockets_open")


def user_namespaces() -> Answer:
    """Whether a private loopback can be made without root (user_namespaces(7))."""
    return _asked(["unshare", "--user", "--net", "true"], "cli.namespaces_open", "cli.namespaces_refused")


def browser() -> Answer:
    """The browser the tests would use: $CHROMIUM, else the first one found."""
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        if path := shutil.which(name):
            return Answer(True, "cli.browser_found", {"path": path})
    return Answer(False, "cli.no_browser", {"names": ", ".join(BROWSERS)})


def chinese_font() -> Answer:
    """A font that has Chinese characters."""
    return _asked(["fc-list", ":lang=zh", "family"], "cli.font_found", "cli.no_font")


def _asked(command: list[str], yes: str, no: str) -> Answer:
    """What a program answers: yes when it succeeds (and, where it lists something, lists at least one)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(False, no, {"reason": str(error)})
    first = done.stdout.partition("\n")[0]
    if done.returncode == 0 and (first or command[-1] == "true"):
        return Answer(True, yes, {"found": first})
    return Answer(False, no, {"reason": done.stderr.strip() or " ".join(command)})


def _until(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.01)
