"""Runs tshark, which captures and reads on its own, and gives what it says of each segment."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

FIELDS = (
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tcp.flags",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "tcp.options.mss_val",
    "tcp.options.wscale.shift",
    "tcp.options.timestamp.tsval",
    "udp.length",
    "frame.len",
    "frame.time_epoch",
    "frame.comment",
)
PRINT = ["-T", "fields", *(word for field in FIELDS for word in ("-e", field))]
QUIET = ["-o", "tcp.analyze_sequence_numbers:TRUE", "-o", "tcp.relative_sequence_numbers:TRUE"]


class Seen(NamedTuple):
    """One segment or datagram in tshark's words; numbers relative, None where there is none."""

    source: str
    destination: str
    flags: int | None
    seq: int | None
    ack: int | None
    length: int
    window: int | None
    mss: int | None
    window_scale: int | None
    timestamp: int | None
    wire_length: int
    time: int
    """ns since 1970"""
    comment: str


def seen(line: str) -> Seen:
    value = dict(zip(FIELDS, line.rstrip("\n").split("\t"), strict=True))
    tcp = bool(value["tcp.srcport"])
    kind = "tcp" if tcp else "udp"
    seconds, _, fraction = value["frame.time_epoch"].partition(".")

    def number(field: str) -> int | None:
        return int(value[field], 0) if value[field] else None

    def address(end: str) -> str:
        port = value[f"{kind}.{end}port"]
        return f"{value[f'ip.{end}']}:{port}" if value["ip.src"] else f"[{value[f'ipv6.{end}']}]:{port}"

    return Seen(
        address("src"),
        address("dst"),
        number("tcp.flags"),
        number("tcp.seq"),
        number("tcp.ack"),
        int(value["tcp.len"]) if tcp else int(value["udp.length"]) - 8,
        number("tcp.window_size"),
        number("tcp.options.mss_val"),
        number("tcp.options.wscale.shift"),
        number("tcp.options.timestamp.tsval"),
        int(value["frame.len"]),
        int(seconds) * 10**9 + int(fraction.ljust(9, "0")),
        value["frame.comment"],
    )


def read(tshark: str, path: Path) -> list[Seen]:
    """What tshark reads in a file; a complaint of any kind is a failure."""
    done = subprocess.run(
        [tshark, "-n", *QUIET, "-r", str(path), *PRINT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, complaints(done.stderr)) == (0, [])
    return [seen(line) for line in done.stdout.splitlines()]


def malformed(tshark: str, path: Path) -> str:
    """The packets in a file that tshark cannot make sense of."""
    return subprocess.run(
        [tshark, "-n", "-r", str(path), "-Y", "_ws.malformed || _ws.expert.severity == error"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def complaints(stderr: str) -> list[str]:
    """What stands on stderr, but for the one remark that every run as root gets."""
    return [line for line in stderr.splitlines() if line and not line.startswith("Running as user")]


class Live:
    """tshark's own capture on `lo`, seen line by line. A context manager; its filter is in libpcap's words."""

    def __init__(self, tshark: str, capture_filter: str) -> None:
        self._process = subprocess.Popen(
            [tshark, "-n", *QUIET, "-i", "lo", "-f", capture_filter, "-B", "16", "-l", *PRINT],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def next(self) -> Seen:
        """The next segment; waits for it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "tshark has ended"
        return seen(line)
