"""The vocabulary: every event a recording may hold, as one tagged union.

An event is one fact. Times are integer nanoseconds since the run began. Names are `noun.verb` in
the past tense. `seq` counts 1, 2, 3 … in log order, without gaps; log order is time order, except
for the events `run.ended` counts as late, and for every byte the first event of its send stands
before the `call.returned` of its recv.

Fields at their default are left out of the JSON.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA_VERSION = 1

Evidence = Literal["measured", "derived"]
Moved = Literal["sent", "received"]


class Caption(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sentence about an event: a key of the message catalogs, and its arguments.

    Args whose names end in `_ns` are durations in nanoseconds; `n` selects the plural form.
    """

    key: str
    args: dict[str, str | int] = {}
    parts: list[Caption] = []
    """Short ones that stand in the place of `{parts}`, one after the other."""


class Event(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """What all events share. An event with a caption is a step of the player; others are silent."""

    seq: int = 0
    t: int
    caption: Caption | None = None


class Program(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A program of a lesson as the run will start it: its name, side, file name and text."""

    name: str
    role: Literal["client", "server"]
    file: str
    text: str


class RunStarted(Event, tag="run.started", kw_only=True):
    """The first event of every recording; exactly one."""

    run: str
    lesson: str
    schema: int = SCHEMA_VERSION
    started_at: str
    """Wall clock, ISO 8601 in UTC."""
    variant: str = ""
    """Which of the lesson's variants runs; empty when it has none."""
    held: bool = False
    """Every process was held before its first call."""
    parameters: dict[str, Any] = {}
    programs: list[Program] = []
    platform: str = ""
    python: str = ""
    network: Literal["machine", "private"] = "machine"
    """Whose loopback the programs use; a private one cannot be reached from outside the run."""
    segments: Evidence | Literal["absent"] = "absent"
    """How this run knows its segments."""
    segments_why: str | None = None
    """Why they are not measured: a key of the catalogs."""


class RunEnded(Event, tag="run.ended", kw_only=True):
    """The last event of a recording that was closed in order; none follows.

    `why`: finished (every process ended by itself), stopped (by a command), limit (the run's
    time was up), failed (a process could not be started, or the
    recording not be written), lost (the supervisor died).
    Its caption is the conclusion of the run.
    """

    why: Literal["finished", "stopped", "limit", "failed", "lost"]
    sends: int = 0
    receives: int = 0
    late: int = 0
    """Events that reached the log after a later one, because their record came too late."""
    lost: int = 0
    """Records the probes began and never finished, for example at a kill."""
    segments: int = 0
    """Segments and datagrams captured."""
    segments_lost: int = 0
    """Those the kernel had no room for in the capture's ring: its own count (PACKET_STATISTICS, packet(7))."""
    samples_lost: str | None = None
    """Why the kernel's tables were no longer read, in the system's words; None when they were to the end."""
    ports_unwatched: int = 0
    """Ports that the programs used beyond those the capture's filter can hold: what passed there was not observed."""


class ProcessStarted(Event, tag="process.started", kw_only=True):
    """A program was started. Followed by exactly one `process.exited` in a closed recording."""

    process: str
    program: str = ""
    """The name of the lesson's program it runs; several processes may run one. Empty for a child of a program."""
    role: Literal["client", "server"]
    pid: int
    file: str
    parent: str | None = None


class ProcessSkipped(Event, tag="process.skipped", kw_only=True):
    """A process was never started: what it waits for can no longer happen."""

    process: str
    program: str
    after: str
    """The call it waits for, e.g. `server:listen`."""


class ProcessHeld(Event, tag="process.held", kw_only=True):
    """The process was told to stop before its next call (`hold`), or let go again.

    What its threads do then is told by `call.held` and by their next calls.
    """

    process: str
    hold: bool


class ProcessInput(Event, tag="process.input", kw_only=True):
    """Text that a viewer wrote to the standard input of a process; `end` closed it after that."""

    process: str
    text: str = ""
    end: bool = False


class ProcessInterrupted(Event, tag="process.interrupted", kw_only=True):
    """A viewer sent SIGINT to the process, as Ctrl-C at a terminal would."""

    process: str


class ProcessOutput(Event, tag="process.output", kw_only=True):
    """Text a process wrote. `t` is when the engine read it. A flood is cut, and says so once."""

    process: str
    stream: Literal["stdout", "stderr"]
    text: str
    dropped: int = 0
    """Bytes left out here because the process wrote more than the run's limit."""


class ProcessSlowed(Event, tag="process.slowed", kw_only=True):
    """The process calls faster than its calls can be recorded, and waits; or (`waiting` False) no longer does.

    Nothing is lost: its ring is full and makes it wait for the recorder, not for the network.
    """

    process: str
    waiting: bool


class ProcessExited(Event, tag="process.exited", kw_only=True):
    """A process is gone: `code` if it exited, `signal` (its name) if a signal ended it."""

    process: str
    code: int | None = None
    signal: str | None = None
    stopped: bool = False
    """True when the engine ended it."""
    error: str | None = None
    """The last line of the traceback it ended with, for example `ValueError: …`."""
    file: str | None = None
    line: int | None = None
    """The innermost line of the program itself in that traceback."""


READ, WRITE, EXCEPT, ERROR, HANG_UP, INVALID, EDGE, ONE_SHOT, EXCLUSIVE, PEER_CLOSED = (1 << bit for bit in range(10))
"""The bits of a mask: what a program asks of a descriptor, and what it is told. POLLIN, POLLOUT, POLLPRI, POLLERR,
POLLHUP, POLLNVAL (poll(2)); EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLRDHUP (epoll_ctl(2)). select(2) has three sets:
READ, WRITE, EXCEPT."""

PollerKind = Literal["select", "poll", "epoll"]


class Call(Event, kw_only=True):
    """What the events about one call share. `call` is unique within the run.

    `line` is the line of the program's own file from which the call was made, `file` its name.
    `args` is the argument text as a reader would write it ("1024", "('127.0.0.1', 8001)"); empty
    for sends, whose `asked` is the number of bytes the program handed over. For receives `asked`
    is the largest number of bytes wanted.
    """

    process: str
    thread: int = 0
    call: int
    op: str
    fd: int = -1
    socket: int | None = None
    """Identity of the socket within the run; it never changes and is never used again."""
    line: int | None = None
    file: str | None = None
    args: str = ""
    asked: int | None = None
    moved: Moved | None = None
    """The direction in which this call moves bytes, when it is one that does."""
    stream: str | None = None
    """`1>` is connection 1 from its client to its server, `1<` the other way."""
    start: int | None = None
    end: int | None = None
    """The bytes [start, end) of the stream that this call moved; of a started send, will move."""
    poller: int | None = None
    """Of a readiness call: what waits. One for each epoll and each poll object of the run; of select.select, one
    for each thread that calls it."""
    watched: int | None = None
    """Of a wait: how many descriptors it asks about."""
    timeout: int | None = None
    """Of a wait: ns it may last at most; -1 for ever."""


class CallHeld(Call, tag="call.held"):
    """A held thread stands before this call since `t` and has not made it. When it is let through, `call` names it
    still; one that is never made (a signal, the end of the process) has no other events."""


class CallStarted(Call, tag="call.started", kw_only=True):
    """A call began, and something else happened before it returned.

    A call during which nothing else happened has only its `call.returned`.
    """


class CallBlocked(Call, tag="call.blocked", kw_only=True):
    """The kernel has put the thread to sleep inside this call (measured: /proc/PID/task/TID/syscall)."""


class CallReturned(Call, tag="call.returned", kw_only=True):
    """A call ended at `t`, having begun at `began`. Exactly one for each call that ended."""

    began: int
    result: str | None = None
    """The returned value as text, where it says something: an address, a file descriptor, a length."""
    count: int | None = None
    """Bytes moved, exact; None where the call moves none, or an error leaves the count unknown."""
    data: bytes | None = None
    """The first of those bytes, at most `CONTENT_LIMIT`; base64 in JSON."""
    eof: bool = False
    """A receive that returned b'' because the peer has ended its stream."""
    discarded: int = 0
    """Bytes of the datagram, from `end` on, for which the receive had no room: they are gone (udp(7))."""
    error: str | None = None
    """Exception class, for example ConnectionRefusedError."""
    errno: str | None = None
    """Its symbolic name, for example ECONNREFUSED."""
    message: str | None = None
    collected: bool = False
    """A close made by garbage collection, without a call in the program."""
    ready: list[tuple[int, int]] | None = None
    """Of a wait that returned: [descriptor, mask] of all that it reported, in its order."""


class Interest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A descriptor that a poller watches: the mask it was given, and what the descriptor is."""

    fd: int
    mask: int
    what: Literal["listener", "connection", "datagram", "pipe", "timer", "event", "file", "terminal", "epoll", "other"]
    socket: int | None = None
    """Identity of the socket, of what is one."""
    peer: str | None = None
    """The other end of a connection: its process if it is one of the run, else its address."""


class WatchChanged(Event, tag="watch.changed", kw_only=True):
    """What a poller watches has changed: stands before the event of the first call that sees the change. Silent."""

    process: str
    poller: int
    kind: PollerKind
    call: int | None = None
    """The call that changed it; None when a select was merely given other sets."""
    added: list[Interest] = []
    """New ones, and those with a new mask."""
    removed: list[int] = []
    count: int = 0
    """How many are watched now."""


class SocketChanged(Event, tag="socket.changed", kw_only=True):
    """What is known of a socket from the calls made on it; the latest one holds. Silent."""

    process: str
    socket: int
    fd: int
    kind: str
    """tcp, udp, unix, …"""
    state: Literal["open", "bound", "listening", "connecting", "connected", "closed"]
    local: str | None = None
    remote: str | None = None
    connection: int | None = None
    evidence: Evidence = "measured"


class ConnectionChanged(Event, tag="connection.changed", kw_only=True):
    """A connection and who holds its two ends, as far as known; the latest one holds. Silent.

    Its streams are `{connection}>` (client to server) and `{connection}<`. A process name is None
    while the end is not (or never) held by a process of the run, e.g. before accept returned.
    """

    connection: int
    client: str | None = None
    server: str | None = None
    client_address: str
    server_address: str
    datagrams: bool = False
    """Two addresses that exchange datagrams (UDP): the one that began is the client's. The bytes of each
    direction are counted as those of a stream, in the order in which the datagrams were sent."""
    evidence: Evidence = "measured"


class TcpOptions(msgspec.Struct, gc=False, omit_defaults=True):
    """The options of a TCP header that say something about the connection (RFC 9293 section 3.2)."""

    mss: int | None = None
    """The largest segment its sender will take, in bytes."""
    window_scale: int | None = None
    """By how many bits later windows of its sender are shifted (RFC 7323 section 2.2)."""
    sack_permitted: bool = False
    sack: tuple[tuple[int, int], ...] | None = None
    """Received out of order: [left, right) in sequence numbers of the wire (RFC 2018)."""
    timestamp: tuple[int, int] | None = None
    """TSval, TSecr (RFC 7323 section 3)."""


class SegmentCaptured(Event, tag="segment.captured", kw_only=True):
    """A TCP segment or a UDP datagram seen on the wire (`lo`). Lengths in bytes.

    `sequence` and `ack` are relative: 0 is the SYN, 1 the first byte (RFC 9293 section 3.4). What a
    missing SYN leaves unknown is None. (`seq` is the place in the log, as of every event.)
    """

    protocol: Literal["tcp", "udp"]
    source: str
    destination: str
    sender: str | None = None
    """The process that holds the sending end, and the one that holds the other; None if neither is of the run."""
    receiver: str | None = None
    connection: int | None = None
    stream: str | None = None
    """The stream its data belong to: the direction in which it travels."""
    flags: str = ""
    """The names of the flags that are set, e.g. `PSH ACK`."""
    sequence: int | None = None
    ack: int | None = None
    window: int | None = None
    """Bytes beyond `ack` that its sender will take, scaled."""
    options: TcpOptions | None = None
    length: int = 0
    """Of the payload."""
    start: int | None = None
    end: int | None = None
    """The bytes [start, end) of the stream that it carries."""
    order: Literal["in order", "ahead", "out of order", "retransmission"] | None = None
    sent: int | None = None
    """Of `stream`, after this segment: what has been on the wire, and what has reached the other side in order."""
    delivered: int | None = None
    acked: int | None = None
    """Of the other stream: everything before this is acknowledged. What `written` goes beyond it, its sender keeps."""


class SocketSampled(Event, tag="socket.sampled", kw_only=True):
    """A socket as the kernel's tables showed it (sock_diag(7)), when something about it had changed.

    Silent, but for one that shows more drops than the one before.

    Also sockets that are not ours, with `socket` None: the two ends tell which. Sizes in bytes; None is
    what the kernel does not tell of this kind of socket or in this state. See `records.Sample` for the
    kernel's own name of each figure.
    """

    protocol: Literal["tcp", "udp"]
    socket: int | None = None
    process: str | None = None
    connection: int | None = None
    side: Literal["client", "server"] | None = None
    local: str
    remote: str = ""
    state: str
    """ESTABLISHED, LISTEN, … as in RFC 9293; for UDP CONNECTED or UNCONNECTED."""
    destroyed: bool = False
    receive_queue: int | None = None
    send_queue: int | None = None
    unsent: int | None = None
    backlog: int | None = None
    backlog_max: int | None = None
    receive_memory: int | None = None
    receive_buffer: int | None = None
    send_memory: int | None = None
    send_buffer: int | None = None
    drops: int | None = None
    cwnd: int | None = None
    ssthresh: int | None = None
    mss: int | None = None
    rtt: int | None = None
    """ns"""
    send_window: int | None = None
    receive_window: int | None = None
    retransmissions: int | None = None
    segments_out: int | None = None
    segments_in: int | None = None
    data_segments_out: int | None = None
    data_segments_in: int | None = None
    bytes_sent: int | None = None
    bytes_acked: int | None = None
    bytes_received: int | None = None
    written: int | None = None
    """Offsets on the two streams of the connection: its own up to here is written, and acknowledged; the
    other one has come in order up to here, and is read."""
    acked: int | None = None
    delivered: int | None = None
    read: int | None = None


class BytesMoved(Event, tag="bytes.moved", kw_only=True):
    """Bytes [start, end) of a stream that the kernel counted as moved and no recorded call accounts for.

    They went past the probe (`os.read`, TLS, a process without it), some time before `t`; or they are
    what the call `call`, a sendall that failed, had sent before it did.
    """

    process: str
    stream: str
    moved: Moved
    start: int
    end: int
    call: int | None = None
    evidence: Evidence = "measured"
    """Derived when they are known only from having been read."""


class FindingMade(Event, tag="finding.made", kw_only=True):
    """A named thing that happened, derived from the calls in `proof`.

    `sticky`: one receive returned bytes of several sends; `cuts` are the offsets of the send
    boundaries inside it. `split`: a send was read by several receives; `cuts` are the offsets of
    the receive boundaries inside it. `character`: a receive ended inside the UTF-8 character
    [start, end). `truncated`: a receive had no room for the whole of the datagram [start, end) and has
    thrown away what follows the cut. `dropped`: of the datagrams in [start, end), which begin at `start`
    and at the cuts, the kernel has dropped `lost`; which of them cannot be known unless it is all.
    `unreceived`: the same where the kernel was not asked, so that they may also have waited unread to the
    end. `unreachable`: `lost` datagrams were sent to a port where no socket was. `reset`: a call failed
    because the connection was reset; bytes [start, end) of what its process had sent were never read.
    `unreported`: a wait goes on though descriptor `fd`, watched edge-triggered, has bytes [start, end) to read:
    it was reported when they came and will not be again before more do (epoll(7)).
    """

    kind: Literal[
        "sticky", "split", "character", "truncated", "dropped", "unreceived", "unreachable", "reset", "unreported"
    ]
    process: str
    stream: str
    start: int
    end: int
    cuts: list[int]
    lost: int = 0
    fd: int | None = None
    proof: list[int]
    """`call` ids."""
    evidence: Evidence = "derived"


class PredictionAnswered(Event, tag="prediction.answered", kw_only=True):
    """What the run says to the question its lesson asks beforehand. At most one. Silent."""

    value: str | int
    """A count, or one of the lesson's choices."""
    call: int | None = None
    """The call that decided it, if it was one."""


AnyEvent = (
    RunStarted
    | RunEnded
    | ProcessStarted
    | ProcessSkipped
    | ProcessOutput
    | ProcessExited
    | ProcessSlowed
    | ProcessHeld
    | ProcessInput
    | ProcessInterrupted
    | CallHeld
    | CallStarted
    | CallBlocked
    | CallReturned
    | SocketChanged
    | ConnectionChanged
    | SegmentCaptured
    | SocketSampled
    | BytesMoved
    | FindingMade
    | WatchChanged
    | PredictionAnswered
)

encoder = msgspec.json.Encoder()
decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of one line of a recording; `docs/events.schema.json` is a copy of it."""
    return msgspec.json.schema(AnyEvent)


if __name__ == "__main__":
    import json

    print(json.dumps(json_schema(), indent=1))
