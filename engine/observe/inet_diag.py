"""The layouts of linux/inet_diag.h: requests encoded, answers decoded. Pure; native byte order but for ports."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator, Sequence
from struct import Struct
from typing import Literal

from engine.records import FIN_RECEIVED, FIN_UNACKED, Sample, TcpState, UdpState

Protocol = Literal["tcp", "udp"]
PROTOCOLS: dict[Protocol, int] = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}

TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY = 18, 20
"""Types of the two kinds of request (linux/inet_diag.h, linux/sock_diag.h)."""

HEADER_BYTES = 72
"""struct inet_diag_msg."""

_REQUEST = Struct("=BBBxI")
"""struct inet_diag_req_v2 up to its `id`: family, protocol, wanted extensions, states."""
_OLD_REQUEST = Struct("=BxxB48xII")
"""struct inet_diag_req: family, (prefix lengths), wanted extensions, (id), states, (dbs)."""
_PORTS = Struct("!HH")
_SOCKET_ID = Struct("!HH16s16s")
"""struct inet_diag_sockid up to its `if`, in network order: source and destination port, then addresses."""
_SOCKET_ID_REST = Struct("=IQ")
"""The interface and the cookie."""
_MESSAGE = Struct("=BBBB4x16s16s4xQIIIII")
"""struct inet_diag_msg: family, state, timer, retransmits, (ports), source, destination, (interface), cookie,
expires, rqueue, wqueue, uid, inode. The ports are in network order and read by _PORTS."""
_PORTS_AT = 4
_COOKIE = Struct("=Q")
_COOKIE_AT = 44
_RQUEUE_AT = 56
_ATTRIBUTE = Struct("=HH")
_BYTECODE_OP = Struct("=BBH")

# enum INET_DIAG_*: attributes of an answer; extension n is asked for by bit n - 1 of idiag_ext.
INFO, SKMEMINFO, PROTOCOL = 2, 7, 10
_EXTENSIONS = 1 << (INFO - 1) | 1 << (SKMEMINFO - 1)
REQUEST_BYTECODE = 1
_JUMP, _LOCAL_PORT_IS, _REMOTE_PORT_IS = 1, 11, 12
"""INET_DIAG_BC_JMP, _S_EQ, _D_EQ."""

_STATES = 0x1FFE
"""Bits 1 to 12. Bit 13 would add sockets that are only bound: theirs is a slow table, and bind() has told of them."""

# include/net/tcp_states.h
TCP_STATES: tuple[TcpState | None, ...] = (
    None,
    "ESTABLISHED",
    "SYN-SENT",
    "SYN-RECEIVED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "CLOSED",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "SYN-RECEIVED",
)
UDP_STATES: dict[int, UdpState] = {1: "CONNECTED", 7: "UNCONNECTED"}
"""UDP borrows the numbers of ESTABLISHED and CLOSE (net/ipv4/udp_diag.c)."""

_U32, _U64 = Struct("=I"), Struct("=Q")
_INFO_FIELDS: tuple[tuple[str, Struct, int], ...] = (
    ("mss", _U32, 16),
    ("rtt", _U32, 68),
    ("ssthresh", _U32, 76),
    ("cwnd", _U32, 80),
    ("retransmissions", _U32, 100),
    ("bytes_acked", _U64, 120),
    ("bytes_received", _U64, 128),
    ("segments_out", _U32, 136),
    ("segments_in", _U32, 140),
    ("unsent", _U32, 144),
    ("data_segments_in", _U32, 152),
    ("data_segments_out", _U32, 156),
    ("segments_delivered", _U32, 192),
    ("bytes_sent", _U64, 200),
    ("bytes_retransmitted", _U64, 208),
    ("send_window", _U32, 228),
    ("receive_window", _U32, 232),
)
"""Fields of struct tcp_info and their offsets. It only ever grew at its end: an older kernel's is shorter."""
_NO_SSTHRESH = 0x7FFFFFFF
"""TCP_INFINITE_SSTHRESH of include/net/tcp.h."""

