"""Holds what the calls say against what the kernel counted.

`os.read`, TLS, a C extension or a program without the probe move bytes that no recorded call
accounts for. The kernel's own counters tell how many, not when: they stand in the log where the
sample showed them, or at the close before which the probe asked for them.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.events import BytesMoved, Caption, Moved
from engine.records import CallRecord, Sample
from engine.understand.sockets import Socket
from engine.understand.streams import Send, Stream

CLOSED = 7
FIN_UNACKED = frozenset({4, 9, 11})
FIN_RECEIVED = frozenset({8, 9, 11})
"""FIN-WAIT-1, CLOSE-WAIT, LAST-ACK, CLOSING as the kernel numbers them (net/tcp_states.h)."""


class Counted(NamedTuple):
    """How far a socket had written and read at least, as the kernel counted before `t`; None if it does not tell."""

    t: int
    written: int | None
    read: int | None


def by_sample(sample: Sample, incoming: Stream | None) -> Counted:
    """A socket that is gone has lost what it had not sent."""
    if not sample.destroyed:
        return Counted(sample.t, sample.written, sample.read)
    written = None
    if sample.bytes_sent is not None and sample.bytes_retransmitted is not None:
        written = sample.bytes_sent - sample.bytes_retransmitted
    if sample.bytes_received is None or sample.unread is None or incoming is None:
        return Counted(sample.t, written, None)
    fin = beyond(sample.bytes_received, incoming)
    return Counted(sample.t, written, sample.bytes_received - fin - (sample.unread - min(fin, sample.unread)))


def by_close(record: CallRecord, incoming: Stream | None) -> Counted:
    """What the probe was told right before the call (`probe/counters.py`)."""
    state, sent, again, unsent, received, unread = map(int, record.texts[1:7])
    t = record.ended or record.began
    unsent -= bool(unsent) and state in FIN_UNACKED
    written = sent - again + (unsent if state != CLOSED else 0)
    if incoming is None or incoming.urgent:  # tcp_inq: bytes behind urgent ones are not among the unread
        return Counted(t, written, None)
    fin = state in FIN_RECEIVED or (state == CLOSED and beyond(received, incoming))
    return Counted(t, written, received - fin - unread)


def beyond(received: int, stream: Stream) -> int:
    """1 if more was received than was sent as far as we know: of that, the last byte may be the FIN."""
    return int(received > stream.written)


def reconcile(socket: Socket, sample: Sample) -> list[BytesMoved]:
    """What a sample shows beyond the calls."""
    return compare(socket, by_sample(sample, socket.incoming))


def reconcile_close(socket: Socket, record: CallRecord) -> list[BytesMoved]:
    """What the counters that came with the record of a close show beyond the calls."""
    return compare(socket, by_close(record, socket.incoming)) if len(record.texts) == 7 else []


def compare(socket: Socket, counted: Counted) -> list[BytesMoved]:
    """While a receive is going on, it may be the one that moved what is read."""
    found: list[BytesMoved] = []
    outgoing, incoming = socket.outgoing, socket.incoming
    if outgoing is not None and counted.written is not None and counted.written > outgoing.written:
        found += unaccounted_sends(counted.t, socket, outgoing, counted.written)
    receiving = any(socket.receiving.values())
    if incoming is not None and counted.read is not None and counted.read > incoming.read and not receiving:
        start = incoming.read
        incoming.receive(0, counted.read - start)
        found += unseen_sends(counted.t, socket, incoming)
        incoming.forget_read()
        found.append(moved(counted.t, socket, incoming, "received", start, counted.read, None))
    return found


def unaccounted_sends(t: int, socket: Socket, stream: Stream, written: int) -> list[BytesMoved]:
    """A sendall that failed half-way says nothing of how much it had sent: the first bytes are its own."""
    found = []
    failed: Send | None = stream.failed
    if failed is not None:
        count = min(written - stream.written, failed.asked)
        send = stream.begin_send(failed.call, count)
        found.append(moved(t, socket, stream, "sent", send.start, send.end, failed.call))
        stream.failed = None
    if written > stream.written:
        send = stream.begin_send(0, written - stream.written)
        found.append(moved(t, socket, stream, "sent", send.start, send.end, None))
    return found


def moved(
    t: int, socket: Socket, stream: Stream, direction: Moved, start: int, end: int, call: int | None
) -> BytesMoved:
    event = BytesMoved(
        t=t, process=socket.process, stream=stream.name, moved=direction, start=start, end=end, call=call
    )
    how = "failed_send" if call is not None else f"tls_{direction}" if socket.tls else direction
    event.caption = Caption(f"caption.bytes.{how}", {"who": socket.process, "n": end - start})
    return event


def unseen_sends(t: int, reader: Socket, stream: Stream) -> list[BytesMoved]:
    """Bytes that were read although no recorded call had sent them.

    A sender outside the run is none of ours; otherwise they went past its probe.
    """
    count = stream.read - stream.written
    if count <= 0:
        return []
    send = stream.begin_send(0, count)
    if reader.peer is None:
        return []
    event = moved(t, reader.peer, stream, "sent", send.start, send.end, None)
    event.evidence = "derived"
    return [event]
