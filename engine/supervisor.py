"""The supervisor of one run: starts its programs, and sees to it that nothing of them is left.

A process of its own, in its own session, so that Ctrl-C in the engine's terminal does not reach it.
It is the child subreaper of everything below it (prctl(2), PR_SET_CHILD_SUBREAPER): whoever loses
its parent there becomes our child, whatever session or process group it has moved to.

Started as `python -I -S -E supervisor.py FD SETTINGS`. FD is a Unix stream socket to the engine;
SETTINGS is JSON: {"limits": {"RLIMIT_…": [soft, hard]}, "scratch": [folders], "network": null or
{"mtu": bytes or null, "max_segments": number or null}}: with a network the programs get a private one.
Both sides write JSON, one object a line.

    engine → supervisor                          supervisor → engine
                                                 {"report": "ready", "refused": null or why there is
                                                   no private network}, its sockets as SCM_RIGHTS
    {"do": "spawn", "argv", "cwd", "env"}        {"report": "spawned", "pid"}
      with stdin, stdout and stderr as SCM_RIGHTS  or {"report": "refused", "reason"}
                                                 {"report": "exited", "pid", "code" or "signal", "t"}
    {"do": "interrupt", "pid"}                   SIGINT to its process group, as Ctrl-C at a terminal
    {"do": "end", "pid", "grace": seconds}       SIGTERM to its family, SIGKILL after the grace;
                                                   {"report": "ended", "pid"} when nothing of it is left
    {"do": "stop", "grace": seconds}             {"report": "gone"} when nothing at all is left
    {"do": "close"}                              (end of stream)

`exited` is reported of every process that became ours, and before its pid is free; of adopted ones not when
the engine is far behind. `t` is CLOCK_MONOTONIC in ns, which all processes of a Linux machine share. When the
engine is gone (end of stream without `close`), or on SIGTERM, everything is killed at once and the scratch
folders are removed: so long as an engine has not said `close`, there is somebody to clear up after it.

Standard library only, few imports: every run waits for it to start.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # which -I leaves out
import family  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take a fifth of the start
    from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

KILL_SECONDS = 10.0
"""How long to go on killing. Only what no signal ends at once (a process in uninterruptible sleep,
or one that has become another user) is still there then."""

LOOK_SECONDS = 0.02
"""Between two looks at processes that were asked to end; a grandchild's end does not wake us."""

READ_BYTES = 65536
UNSENT_BYTES = 1 << 20
"""An engine that is this far behind is not told of every exit any more: whoever forks without end must be reaped."""
MAX_FDS = 3  # of one command


def prctl(option: int, value: int) -> None:
    """prctl(2), which the standard library lacks. OSError when the kernel refuses."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def reason_of(error: Exception) -> str:
    """The system's words, and the file they are about."""
    if isinstance(error, OSError) and error.strerror is not None:
        return error.strerror + (": " + os.fsdecode(error.filename) if error.filename else "")
    return str(error)


class CannotStart(Exception):
    """The program was not started; the text says why, in the system's words."""


def start_program(command: dict[str, Any], stdio: list[int], limits: dict[str, list[int]]) -> int:
    """fork and exec, as a session of its own; the pid."""
    failure, report = os.pipe()  # the write end closes by itself at a successful exec
    us = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()  # so that a program that signals its own group does not hit us
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == us:  # else we died before the line above, and nobody would end it
                become(command, stdio, limits)
        except Exception as error:
            os.write(report, reason_of(error).encode())
        finally:
            os._exit(127)
    os.close(report)
    with open(failure, "rb") as file:
        reason = file.read().decode()
    if reason:
        os.waitpid(pid, 0)
        raise CannotStart(reason)
    return pid


def become(command: dict[str, Any], stdio: list[int], limits: dict[str, list[int]]) -> None:
    """The last steps in the child: standard files, limits, folder, program."""
    for target, fd in enumerate(stdio):
        os.dup2(fd, target)
    # Ignored by Python, or by a shell that has put the engine into the background; exec would keep that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(command["cwd"])
    for name, (soft, hard) in limits.items():
        lower(getattr(resource, name), soft, hard)
    os.execvpe(command["argv"][0], command["argv"], command["env"])


def lower(limit: int, soft: int, hard: int) -> None:
    """Set a resource limit, but never above the hard limit there is."""
    highest = resource.getrlimit(limit)[1]
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(limit, (soft, hard))


class Ending:
    """A family that was asked to end; after `deadline` (CLOCK_MONOTONIC seconds) it is made to."""

    def __init__(self, members: family.Family, deadline: float) -> None:
        self.members = members
        self.deadline = deadline
        self.seen_empty_at = -1

    def over(self, reaped: int) -> bool:
        """Whether nobody is left of it; signals who should be gone by now. `reaped`: how many were, up to now.

        A look that finds nobody may have missed one that had just forked and exited; then one more will be reaped.
        """
        if self.members.signal(signal.SIGKILL if time.monotonic() >= self.deadline else 0):
            return False
        was, self.seen_empty_at = self.seen_empty_at, reaped
        return was == reaped


