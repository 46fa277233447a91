"""A classic BPF program that lets through what has one of our ports, and nothing else.

For Ethernet frames, as they are on `lo`: TCP and UDP over IPv4 and IPv6. The instructions are
those of linux/filter.h and linux/bpf_common.h; offsets are into the frame, which begins with the
14 bytes of its Ethernet header.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import NamedTuple

LOAD_BYTE, LOAD_HALF, LOAD_HALF_AT_X = 0x30, 0x28, 0x48
LOAD_X, LOAD_X_IPV4_HEADER_LENGTH = 0x01, 0xB1
IF_EQUAL, IF_ANY_BIT = 0x15, 0x45
RETURN = 0x06

INSTRUCTION = struct.Struct("=HBBI")
"""struct sock_filter: code, jump if true, jump if false, operand."""

ETHERNET = 14
IPV4, IPV6 = 0x0800, 0x86DD
TCP, UDP, IPV6_FRAGMENT = 6, 17, 44

MOST_PORTS = 1000
"""Four instructions each; a program has at most 4096 (BPF_MAXINSNS)."""


class Step(NamedTuple):
    """An instruction, whose jumps lead to a label or over a number of instructions."""

    code: int
    operand: int = 0
    if_true: str | int = 0
    if_false: str | int = 0
    label: str | None = None


def program(ports: Collection[int], snaplen: int) -> bytes:
    """The instructions that keep the first `snaplen` bytes of each frame from or to one of `ports`.

    Of a fragmented datagram only the first fragment is kept: the others carry no port.
    Raises ValueError for more than MOST_PORTS.
    """
    if len(ports) > MOST_PORTS:
        raise ValueError(f"{len(ports)} ports are more than one filter can hold ({MOST_PORTS})")
    return assemble([*_headers(), *_ports(sorted(ports), snaplen)])


def _headers() -> list[Step]:
    """Leaves the length of the IP headers in X, and drops what is neither TCP nor UDP."""
    return [
        Step(LOAD_HALF, 12),
        Step(IF_EQUAL, IPV4, "ipv4"),
        Step(IF_EQUAL, IPV6, "ipv6", "drop"),
        Step(LOAD_HALF, ETHERNET + 6, label="ipv4"),
        Step(IF_ANY_BIT, 0x1FFF, "drop"),  # the fragment offset (RFC 791 section 3.1)
        Step(LOAD_X_IPV4_HEADER_LENGTH, ETHERNET),
        Step(LOAD_BYTE, ETHERNET + 9),
        Step(IF_EQUAL, TCP, "ports"),
        Step(IF_EQUAL, UDP, "ports", "drop"),
        Step(LOAD_X, 40, label="ipv6"),
        Step(LOAD_BYTE, ETHERNET + 6),
        Step(IF_EQUAL, TCP, "ports"),
        Step(IF_EQUAL, UDP, "ports"),
        Step(IF_EQUAL, IPV6_FRAGMENT, "fragment", "drop"),
        Step(LOAD_HALF, ETHERNET + 42, label="fragment"),
        Step(IF_ANY_BIT, 0xFFF8, "drop"),  # the fragment offset (RFC 8200 section 4.5)
        Step(LOAD_X, 48),
        Step(LOAD_BYTE, ETHERNET + 40),
        Step(IF_EQUAL, TCP, "ports"),
        Step(IF_EQUAL, UDP, "ports", "drop"),
        Step(RETURN, 0, label="drop"),
    ]


def _ports(ports: list[int], snaplen: int) -> list[Step]:
    """Each port has its own return, since a conditional jump reaches only 255 instructions far."""
    steps = [Step(LOAD_HALF_AT_X, ETHERNET, label="ports")]
    steps += [step for port in ports for step in _keep(port, snaplen)]
    steps += [Step(LOAD_HALF_AT_X, ETHERNET + 2)]
    steps += [step for port in ports for step in _keep(port, snaplen)]
    return [*steps, Step(RETURN, 0)]


def _keep(port: int, snaplen: int) -> tuple[Step, Step]:
    return Step(IF_EQUAL, port, 0, 1), Step(RETURN, snaplen)


def assemble(steps: list[Step]) -> bytes:
    """Labels become distances, counted from the instruction after the jump."""
    places = {step.label: place for place, step in enumerate(steps) if step.label}

    def distance(place: int, target: str | int) -> int:
        return target if isinstance(target, int) else places[target] - place - 1

    return b"".join(
        INSTRUCTION.pack(step.code, distance(place, step.if_true), distance(place, step.if_false), step.operand)
        for place, step in enumerate(steps)
    )
