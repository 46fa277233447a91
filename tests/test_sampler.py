"""The sampler tells what changed, and nothing twice."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import closing

import msgspec
import pytest

from engine.observe.inet_diag import Protocol
from engine.observe.netlink import Diag
from engine.observe.sampler import Sampler
from engine.records import Sample, TcpState, UdpState
from tests.quiet import quiet_port

PORT = 8001
SO_COOKIE = 57


class Tables:
    """A kernel whose tables hold what the test puts there."""

    def __init__(self) -> None:
        self.t = 0
        self.held: list[Sample] = []
        self.hidden: list[Sample] = []
        """Missed by a dump, since they changed their place during it."""
        self.freed: list[Sample] = []
        self.asked: list[str] = []

    def dump(self, ports: Collection[int]) -> list[Sample]:
        self.asked.append(f"dump {sorted(ports)}")
        return [self._now(sample) for sample in self.held]

    def query(self, protocol: Protocol, local: str, remote: str, cookie: int) -> Sample | None:
        self.asked.append(f"query {protocol} {local} {remote} {cookie}")
        found = [sample for sample in self.held + self.hidden if sample.cookie == cookie]
        return self._now(found[0]) if found else None

    def destroyed(self, ports: Collection[int], cookies: Collection[int]) -> list[Sample]:
        freed, self.freed = self.freed, []
        return freed

    def _now(self, sample: Sample) -> Sample:
        self.t += 10
        return msgspec.structs.replace(sample, began=self.t, t=self.t + 5)


def tcp(state: TcpState | UdpState = "ESTABLISHED", cookie: int = 1, **more: int | bool) -> Sample:
    sample = Sample(
        began=0,
        t=0,
        protocol="tcp",
        local="127.0.0.1:40000",
        remote="127.0.0.1:8001",
        cookie=cookie,
        inode=7,
        state=state,
    )
    return msgspec.structs.replace(sample, **more)


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def sampler(tables: Tables) -> Sampler:
    sampler = Sampler(tables)
    sampler.watch(PORT)
    return sampler


def told(samples: list[Sample]) -> list[str]:
    return [f"{it.cookie} {it.state}{' destroyed' if it.destroyed else ''} {it.receive_queue}" for it in samples]


def test_nothing_is_asked_before_a_port_is_known(tables: Tables) -> None:
    assert Sampler(tables).sample(0) == []
    assert tables.asked == []


def test_only_what_changed(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp(receive_queue=0), tcp(cookie=2, receive_queue=0)]
    assert told(sampler.sample(0)) == ["1 ESTABLISHED 0", "2 ESTABLISHED 0"]
    assert told(sampler.sample(1)) == []
    tables.held[1] = tcp(cookie=2, receive_queue=12)
    assert told(sampler.sample(2)) == ["2 ESTABLISHED 12"]
    assert told(sampler.sample(3)) == []


def test_one_socket_alone(sampler: Sampler, tables: Tables) -> None:
    assert sampler.look(1) == [], "not known yet"
    tables.held = [tcp(receive_queue=0)]
    sampler.sample(0)
    tables.asked.clear()
    assert told(sampler.look(1)) == []
    tables.held = [tcp(receive_queue=12)]
    assert told(sampler.look(1)) == ["1 ESTABLISHED 12"]
    assert told(sampler.sample(1)) == [], "it was told already"
    assert tables.asked == ["query tcp 127.0.0.1:40000 127.0.0.1:8001 1"] * 2 + [f"dump [{PORT}]"]


def test_a_socket_that_leaves_the_tables(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp(receive_queue=3)]
    (there,) = sampler.sample(0)
    tables.held = []
    (gone,) = sampler.sample(100)
    assert (gone.state, gone.local, gone.remote, gone.receive_queue) == ("CLOSED", there.local, there.remote, None)
    assert (gone.began, gone.t) == (there.t, 100), "some time in between"
    assert sampler.sample(200) == []


def test_a_socket_the_dump_went_past(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp("SYN-SENT")]
    sampler.sample(0)
    tables.held, tables.hidden = [], [tcp()]
    assert told(sampler.sample(1)) == ["1 ESTABLISHED None"]
    tables.held, tables.hidden = tables.hidden, []
    assert told(sampler.sample(2)) == []


def test_a_socket_that_is_freed(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp("LAST-ACK")]
    sampler.sample(0)
    tables.held, tables.freed = [], [tcp("CLOSED", destroyed=True, bytes_sent=12)]
    (last,) = sampler.sample(1)
    assert (last.destroyed, last.bytes_sent) == (True, 12)
    assert sampler.sample(2) == [], "told once"


def test_a_socket_that_lived_between_two_looks(sampler: Sampler, tables: Tables) -> None:
    tables.freed = [tcp("CLOSED", destroyed=True)]
    assert told(sampler.sample(0)) == ["1 CLOSED destroyed None"]
    assert sampler.sample(1) == []


def test_a_time_wait_outlives_its_socket(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp("FIN-WAIT-2", receive_queue=0)]
    sampler.sample(0)
    tables.held, tables.freed = [tcp("TIME-WAIT", inode=0)], [tcp("CLOSED", destroyed=True)]
    assert told(sampler.sample(1)) == ["1 TIME-WAIT destroyed None"]
    assert told(sampler.sample(2)) == []
    tables.held = []
    assert told(sampler.sample(3)) == ["1 CLOSED None"]


def test_an_aborted_socket_is_known_by_its_cookie(sampler: Sampler, tables: Tables) -> None:
    tables.held = [tcp()]
    sampler.sample(0)
    aborted = tcp("CLOSED", destroyed=True)
    aborted.local, aborted.remote = "0.0.0.0:40000", ""
    tables.held, tables.freed = [], [aborted]
    (last,) = sampler.sample(1)
    assert (last.local, last.remote) == ("127.0.0.1:40000", "127.0.0.1:8001")


@pytest.fixture
def real() -> Iterator[Sampler]:
    with Diag() as diag:
        yield Sampler(diag)


def test_the_states_of_a_real_connection(real: Sampler) -> None:
    """RFC 9293, figure 12: the client closes first. (A look is too slow for the states in between.)"""
    latest: dict[str, str] = {}

    def becomes(**expected: str) -> None:
        end = time.monotonic() + 5
        while expected.items() - latest.items():
            assert time.monotonic() < end, latest
            for sample in real.sample(time.monotonic_ns()):
                side = "listener" if sample.cookie == listening else who.get(sample.local, "unknown")
                latest[side] = sample.state

    with closing(socket.create_server(("127.0.0.1", quiet_port()))) as listener:
        who: dict[str, str] = {}
        listening = int.from_bytes(listener.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
        port = listener.getsockname()[1]
        real.watch(port)
        becomes(listener="LISTEN")
        client = socket.create_connection(listener.getsockname())
        who |= {f"127.0.0.1:{client.getsockname()[1]}": "client", f"127.0.0.1:{port}": "server"}
        becomes(client="ESTABLISHED", server="ESTABLISHED")
        server, _ = listener.accept()
        client.shutdown(socket.SHUT_WR)
        becomes(client="FIN-WAIT-2", server="CLOSE-WAIT")
        server.close()
        becomes(client="TIME-WAIT", server="CLOSED")
        client.close()
    becomes(listener="CLOSED")
    assert latest == {"listener": "CLOSED", "client": "TIME-WAIT", "server": "CLOSED"}
