"""What the kernel has counted on a TCP connection, asked right before its descriptor is closed.

Only so are bytes on the record that moved past the probe (`os.read`, TLS, a C extension) in the last moment before:
the kernel's tables lose the queues when they lose the socket.
"""

from __future__ import annotations

import _socket
import fcntl
import socket as _module
from struct import Struct

from .layout import FIELD

INFO = Struct("=B127xQ8xI52xQQ")
"""struct tcp_info of linux/tcp.h up to Linux 4.19's end: tcpi_state, bytes_received, notsent_bytes, bytes_sent,
bytes_retrans. A kernel whose struct is shorter gives no counters."""
FIONREAD = 0x541B  # asm-generic/ioctls.h; alpha, mips, powerpc and sparc have another
LISTEN = 10
TCP_INFO = getattr(_module, "TCP_INFO", None)
_getsockopt, _fileno = _socket.socket.getsockopt, _socket.socket.fileno


def counters(sock: _socket.socket) -> str:
    """State, bytes sent, sent again, not sent yet, received, and received but not read; empty if there are none.

    As the kernel counts: its `bytes_received` has the peer's FIN as one byte, `unread` never has (tcp_inq).
    """
    if TCP_INFO is None:
        return ""
    try:
        state, received, unsent, sent, again = INFO.unpack(_getsockopt(sock, _module.IPPROTO_TCP, TCP_INFO, INFO.size))
        if state == LISTEN:
            return ""
        unread = int.from_bytes(fcntl.ioctl(_fileno(sock), FIONREAD, bytes(4)), "little")
    except Exception:  # not TCP, closed already, or an older kernel
        return ""
    return FIELD.join(map(str, (state, sent, again, unsent, received, unread)))