class Supervisor:
    """One engine, its programs, and whatever those have started."""

    def __init__(self, engine: socket.socket, wakeup: socket.socket, limits: dict[str, list[int]]) -> None:
        self.engine = engine
        self.wakeup = wakeup
        self.limits = limits
        self.received = b""
        self.unsent = bytearray()
        self.fds: list[int] = []
        self.programs: set[int] = set()
        """Those not yet reaped: only their pids are sure to be theirs."""
        self.endings: list[Ending] = []
        self.reaped = 0
        self.engine_gone = False
        self.poll = select.poll()
        self.poll.register(engine, select.POLLIN)
        self.poll.register(wakeup, select.POLLIN)

    def serve(self) -> None:
        """Obey the engine until it says `close` or is gone; returns when nothing is left below us."""
        while not self.engine_gone:
            for command in self.wait(LOOK_SECONDS if self.endings else None):
                if command["do"] == "close":
                    return
                self.obey(command)
            self.reap()
            self.look_after_endings()
        self.kill()

    def obey(self, command: dict[str, Any]) -> None:
        do, pid = command["do"], command.get("pid", 0)
        if do == "spawn":
            self.spawn(command)
        elif do == "stop":
            self.ask_to_end(command["grace"])
            self.kill()
            self.report(report="gone")
        elif pid not in self.programs:
            self.report(report="ended", pid=pid)
        elif do == "interrupt":
            family.send_signal(-pid, signal.SIGINT)
        else:
            members = family.Family(pid)
            members.signal(signal.SIGTERM)
            self.endings.append(Ending(members, time.monotonic() + command["grace"]))

    def look_after_endings(self) -> None:
        for ending in list(self.endings):
            if ending.over(self.reaped):
                self.endings.remove(ending)
                self.report(report="ended", pid=ending.members.root)

    def wait(self, seconds: float | None = None) -> list[dict[str, Any]]:
        """Sleep until a signal or the engine; the commands received."""
        ready = dict(self.poll.poll(None if seconds is None else seconds * 1000))
        if self.wakeup.fileno() in ready and signal.SIGTERM in self.wakeup.recv(READ_BYTES):
            self.engine_gone = True
        told = ready.get(self.engine.fileno(), 0)
        if told & select.POLLOUT:
            self.send()
        return self.commands() if told & ~select.POLLOUT else []

    def commands(self) -> list[dict[str, Any]]:
        """What the engine has sent, in whole lines. The descriptors of a line come with its first byte."""
        try:
            data, fds, _, _ = socket.recv_fds(self.engine, READ_BYTES, MAX_FDS)
        except ConnectionError:
            data, fds = b"", []
        for fd in fds:
            os.set_inheritable(fd, False)  # recv_fds takes MSG_CMSG_CLOEXEC and ignores it
        self.fds += fds
        if not data:
            self.engine_gone = True
        *lines, self.received = (self.received + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def report(self, **fields: str | int) -> None:
        self.unsent += json.dumps(fields).encode() + b"\n"
        self.send()

    def send(self) -> None:
        """What the engine has room for now: to wait for it would be to reap nobody meanwhile."""
        try:
            while self.unsent:
                del self.unsent[: self.engine.send(self.unsent, socket.MSG_DONTWAIT)]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.engine_gone = True
            self.unsent.clear()
        self.poll.modify(self.engine, select.POLLIN | (select.POLLOUT if self.unsent else 0))

    def spawn(self, command: dict[str, Any]) -> None:
        stdio, self.fds = self.fds[:3], self.fds[3:]
        try:
            pid = start_program(command, stdio, self.limits)
        except (CannotStart, OSError) as error:
            self.report(report="refused", reason=reason_of(error))
        else:
            self.programs.add(pid)
            self.report(report="spawned", pid=pid)
        finally:
            for fd in stdio:
                os.close(fd)

    def reap(self) -> bool:
        """Collect and report who has exited; whether any child is left."""
        while True:
            try:
                # Left waitable until it is reported: whoever finds the pid gone can have heard how it ended.
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return False
            if ended is None:
                return True
            if ended.si_pid in self.programs or len(self.unsent) < UNSENT_BYTES:
                how = {"code" if ended.si_code == os.CLD_EXITED else "signal": ended.si_status}
                self.report(report="exited", pid=ended.si_pid, t=time.monotonic_ns(), **how)
            self.programs.discard(ended.si_pid)
            os.waitpid(ended.si_pid, 0)
            self.reaped += 1

    def ask_to_end(self, grace: float) -> None:
        """SIGTERM to all; returns when they are gone, or the engine is, or `grace` seconds are over."""
        deadline = time.monotonic() + grace
        family.signal_descendants(signal.SIGTERM)
        while self.reap() and not self.engine_gone and (left := deadline - time.monotonic()) > 0:
            self.wait(left)

    def kill(self) -> None:
        """SIGKILL until nothing is left: a fork may always have been faster than the last look."""
        deadline = time.monotonic() + KILL_SECONDS
        while self.reap() and time.monotonic() < deadline:
            if not family.signal_descendants(signal.SIGKILL):
                time.sleep(0.001)  # only dying ones are left; their parents, or we, reap them presently


def say_ready(engine: socket.socket, network: dict[str, Any] | None) -> None:
    """Make the private network if one is wanted, and hand over the sockets that watch it."""
    sockets: list[socket.socket] = []
    refused = None
    if network is not None:
        import private_network  # type: ignore[import-not-found]

        try:
            sockets = private_network.enter(network["mtu"], network["max_segments"])
        except OSError as error:
            refused = reason_of(error)
    line = json.dumps({"report": "ready", "refused": refused}).encode() + b"\n"
    socket.send_fds(engine, [line], [sock.fileno() for sock in sockets])
    for sock in sockets:
        sock.close()


def remove(folders: list[str]) -> None:
    import shutil  # slow to import, and only needed here

    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    engine = socket.socket(fileno=int(sys.argv[1]))
    engine.set_inheritable(False)
    settings = json.loads(sys.argv[2])
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wakeup, write_end = socket.socketpair()
    write_end.setblocking(False)
    signal.set_wakeup_fd(write_end.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)
    say_ready(engine, settings["network"])
    supervisor = Supervisor(engine, wakeup, settings["limits"])
    supervisor.serve()
    if supervisor.engine_gone:
        remove(settings["scratch"])


if __name__ == "__main__":
    main()