_RMEM_ALLOC, _RCVBUF, _WMEM_ALLOC, _SNDBUF, _WMEM_QUEUED, _DROPS = 0, 1, 2, 3, 5, 8
"""enum SK_MEMINFO_* of linux/sock_diag.h."""


def tcp_dump_request(ports: Sequence[int]) -> tuple[int, bytes]:
    """Type and body of the question for every TCP socket whose local or remote port is one of `ports`.

    The older of the two requests, since it alone takes AF_UNSPEC (inet_diag_dump_compat): IPv4 and
    IPv6 live in one table, and to go through it is what costs.
    """
    head = _OLD_REQUEST.pack(socket.AF_UNSPEC, _EXTENSIONS, _STATES, 0)
    return TCPDIAG_GETSOCK, head + _filter_attribute(ports)


def udp_dump_request(family: int, ports: Sequence[int]) -> tuple[int, bytes]:
    """The same for the UDP sockets of a family."""
    head = _REQUEST.pack(family, PROTOCOLS["udp"], _EXTENSIONS, _STATES)
    return SOCK_DIAG_BY_FAMILY, head + bytes(_SOCKET_ID.size + _SOCKET_ID_REST.size) + _filter_attribute(ports)


def _filter_attribute(ports: Sequence[int]) -> bytes:
    bytecode = port_filter(ports)
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(bytecode), REQUEST_BYTECODE) + bytecode


def port_filter(ports: Sequence[int]) -> bytes:
    """The program of INET_DIAG_REQ_BYTECODE that accepts a socket with one of `ports` at either end.

    Jumps only lead forward, `yes` at most 255 bytes: so each comparison is followed by a jump to
    the end of the program, which accepts. A jump to four bytes behind the end rejects.
    """
    comparisons = [(code, port) for port in ports for code in (_LOCAL_PORT_IS, _REMOTE_PORT_IS)]
    step = 3 * _BYTECODE_OP.size
    program = bytearray()
    for index, (code, port) in enumerate(comparisons):
        rest = step * (len(comparisons) - index)
        program += _BYTECODE_OP.pack(code, 8, step if rest > step else step + 4)
        program += _BYTECODE_OP.pack(0, 0, port)
        program += _BYTECODE_OP.pack(_JUMP, 4, rest - 8)
    return bytes(program)


def query_request(protocol: Protocol, local: str, remote: str, cookie: int) -> tuple[int, bytes]:
    """The question for one socket, by its addresses as a Sample has them and its cookie."""
    family, local_port, local_host = _packed(local)
    _, remote_port, remote_host = _packed(remote) if remote else (family, 0, b"")
    # For one UDP socket the kernel takes the ends as an arriving datagram has them (udp_dump_one).
    ends = (
        (remote_port, local_port, remote_host, local_host)
        if protocol == "udp"
        else (local_port, remote_port, local_host, remote_host)
    )
    head = _REQUEST.pack(family, PROTOCOLS[protocol], _EXTENSIONS, _STATES)
    return SOCK_DIAG_BY_FAMILY, head + _SOCKET_ID.pack(*ends) + _SOCKET_ID_REST.pack(0, cookie)


def _packed(address: str) -> tuple[int, int, bytes]:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return family, int(port), socket.inet_pton(family, host.strip("[]"))


def is_about(message: bytes, ports: Collection[int], cookies: Collection[int]) -> bool:
    """Does an answer tell of one of these sockets, or of one with such a port? Cheaper than to decode it."""
    local, remote = _PORTS.unpack_from(message, _PORTS_AT)
    return local in ports or remote in ports or _COOKIE.unpack_from(message, _COOKIE_AT)[0] in cookies


