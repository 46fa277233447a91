"""Which observers can a run have on this machine, and if not all, why not?

CAP_NET_RAW              the machine's own loopback is captured
else a user namespace    the run gets a private loopback, and that is captured
else                     no segments: the page says so
portable                 what works on every system: the probe alone
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.observe.capture import Capture, CaptureUnavailable, open_socket
from engine.observe.netlink import Diag
from engine.observe.sampler import Sampler
from engine.packet_sockets import PacketSockets
from engine.process import Network

CAPTURE_RING = 8 << 20
"""Bytes of the kernel's ring of captured frames: 32,768 of them."""

WHY = {
    "not linux": "ui.no_segments_not_linux",
    "not permitted": "ui.no_segments_not_permitted",
    "not supported": "ui.no_segments_not_supported",
}


@dataclass(frozen=True)
class Observing:
    """What the user asked for. `mtu` (bytes) and `max_segments` ask for a private network, to which they apply."""

    network: Literal["auto", "machine", "private"] = "auto"
    mtu: int | None = None
    max_segments: int | None = None
    portable: bool = False
    packets: PacketSockets | None = None
    """Packet sockets that were opened for us, since we may not."""

    def private_network(self) -> Network | None:
        """The private network a run is to get; None when it shares the machine's."""
        shaped = self.mtu is not None or self.max_segments is not None
        if (
            self.portable
            or self.network == "machine"
            or (self.network == "auto" and self._may_capture() and not shaped)
        ):
            return None
        return Network(self.mtu, self.max_segments)

    def _may_capture(self) -> bool:
        return self.packets is not None or may_capture()


class Observers:
    """The observers of one run. `why` is the key of the reason why there is no capture."""

    def __init__(self) -> None:
        self.capture: Capture | None = None
        self.sampler: Sampler | None = None
        self.why: str | None = None
        self._tables: Diag | None = None
        self._lent: tuple[PacketSockets, socket.socket] | None = None

    @classmethod
    def open(
        cls, observing: Observing, sockets: Sequence[socket.socket], origin: int, clock: Callable[[], int]
    ) -> Observers:
        """`sockets` are those of the private network (packet, netlink, netlink), or none.

        `origin` is the monotonic ns of time 0, `clock` gives ns since then.
        """
        self = cls()
        if observing.portable:
            self.why = "ui.no_segments_portable"
            return self
        packets, requests, destroys = sockets or (None, None, None)
        try:
            self.capture = Capture(packets or self._borrow(observing) or open_socket(), origin, CAPTURE_RING)
        except CaptureUnavailable as unavailable:
            self.why = WHY[unavailable.why]
        try:
            self._tables = Diag(requests, destroys, clock)
            self.sampler = Sampler(self._tables)
        except (OSError, AttributeError):  # no netlink here: no samples
            self._tables = None
        return self

    @property
    def segments(self) -> Literal["measured", "derived", "absent"]:
        """How segments are known: captured; only counted by the kernel, cuts unknown; or not at all."""
        if self.capture is not None:
            return "measured"
        return "derived" if self.sampler is not None else "absent"

    def _borrow(self, observing: Observing) -> socket.socket | None:
        """A duplicate of a packet socket that was opened for us: the run closes the duplicate."""
        lent = observing.packets.lend() if observing.packets is not None else None
        if observing.packets is None or lent is None:
            return None
        self._lent = observing.packets, lent
        return lent.dup()

    def close(self) -> None:
        """Let go of the sockets; the figures of the capture stay."""
        if self.capture is not None:
            self.capture.close()
        if self._lent is not None:
            owner, packets = self._lent
            owner.take_back(packets)
        if self._tables is not None:
            self._tables.close()


def may_capture() -> bool:
    """Is this process allowed to capture on the machine's own loopback?"""
    try:
        open_socket().close()
    except CaptureUnavailable:
        return False
    return True
