"""The processes of a run, from asyncio: started, read, written to and ended through a supervisor.

Programs get pipes for their standard files, not a pseudo-terminal. A terminal in canonical mode
cuts a line at 4095 bytes (termios(3)), echoes what is typed in between what the program prints, and
is one file: to tell stderr from stdout it would take two. The price: a program sees that it does
not write to a terminal, and Python then buffers stdout in blocks unless told otherwise.

All times are CLOCK_MONOTONIC in ns, which on Linux is one clock for all processes.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.child import Child, OnExit, OnOutput, signal_name
from engine.errors import CannotStart
from engine.limits import Limits as Limits
from engine.limits import Network as Network

PROGRAM = Path(__file__).with_name("supervisor.py")

OnOrphan = Callable[[int, int | None, str | None, int], None]
"""Gets pid, exit code or name of the signal, and the time in ns."""

STDIN_LIMIT = 1 << 20
"""Bytes that may wait for a program that does not read."""

KILL_SECONDS = 15.0
"""After this, beyond the grace period, a supervisor that does not end is killed; its children go with it."""


class Supervisor:
    """The engine's side of one supervisor process (`engine/supervisor.py`), which see for the protocol.

    Make one with `start`. `on_output` and `on_exit` get the name given to `spawn`; `on_exit` comes
    exactly once for each process that `spawn` returned, with its exit code or the name of the signal
    that ended it (neither when the supervisor was lost). A process's calls come after its `spawn` has
    returned, and in the order of their times, the exit last. Only what its own children still write,
    into pipes they have inherited, may come after that. `on_orphan` gets the pid of a process that a
    program had started and not waited for, and how it ended.
    """

    def __init__(self, on_output: OnOutput, on_exit: OnExit, on_orphan: OnOrphan, on_lost: Callable[[], None]) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._on_orphan = on_orphan
        self._on_lost = on_lost
        self._starting: deque[Child] = deque()
        self._by_name: dict[str, Child] = {}
        self._by_pid: dict[int, Child] = {}
        self._ending: dict[int, asyncio.Event] = {}
        self._stopping = False
        self._lock = asyncio.Lock()
        self.sockets: list[socket.socket] = []
        self.refused: str | None = None
        self._ready = False
        self._gone = asyncio.Event()
        self._socket: socket.socket
        self._child: subprocess.Popen[bytes]
        self._reports: asyncio.Task[None]

    @classmethod
    async def start(
        cls,
        *,
        scratch: Sequence[Path],
        limits: Limits,
        on_output: OnOutput,
        on_exit: OnExit,
        on_lost: Callable[[], None],
        on_orphan: OnOrphan = lambda *_: None,
        network: Network | None = None,
    ) -> Supervisor:
        """Start a supervisor. It removes the `scratch` folders if the engine dies before `close`, and only then.

        With a `network` its programs get a private one: `sockets` are then a packet socket and two
        netlink sockets in it, or `refused` says why there is none and they share the machine's.

        `on_lost` is called when it ended without `stop`; everything it had started is told of as
        exited before. Raises CannotStart.
        """
        self = cls(on_output, on_exit, on_orphan, on_lost)
        settings = {
            "limits": limits.as_resources(),
            "scratch": [str(folder.absolute()) for folder in scratch],
            "network": None if network is None else {"mtu": network.mtu, "max_segments": network.max_segments},
        }
        self._launch(settings)
        try:
            await self._hear_ready()
        except BaseException:  # it ends by itself when nobody is at the other end
            self._socket.close()
            await asyncio.to_thread(self._child.wait)
            raise
        self._reports = asyncio.create_task(self._read_reports(), name="supervisor reports")
        return self

    async def _hear_ready(self) -> None:
        """The first report carries the sockets of the private network. Raises CannotStart."""
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._socket)
        try:
            line, fds, _, _ = socket.recv_fds(self._socket, 65536, 3)
        except ConnectionError:
            line, fds = b"", []
        for fd in fds:
            os.set_inheritable(fd, False)
        if not line:
            raise CannotStart(PROGRAM.name, f"exit code {await asyncio.to_thread(self._child.wait)}")
        self.refused = json.loads(line)["refused"]
        self.sockets = [socket.socket(fileno=fd) for fd in fds]
        self._ready = True

    def _launch(self, settings: Mapping[str, Any]) -> None:
        """Start the process; about 2 ms, spent in vfork(2), where an asyncio child watcher would not help."""
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            try:
                self._child = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-E", PROGRAM, str(theirs.fileno()), json.dumps(settings)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                self._socket.close()
                raise CannotStart(PROGRAM.name, str(error)) from error

    async def spawn(self, name: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        """Start a program in `cwd`; its pid. The name must be new. Raises CannotStart with the system's reason."""
        if name in self._by_name:
            raise ValueError(f"there was a process {name} already")
        command = {"do": "spawn", "argv": list(argv), "cwd": str(cwd), "env": dict(env)}
        process = Child(name, self._on_output, self._on_exit)
        async with self._lock:
            if self._stopping or self._gone.is_set():
                raise CannotStart(name, os.strerror(errno.ECHILD))
            try:
                fds = await process.open()
            except OSError as error:
                raise CannotStart(name, str(error)) from error
            try:
                self._starting.append(process)
                await self._send(command, fds)
            except OSError as error:
                if process in self._starting:
                    self._starting.remove(process)
                process.close()
                raise CannotStart(name, str(error)) from error
            finally:
                for fd in fds:
                    os.close(fd)
            return await process.started

    def write(self, name: str, data: bytes) -> None:
        """Write to the stdin of a process, in order and without waiting; nothing when it has exited.

        Raises BufferError when the process has left more than `STDIN_LIMIT` bytes unread, BrokenPipeError when its
        input has been ended, or it has closed its end.
        """
        process = self._by_name[name]
        if process.has_exited:
            return
        if process.stdin.is_closing():
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        if process.stdin.get_write_buffer_size() + len(data) > STDIN_LIMIT:
            raise BufferError(f"{name} does not read its input")
        process.stdin.write(data)

    def close_stdin(self, name: str) -> None:
        """End the stdin of a process, after what was written to it."""
        self._by_name[name].stdin.close()

    async def interrupt(self, name: str) -> None:
        """SIGINT to a process and those of its group, as a terminal sends it for Ctrl-C; nothing when it has ended."""
        if (pid := self._pid_of(name)) is not None:
            await self._tell({"do": "interrupt", "pid": pid})

    async def end(self, name: str, grace: float = 0.7) -> None:
        """SIGTERM to a process and what it has started, SIGKILL `grace` seconds later; returns when none is left."""
        pid = self._pid_of(name)
        if pid is None:
            return
        ended = self._ending.get(pid)
        if ended is None:
            ended = self._ending[pid] = asyncio.Event()
            await self._tell({"do": "end", "pid": pid, "grace": grace})
        await ended.wait()
        await self._by_name[name].told.wait()

    def _pid_of(self, name: str) -> int | None:
        """That of a process that has not exited, as far as is known here."""
        return next((pid for pid, process in self._by_pid.items() if process.name == name), None)

    async def stop(self, grace: float = 0.7) -> None:
        """SIGTERM to every process, SIGKILL `grace` seconds later; returns when nothing is left.

        May be called again, also while it runs: each call returns when everything is gone.
        """
        if not self._stopping:
            self._stopping = True
            await self._tell({"do": "stop", "grace": grace})
        try:
            await asyncio.wait_for(self._gone.wait(), grace + KILL_SECONDS)
        except TimeoutError:
            self._child.kill()
        await self._gone.wait()

    async def close(self) -> None:
        """After `stop`, and when the scratch folders are gone: let the supervisor itself go."""
        await self._tell({"do": "close"})
        await self._reports

    async def _tell(self, command: Mapping[str, Any]) -> None:
        """Send a command, if there is still somebody to obey it."""
        async with self._lock:
            try:
                await self._send(command)
            except OSError:
                pass  # it has ended, or is ending

    async def _send(self, command: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        line = json.dumps(command).encode() + b"\n"
        # The buffer of the socket is empty here (the lock lets one command through), so this does not block.
        sent = socket.send_fds(self._socket, [line], fds)
        await asyncio.get_running_loop().sock_sendall(self._socket, line[sent:])

    async def _read_reports(self) -> None:
        loop = asyncio.get_running_loop()
        received = b""
        try:
            while data := await loop.sock_recv(self._socket, 65536):
                *lines, received = (received + data).split(b"\n")
                for line in lines:
                    report = json.loads(line)
                    if report["report"] == "gone":
                        await self._end()
                    else:
                        self._obey(report)
                await asyncio.sleep(0)  # which sock_recv, when there is more already, does not do
        except ConnectionError:
            pass  # the same as its end
        finally:
            self._socket.close()
            await asyncio.to_thread(self._child.wait)
            if not self._gone.is_set():
                await self._end()

    def _obey(self, report: dict[str, Any]) -> None:
        match report:
            case {"report": "spawned", "pid": pid}:
                process = self._starting.popleft()
                self._by_name[process.name] = self._by_pid[pid] = process
                _answer(process.started, pid)
                self._later(process.begin)
            case {"report": "refused", "reason": reason}:
                process = self._starting.popleft()
                process.close()
                _answer(process.started, CannotStart(process.name, reason))
            case {"report": "ended", "pid": pid} if pid in self._ending:
                self._ending.pop(pid).set()
            case {"report": "exited", "pid": pid, "t": t}:
                number = report.get("signal")
                name = None if number is None else signal_name(number)
                if pid in self._by_pid:
                    self._later(self._by_pid.pop(pid).exited, report.get("code"), name, t)
                else:
                    self._on_orphan(pid, report.get("code"), name, t)

    def _later(self, tell: Callable[..., None], *args: object) -> None:
        """Tell in the loop's next turn: whoever awaits `spawn` goes on first."""
        asyncio.get_running_loop().call_soon(tell, *args)

    async def _end(self) -> None:
        """Nothing comes from the supervisor any more: tell what was not told yet."""
        for process in self._by_pid.values():
            process.exited(None, None, time.monotonic_ns())
        for process in self._by_name.values():
            await process.told.wait()  # each has its exit, and so an end within `OUTPUT_SECONDS`
            process.close()
        while self._starting:
            process = self._starting.popleft()
            process.close()
            _answer(process.started, CannotStart(process.name, os.strerror(errno.ECHILD)))
        for ending in self._ending.values():
            ending.set()
        self._gone.set()
        if self._ready and not self._stopping:
            self._on_lost()


def _answer(future: asyncio.Future[int], answer: int | CannotStart) -> None:
    if future.done():  # whoever asked was cancelled
        return
    if isinstance(answer, CannotStart):
        future.set_exception(answer)
    else:
        future.set_result(answer)
