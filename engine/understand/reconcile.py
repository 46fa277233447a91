"""Holds what the calls say against what the kernel counted.

`os.read`, TLS, a C extension or a program without the probe move bytes that no recorded call
accounts for. The kernel's own counters tell how many, not when: they stand in the log where the
sample showed them.
"""

from __future__ import annotations

from engine.events import BytesMoved, Caption, Moved
from engine.records import Sample
from engine.understand.streams import Send, Socket, Stream


def reconcile(socket: Socket, sample: Sample, receiving: bool) -> list[BytesMoved]:
    """What the sample shows beyond the calls. `receiving`: a receive is going on, and may have moved them."""
    found: list[BytesMoved] = []
    outgoing, incoming = socket.outgoing, socket.incoming
    if outgoing is not None and sample.written is not None and sample.written > outgoing.written:
        found += unaccounted_sends(sample, socket, outgoing, sample.written)
    if incoming is not None and sample.read is not None and sample.read > incoming.read and not receiving:
        count = sample.read - incoming.read
        start = incoming.read
        incoming.receive(0, count)
        incoming.forget_read()
        found.append(moved(sample, socket, incoming, "received", start, start + count, None))
    return found


def unaccounted_sends(sample: Sample, socket: Socket, stream: Stream, written: int) -> list[BytesMoved]:
    """A sendall that failed half-way says nothing of how much it had sent: the first bytes are its own."""
    found = []
    failed: Send | None = stream.failed
    if failed is not None:
        count = min(written - stream.written, failed.asked)
        send = stream.begin_send(failed.call, count)
        found.append(moved(sample, socket, stream, "sent", send.start, send.end, failed.call))
        stream.failed = None
    if written > stream.written:
        send = stream.begin_send(0, written - stream.written)
        found.append(moved(sample, socket, stream, "sent", send.start, send.end, None))
    return found


def moved(
    sample: Sample, socket: Socket, stream: Stream, direction: Moved, start: int, end: int, call: int | None
) -> BytesMoved:
    event = BytesMoved(
        t=sample.t, process=socket.process, stream=stream.name, moved=direction, start=start, end=end, call=call
    )
    args: dict[str, str | int] = {"who": socket.process, "n": end - start}
    if call is not None:
        event.caption = Caption("caption.bytes.failed_send", args)
    elif direction == "sent":
        event.caption = Caption("caption.bytes.sent", args)
    else:
        event.caption = Caption("caption.bytes.received", args)
    return event


def unseen_sends(t: int, reader: Socket, stream: Stream) -> list[BytesMoved]:
    """Bytes that were read although no recorded call had sent them.

    A sender outside the run is none of ours; otherwise they went past its probe.
    """
    count = stream.read - stream.written
    if count <= 0:
        return []
    send = stream.begin_send(0, count)
    connection = reader.connection
    sender = connection and (connection.server if connection.client is reader else connection.client)
    if not sender:
        return []
    event = BytesMoved(
        t=t,
        process=sender.process,
        stream=stream.name,
        moved="sent",
        start=send.start,
        end=send.end,
        evidence="derived",
    )
    event.caption = Caption("caption.bytes.sent", {"who": sender.process, "n": count})
    return [event]
