"""64 bytes there and back, over one connection, both ends on one core. Prints seconds for one exchange."""

import os
import socket
import sys
import time

COUNT = int(sys.argv[1])
MESSAGE = b"x" * 64

os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
server = socket.create_server(("127.0.0.1", 0))
address = server.getsockname()
if os.fork() == 0:
    with socket.create_connection(address) as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := conn.recv(64):
            conn.sendall(data)
    os._exit(0)
conn, _ = server.accept()
with conn:
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(COUNT // 10):
        conn.sendall(MESSAGE)
        conn.recv(64)
    start = time.perf_counter()
    for _ in range(COUNT):
        conn.sendall(MESSAGE)
        conn.recv(64)
    print((time.perf_counter() - start) / COUNT)
os.wait()