def decode(message: bytes, protocol: Protocol, began: int, t: int) -> Sample:
    """An answer of the kernel, read between `began` and `t`. Raises ValueError when it is none."""
    if len(message) < HEADER_BYTES:
        raise ValueError(f"an inet_diag_msg has {HEADER_BYTES} bytes, not {len(message)}")
    family, state, _, _, source, destination, cookie, _, received, queued, _, inode = _MESSAGE.unpack_from(message)
    local_port, remote_port = _PORTS.unpack_from(message, _PORTS_AT)
    sample = Sample(
        began=began,
        t=t,
        protocol=protocol,
        local=_address(family, source, local_port),
        remote=_address(family, destination, remote_port) if remote_port else "",
        cookie=cookie,
        inode=inode,
        state=_state(protocol, state),
    )
    attributes = dict(_attributes(message))
    if SKMEMINFO in attributes:
        _take_memory(sample, attributes[SKMEMINFO])
    if sample.state == "LISTEN":
        sample.backlog, sample.backlog_max = received, queued
    elif protocol == "tcp" and INFO in attributes:
        _take_info(sample, attributes[INFO])
        _take_queues(sample, received, queued)
    elif protocol == "udp":
        sample.receive_memory = received
    return sample


def decode_destroyed(message: bytes, began: int, t: int) -> Sample:
    """What the kernel tells when it frees a socket (SKNLGRP_INET_TCP_DESTROY and its three siblings)."""
    number = dict(_attributes(message)).get(PROTOCOL, b"")
    protocol: Protocol = "udp" if number[:1] == bytes([socket.IPPROTO_UDP]) else "tcp"
    sample = decode(message, protocol, began, t)
    if not sample.remote:
        # A connection that was refused or aborted (SO_LINGER 0) lost its peer's address and all its
        # counters on the way (tcp_disconnect); a listener never had any.
        sample = decode(message[:HEADER_BYTES], protocol, began, t)
    sample.destroyed = True
    sample.state = "CLOSED"
    if sample.bytes_received is not None:
        (sample.unread,) = _U32.unpack_from(message, _RQUEUE_AT)
    # Its queues were thrown away; the differences of sequence numbers that are left no longer say what was in them.
    sample.receive_queue = sample.send_queue = sample.unsent = sample.receive_memory = None
    return sample


def _state(protocol: Protocol, number: int) -> TcpState | UdpState:
    state = UDP_STATES.get(number) if protocol == "udp" else TCP_STATES[number] if number < len(TCP_STATES) else None
    if state is None:
        raise ValueError(f"{number} is not the number of a {protocol} state")
    return state


def _address(family: int, host: bytes, port: int) -> str:
    if family == socket.AF_INET6:
        return f"[{socket.inet_ntop(family, host)}]:{port}"
    return f"{socket.inet_ntop(family, host[:4])}:{port}"


def _attributes(message: bytes) -> Iterator[tuple[int, bytes]]:
    at = HEADER_BYTES
    while at + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, at)
        if length < _ATTRIBUTE.size or at + length > len(message):
            raise ValueError(f"an attribute of {length} bytes at {at} of {len(message)}")
        yield kind, message[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3


def _take_memory(sample: Sample, memory: bytes) -> None:
    numbers = [number for (number,) in _U32.iter_unpack(memory[: len(memory) & ~3])]
    sample.receive_memory, sample.receive_buffer = numbers[_RMEM_ALLOC], numbers[_RCVBUF]
    sample.send_memory = numbers[_WMEM_QUEUED if sample.protocol == "tcp" else _WMEM_ALLOC]
    sample.send_buffer = numbers[_SNDBUF]
    sample.drops = numbers[_DROPS] if len(numbers) > _DROPS else None


def _take_info(sample: Sample, info: bytes) -> None:
    for name, layout, at in _INFO_FIELDS:
        if at + layout.size <= len(info):
            setattr(sample, name, layout.unpack_from(info, at)[0])
    sample.rtt = sample.rtt * 1000 if sample.rtt else None
    if sample.ssthresh == _NO_SSTHRESH:
        sample.ssthresh = None


def _take_queues(sample: Sample, received: int, queued: int) -> None:
    """The kernel's queue sizes are differences of sequence numbers, of which a SYN and a FIN take one each.

    A FIN that came stands behind the last byte, and is passed over together with it (tcp_recvmsg_locked).
    """
    syn_or_fin = sample.state in FIN_UNACKED or sample.state == "SYN-SENT"
    sample.receive_queue = received - (received > 0 and sample.state in FIN_RECEIVED)
    sample.send_queue = queued - (queued > 0 and syn_or_fin)
    if sample.unsent and sample.state in FIN_UNACKED:
        sample.unsent -= 1
