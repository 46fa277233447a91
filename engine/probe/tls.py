"""TLS: the program's reads and writes go past `socket.recv`, so they are noted at `SSLSocket`.

What is noted is the plain text. The stream of the connection carries the ciphertext, which OpenSSL
reads and writes on the descriptor itself.
"""

from __future__ import annotations

import sys

from .arguments import bytes_of, size_of
from .calls import is_observed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .calls import Calls


def observe(cls: Any, calls: Calls) -> None:
    """Wrap the methods of `ssl.SSLSocket` through which all plain text goes."""
    getframe, move = sys._getframe, calls.move
    read, write, send = cls.read, cls.write, cls.send

    def observed_read(self: Any, len: Any = 1024, buffer: Any = None) -> Any:  # noqa: A002 -- the original's name
        if not is_observed(self):
            return read(self, len, buffer)
        asked = len if type(len) is int and len >= 0 else -1
        return move(
            self,
            "tls_read",
            asked,
            lambda: read(self, len, buffer),
            getframe(1),
            lambda result: (
                (size_of(result), result, 0, ()) if buffer is None else (result, bytes_of(buffer, result), 0, ())
            ),
        )

    def observed_write(self: Any, data: Any) -> Any:
        if not is_observed(self):
            return write(self, data)
        return move(
            self,
            "tls_write",
            size_of(data),
            lambda: write(self, data),
            getframe(1),
            lambda count: (count, bytes_of(data, count), 0, ()),
        )

    def observed_send(self: Any, data: Any, flags: Any = 0) -> Any:
        if not is_observed(self) or self._sslobj is None:
            return send(self, data, flags)
        return move(
            self,
            "tls_write",
            size_of(data),
            lambda: send(self, data, flags),
            getframe(1),
            lambda count: (count, bytes_of(data, count), 0, ()),
        )

    for name, method in (("read", observed_read), ("write", observed_write), ("send", observed_send)):
        method.__name__, method.__qualname__ = name, "SSLSocket." + name
        method.__doc__ = getattr(cls, name).__doc__
        setattr(cls, name, method)
