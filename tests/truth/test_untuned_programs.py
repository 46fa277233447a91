"""Servers that nobody wrote for us: every connection, every byte and every wait of theirs is accounted for."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from engine.events import AnyEvent
from tests.truth.recorded import calls, record
from tests.truth.test_http_server import accepted
from tests.truth.waits import check_waits

CLIENTS = 500

STREAMS = f"""
import asyncio, json

async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()

async def client(number, address, gate):
    async with gate:  # the backlog of a listener is 100
        reader, writer = await asyncio.open_connection(*address)
    message = bytes([number % 256]) * (number + 1)
    writer.write(message)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    assert answer == message
    return len(answer)

async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    address, gate = server.sockets[0].getsockname(), asyncio.Semaphore(50)
    sizes = await asyncio.gather(*(client(number, address, gate) for number in range({CLIENTS})))
    server.close()
    await asyncio.sleep(0.1)
    print(json.dumps(sum(sizes)))

asyncio.run(main())
"""

THREADING = """
import json, socket, socketserver, threading

class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())

class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 100

def client(number):
    with socket.create_connection(server.server_address) as sock, sock.makefile("rwb") as file:
        for line in range(3):
            file.write(b"line %d of %d\\n" % (line, number))
            file.flush()
            assert file.readline() == b"LINE %d OF %d\\n" % (line, number)

with Server(("127.0.0.1", 0), Upper) as server:
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    clients = [threading.Thread(target=client, args=(number,)) for number in range(60)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    server.shutdown()
    serving.join()
print(json.dumps(sum(3 * len("line 0 of %d\\n" % number) for number in range(60))))
"""


def streams(events: list[AnyEvent]) -> list[tuple[int, int]]:
    """Of each stream, the bytes sent and received by recorded calls; every one must begin at 0 and have no gap."""
    ranges: defaultdict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: {"sent": [], "received": []})
    for event in calls(events):
        if event.stream is not None and event.moved is not None and event.start is not None and event.count:
            ranges[event.stream][event.moved].append((event.start, event.start + event.count))
    return [(joined(it["sent"]), joined(it["received"])) for it in ranges.values()]


def joined(ranges: list[tuple[int, int]]) -> int:
    at = 0
    for start, end in sorted(ranges):
        assert start == at
        at = end
    return at


def test_five_hundred_clients_of_an_asyncio_server(tmp_path: Path) -> None:
    events, moved = record(tmp_path, STREAMS)
    assert moved == CLIENTS * (CLIENTS + 1) // 2
    found = [it for it in streams(events) if it[0] > 1]  # those that asyncio wakes itself with carry single bytes
    assert Counter(sent for sent, _ in found) == Counter(dict.fromkeys(range(2, CLIENTS + 1), 2))
    assert all(sent == received for sent, received in found)
    counts = check_waits(events)
    assert counts["epoll_wait"] > 10
    assert counts["epoll_register"] >= 2 * CLIENTS
    assert counts["epoll_unregister"] == counts["epoll_register"]
    assert len(list(accepted(events))) == CLIENTS


def test_a_threading_tcp_server(tmp_path: Path) -> None:
    events, moved = record(tmp_path, THREADING)
    found = streams(events)
    assert len(found) == 2 * 60
    assert sum(sent for sent, _ in found) == sum(received for _, received in found) == 2 * moved
    counts = check_waits(events)
    (poller,) = {it.poller for it in calls(events, "poll")}
    reported = sum(len(it.ready or ()) for it in calls(events, "poll"))
    assert poller is not None
    assert counts["poll_register"] == 1
    assert 60 <= len(list(accepted(events))) == reported
