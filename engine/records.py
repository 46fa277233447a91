"""What observers hand to understanding: raw facts, before they are ordered and placed on streams."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.events import TcpOptions as TcpOptions

WAITS = frozenset({"select", "poll", "epoll_wait"})
"""The calls that wait until a descriptor is ready."""


class Polled(msgspec.Struct, gc=False):
    """What a call of select, poll or epoll has beside what all calls have. Masks: see `events.READ`."""

    poller: int
    """The probe's number of what waits; a forked child goes on with those of its parent."""
    timeout: int | None = None
    """Of a wait: ns, -1 for ever."""
    most: int | None = None
    """Of a wait: how many descriptors it reports at most, if there is a bound."""
    ready: list[tuple[int, int]] | None = None
    """Of a wait that returned: descriptor and mask."""
    mask: int | None = None
    """Of a registration."""
    what: str = ""
    """Of a registration: what the descriptor is, an item of `probe.layout.WHATS`."""
    changes: list[tuple[int, int, str]] = []
    """What is watched from now on: descriptor, mask, and what it is; empty when it is watched no longer."""
    collected: bool = False
    """Of an epoll_close: by garbage collection."""


class CallRecord(msgspec.Struct, gc=False):
    """One call as the probe wrote it. Times in ns since the run began.

    `ended` is None while the call is in flight. `texts` are the texts of a call that has some: the
    argument text first, then what the call told (addresses, a new descriptor), see `probe/calls.py`.
    """

    process: str
    pid: int
    thread: int
    op: str
    began: int
    ended: int | None
    cookie: int
    fd: int
    file: str
    line: int | None
    asked: int | None = None
    count: int | None = None
    msg_flags: int = 0
    """MSG_* flags of a call that succeeded (recv(2))."""
    errno: int = 0
    failed: bool = False
    closed: bool = False
    content: bytes | None = None
    texts: tuple[str, ...] = ()
    polled: Polled | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """Names the call: a thread makes one call at a time."""
        return self.pid, self.thread, self.began


class SegmentRecord(msgspec.Struct, gc=False):
    """A TCP segment or a UDP datagram as captured. `t` in ns since the run began, lengths in bytes.

    Addresses are written as the probe writes them: 127.0.0.1:8001, [::1]:8001. The fields from
    `seq` on are TCP's, as they stand in the header: absolute numbers, the window not scaled.
    """

    t: int
    protocol: Literal["tcp", "udp"]
    source: str
    destination: str
    length: int
    """Of the payload on the wire."""
    wire_length: int
    """Of the whole frame, its Ethernet header included."""
    frame: bytes
    """The frame, as far as it was kept."""
    seq: int = 0
    ack: int = 0
    flags: int = 0
    """CWR 128, ECE 64, URG 32, ACK 16, PSH 8, RST 4, SYN 2, FIN 1 (RFC 9293 section 3.1)."""
    window: int = 0
    options: TcpOptions | None = None


TcpState = Literal[
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
]
"""The states of RFC 9293, section 3.3.2."""

UdpState = Literal["CONNECTED", "UNCONNECTED", "CLOSED"]
"""Has the socket a fixed peer (connect(2))? CLOSED: the kernel's table no longer holds it."""

FIN_RECEIVED = frozenset({"CLOSE-WAIT", "CLOSING", "LAST-ACK"})
FIN_UNACKED = frozenset({"FIN-WAIT-1", "CLOSING", "LAST-ACK"})


