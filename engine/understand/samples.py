"""Samples of the kernel's tables as events: whose socket, which end of which connection."""

from __future__ import annotations

from engine.events import SocketSampled
from engine.records import Sample
from engine.understand.sockets import Sockets

SHARED = tuple(name for name in SocketSampled.__struct_fields__ if hasattr(Sample, name) and name != "socket")


def sampled(sockets: Sockets, sample: Sample) -> SocketSampled:
    """The event of a sample."""
    event = SocketSampled(t=sample.t, protocol=sample.protocol, local=sample.local, state=sample.state)
    for name in SHARED:
        setattr(event, name, getattr(sample, name))
    if sample.protocol == "tcp" and sample.state != "LISTEN":
        event.drops = None  # of a connection the kernel counts segments that bring nothing, too: nothing was lost
    connection = sockets.between(sample.local, sample.remote)
    if connection is not None:
        event.connection = connection.number
        event.side = "client" if connection.client_address == sample.local else "server"
    socket = sockets.known(sample.cookie)
    if socket is not None:
        event.socket, event.process = socket.number, socket.process
    return event
