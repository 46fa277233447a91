"""The kernel's socket tables, asked over NETLINK_SOCK_DIAG (sock_diag(7)). Needs no privilege."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Collection, Iterator
from struct import Struct
from types import TracebackType
from typing import Literal

from engine.observe import inet_diag
from engine.observe.inet_diag import Protocol
from engine.records import Sample

NETLINK_SOCK_DIAG = 4
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
"""linux/netlink.h and linux/socket.h; the socket module has no names for them."""

_HEADER = Struct("=IHHII")
"""struct nlmsghdr: length with the header, type, flags, sequence number, sender's port id."""
_ERROR = Struct("=i")
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300

DESTROY_GROUPS = (1, 2, 3, 4)
"""SKNLGRP_INET_TCP_DESTROY, …_UDP_DESTROY and the same of INET6 (linux/sock_diag.h)."""

Request = tuple[int, bytes]
"""The type of a message, and its body."""
Table = Literal["tcp", "udp", "udp6"]
BUFFER_BYTES = 1 << 16
"""The kernel fills at most 32 KiB a message (netlink_dump), and less for a smaller buffer."""
DESTROY_BUFFER_BYTES = 1 << 20
"""Room for about a thousand sockets that end between two looks; net.core.rmem_max may grant less."""
PORTS_PER_DUMP = 1000
"""The jumps of the filter are 16 bits wide: 24 bytes a port."""


def open_netlink() -> socket.socket:
    """A socket that asks the tables of the network namespace it is opened in. Raises OSError."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
    netlink.bind((0, 0))
    return netlink


class Diag:
    """Asks the kernel for sockets. A context manager; not for several threads.

    `missing` are the tables this kernel does not have (for example without CONFIG_INET_UDP_DIAG);
    `overruns` counts how often news of destroyed sockets was lost since nobody read it in time.
    """

    def __init__(
        self,
        requests: socket.socket | None = None,
        destroys: socket.socket | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`requests` and `destroys` are from `open_netlink`, perhaps in another network namespace, and are
        closed with this; `clock` gives the times of the samples in ns. Raises OSError when the kernel refuses.
        """
        self.missing: set[Table] = set()
        self.overruns = 0
        self._clock = clock
        self._requests = requests or open_netlink()
        self._destroys = destroys or open_netlink()
        self._destroys.setblocking(False)
        self._destroys.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DESTROY_BUFFER_BYTES)
        for group in DESTROY_GROUPS:
            self._destroys.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        self._sequence = 0

    def __enter__(self) -> Diag:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._requests.close()
        self._destroys.close()

    def dump(self, ports: Collection[int]) -> list[Sample]:
        """Every TCP and UDP socket whose local or remote port is one of `ports`; those only bound are left out.

        A socket whose ends are both among more than `PORTS_PER_DUMP` ports may be listed twice. Raises OSError.
        """
        every = sorted(ports)
        samples = []
        for at in range(0, len(every), PORTS_PER_DUMP):
            group = every[at : at + PORTS_PER_DUMP]
            samples += self._dump("tcp", "tcp", inet_diag.tcp_dump_request(group))
            samples += self._dump("udp", "udp", inet_diag.udp_dump_request(socket.AF_INET, group))
            samples += self._dump("udp6", "udp", inet_diag.udp_dump_request(socket.AF_INET6, group))
        return samples

    def _dump(self, table: Table, protocol: Protocol, request: Request) -> list[Sample]:
        if table in self.missing:
            return []
        began = self._clock()
        try:
            answers = self._ask(request, NLM_F_DUMP)
        except FileNotFoundError:
            self.missing.add(table)
            return []
        t = self._clock()
        return [inet_diag.decode(answer, protocol, began, t) for answer in answers]

    def query(self, protocol: Protocol, local: str, remote: str, cookie: int) -> Sample | None:
        """One socket by its addresses as a Sample has them (`remote` empty without a peer), and its cookie.

        None when it is there no more, or stands behind another with these addresses. Raises OSError.
        """
        request = inet_diag.query_request(protocol, local, remote, cookie)
        began = self._clock()
        try:
            answers = self._ask(request)
        except OSError as error:
            # ESTALE: another socket has these addresses now (sock_diag_check_cookie).
            if error.errno in (errno.ENOENT, errno.ESTALE):
                return None
            raise
        return inet_diag.decode(answers[0], protocol, began, self._clock())

    def destroyed(self, ports: Collection[int], cookies: Collection[int] = ()) -> list[Sample]:
        """The last counters of sockets that the kernel has freed since the last look.

        Of those with one of `ports`, and of those of `cookies`: a connection that was refused or
        aborted has lost its peer's address by then, and its counters. Raises OSError.
        """
        began = self._clock()
        bodies = [body for datagram in self._destroy_datagrams() for _, _, body in _messages(datagram)]
        t = self._clock()
        wanted = [body for body in bodies if inet_diag.is_about(body, ports, cookies)]
        return [inet_diag.decode_destroyed(body, began, t) for body in wanted]

    def _destroy_datagrams(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._destroys.recv(BUFFER_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self.overruns += 1

    def _ask(self, request: Request, flags: int = 0) -> list[bytes]:
        """The bodies of the kernel's answers. The kernel answers while it is asked, so this never waits long."""
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        question, body = request
        header = _HEADER.pack(_HEADER.size + len(body), question, NLM_F_REQUEST | flags, self._sequence, 0)
        self._requests.send(header + body)
        answers: list[bytes] = []
        while True:
            for kind, sequence, body in _messages(self._requests.recv(BUFFER_BYTES)):
                if sequence != self._sequence:
                    continue  # the rest of an answer that was given up
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    _raise_error(body)
                    return answers
                answers.append(body)
            if answers and not flags & NLM_F_DUMP:
                return answers


def _messages(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, sequence number and body of each message."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, _, sequence, _ = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size or at + length > len(datagram):
            raise ValueError(f"a netlink message of {length} bytes at {at} of {len(datagram)}")
        yield kind, sequence, datagram[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _raise_error(body: bytes) -> None:
    """NLMSG_ERROR and NLMSG_DONE begin with 0 or a negative errno (netlink(7))."""
    (code,) = _ERROR.unpack_from(body)
    if code:
        raise OSError(-code, os.strerror(-code))