class Sample(msgspec.Struct, kw_only=True, gc=False):
    """One socket as the kernel's tables showed it at some moment between `began` and `t`.

    Times in ns since the run began; sizes in bytes, of data only: where the kernel counts a SYN or a
    FIN as one byte of a queue, it is taken off. None is what the kernel does not tell for this
    kind of socket, in this state, or at its age. The queues and the counters of a busy socket are
    read by the kernel a moment apart. The names of the kernel's own fields are given in each place:
    idiag_* and SKMEMINFO_* are in linux/inet_diag.h and linux/sock_diag.h, tcpi_* in linux/tcp.h.
    """

    began: int
    t: int
    protocol: Literal["tcp", "udp"]
    local: str
    """127.0.0.1:8001 or [::1]:8001, as in the texts of a CallRecord."""
    remote: str
    """Empty while there is no peer."""
    cookie: int
    """SO_COOKIE (socket(7)). On older kernels a TIME-WAIT has another than its socket had."""
    inode: int
    """idiag_inode, as in /proc/PID/fd; 0 when no process holds the socket (any more, or yet)."""
    state: TcpState | UdpState
    destroyed: bool = False
    """The kernel has freed the socket, some time before `t`: these are its last counters.

    The state is CLOSED, or that of what is left of it: TIME-WAIT, or FIN-WAIT-2 when its program
    closed it before the peer did (both then need no socket, only a small record). A connection that was refused
    or aborted has lost its counters (tcp_disconnect).
    """

    receive_queue: int | None = None
    """TCP: in order, acknowledged and not yet read (idiag_rqueue)."""
    send_queue: int | None = None
    """TCP: written and not yet acknowledged (idiag_wqueue)."""
    unsent: int | None = None
    """TCP: the part of the send queue that was never sent (tcpi_notsent_bytes)."""
    backlog: int | None = None
    """LISTEN: connections that wait for accept() (idiag_rqueue)."""
    backlog_max: int | None = None
    """LISTEN: the bound that listen() set (idiag_wqueue); Linux lets one more in."""

    receive_memory: int | None = None
    """Memory charged for what was received, headers and all: no count of data bytes (SKMEMINFO_RMEM_ALLOC)."""
    receive_buffer: int | None = None
    """The limit of `receive_memory`: SO_RCVBUF (SKMEMINFO_RCVBUF)."""
    send_memory: int | None = None
    """Memory charged for what waits to be sent or acknowledged (TCP: SKMEMINFO_WMEM_QUEUED, UDP: …_WMEM_ALLOC)."""
    send_buffer: int | None = None
    """The limit of `send_memory`: SO_SNDBUF (SKMEMINFO_SNDBUF)."""
    drops: int | None = None
    """Datagrams or segments dropped at this socket, for example because `receive_buffer` was full (SKMEMINFO_DROPS)."""

    cwnd: int | None = None
    """Congestion window in segments (tcpi_snd_cwnd)."""
    ssthresh: int | None = None
    """Slow start threshold in segments; None while there is none (tcpi_snd_ssthresh)."""
    mss: int | None = None
    """The largest payload of a segment it sends (tcpi_snd_mss)."""
    rtt: int | None = None
    """Smoothed round trip time in ns; None before it was ever measured (tcpi_rtt)."""
    send_window: int | None = None
    """What the peer last advertised (tcpi_snd_wnd, Linux 5.4)."""
    receive_window: int | None = None
    """What this socket last advertised (tcpi_rcv_wnd, Linux 6.2)."""
    retransmissions: int | None = None
    """Segments sent again (tcpi_total_retrans)."""
    segments_out: int | None = None
    segments_in: int | None = None
    """All segments, those without data too (tcpi_segs_out, tcpi_segs_in)."""
    data_segments_out: int | None = None
    data_segments_in: int | None = None
    """Those with data (tcpi_data_segs_out, tcpi_data_segs_in); what offload joined is counted as it was cut."""
    segments_delivered: int | None = None
    """Segments the peer has acknowledged, the SYN among them (tcpi_delivered)."""
    bytes_sent: int | None = None
    """Data sent, each time it was sent (tcpi_bytes_sent)."""
    bytes_retransmitted: int | None = None
    """Of these, sent again (tcpi_bytes_retrans)."""
    bytes_acked: int | None = None
    """As the kernel counts (tcpi_bytes_acked): a SYN this end sent to connect, and a FIN, count one each."""
    bytes_received: int | None = None
    """As the kernel counts (tcpi_bytes_received): the peer's FIN counts one."""
    unread: int | None = None
    """Of a destroyed TCP socket: received in order and never read (idiag_rqueue), the FIN as in `bytes_received`."""

    @property
    def written(self) -> int | None:
        """How far the program has written: an offset on the stream it sends."""
        if self.bytes_sent is None or self.bytes_retransmitted is None or self.unsent is None:
            return None
        return self.bytes_sent - self.bytes_retransmitted + self.unsent

    @property
    def acked(self) -> int | None:
        """How far the peer has acknowledged: an offset on the stream it sends."""
        written = self.written
        return None if written is None or self.send_queue is None else written - self.send_queue

    @property
    def delivered(self) -> int | None:
        """How far data has come in order: an offset on the stream it receives.

        None once CLOSED: from there the kernel does not tell whether a FIN was counted.
        """
        if self.bytes_received is None or self.state in ("CLOSED", "TIME-WAIT"):
            return None
        return self.bytes_received - (self.state in FIN_RECEIVED)

    @property
    def read(self) -> int | None:
        """How far the program has read: an offset on the stream it receives."""
        delivered = self.delivered
        return None if delivered is None or self.receive_queue is None else delivered - self.receive_queue
