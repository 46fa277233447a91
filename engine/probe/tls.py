"""TLS: the program's reads and writes go past `socket.recv`, so they are noted at `SSLSocket`.

What is noted is the plain text. The stream of the connection carries the ciphertext, which OpenSSL
reads and writes on the descriptor itself.
"""

import sys

from .recorder import bytes_of, size_of


def observe(cls, calls):
    """Wrap the methods of `ssl.SSLSocket` through which all plain text goes."""
    getframe, move = sys._getframe, calls.move
    read, write, send = cls.read, cls.write, cls.send

    def observed_read(self, len=1024, buffer=None):
        def outcome(result):
            if buffer is None:
                return size_of(result), result, 0, ()
            return result, bytes_of(buffer, result), 0, ()

        asked = len if type(len) is int and len >= 0 else -1
        return move(self, "tls_read", asked, lambda: read(self, len, buffer), getframe(1), outcome)

    def observed_write(self, data):
        def outcome(count):
            return count, bytes_of(data, count), 0, ()

        return move(self, "tls_write", size_of(data), lambda: write(self, data), getframe(1), outcome)

    def observed_send(self, data, flags=0):
        if self._sslobj is None:
            return send(self, data, flags)

        def outcome(count):
            return count, bytes_of(data, count), 0, ()

        return move(self, "tls_write", size_of(data), lambda: send(self, data, flags), getframe(1), outcome)

    for name, method in (("read", observed_read), ("write", observed_write), ("send", observed_send)):
        method.__name__, method.__qualname__ = name, "SSLSocket." + name
        method.__doc__ = getattr(cls, name).__doc__
        setattr(cls, name, method)
