"""Runs ss(8) and reads what it tells of the sockets with a port."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from engine.records import TcpState, UdpState

STATES: dict[str, TcpState | UdpState] = {
    "ESTAB": "ESTABLISHED",
    "SYN-SENT": "SYN-SENT",
    "SYN-RECV": "SYN-RECEIVED",
    "FIN-WAIT-1": "FIN-WAIT-1",
    "FIN-WAIT-2": "FIN-WAIT-2",
    "TIME-WAIT": "TIME-WAIT",
    "CLOSE-WAIT": "CLOSE-WAIT",
    "LAST-ACK": "LAST-ACK",
    "LISTEN": "LISTEN",
    "CLOSING": "CLOSING",
    "UNCONN": "UNCONNECTED",
}

_VALUE = re.compile(r"(?:^|\s)(\w+):(\S+)")
_MEMORY = re.compile(r"([a-z]+)(\d+)")


@dataclass
class Shown:
    """One line of ss: the queues as it shows them, and its `name:value` pairs."""

    protocol: str
    state: TcpState | UdpState
    received: int
    queued: int
    local: str
    remote: str
    cookie: int
    memory: dict[str, int]
    values: dict[str, str]

    def number(self, name: str) -> int:
        """A counter; ss leaves out those that are 0."""
        return int(self.values.get(name, "0"))


def shown(ss: str, port: int) -> Iterator[Shown]:
    """What `ss` (the path of the program) tells of every socket with `port` at one of its ends."""
    filters = f"( sport = :{port} or dport = :{port} )"
    lines = subprocess.run([ss, "-tuanimeHO", filters], check=True, capture_output=True, text=True, timeout=20).stdout
    for line in lines.splitlines():
        protocol, state, received, queued, local, remote, *_ = line.split()
        values = dict(_VALUE.findall(line))
        known = STATES[state]
        yield Shown(
            protocol=protocol,
            state="CONNECTED" if protocol == "udp" and known == "ESTABLISHED" else known,
            received=int(received),
            queued=int(queued),
            local=local,
            remote="" if remote.endswith(":*") else remote,
            cookie=int(values["sk"], 16),
            memory={name: int(number) for name, number in _MEMORY.findall(values.get("skmem", ""))},
            values=values,
        )
