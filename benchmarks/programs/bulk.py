"""64 KB sends to a reader that takes 64 KB at a time, both ends on one core. Prints seconds for one send.

A reader that takes more falls by chance into one of two rhythms, four blocks at a time or one, and stays in it for the
run: what is measured is then the rhythm. This one makes a recv for each send, always.
"""

import os
import socket
import sys
import time

COUNT = int(sys.argv[1])
SIZE = 65536
BLOCK = b"x" * SIZE

os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
server = socket.create_server(("127.0.0.1", 0))
address = server.getsockname()
if os.fork() == 0:
    with socket.create_connection(address) as conn:
        while conn.recv(SIZE):
            pass
        conn.sendall(b".")
    os._exit(0)
conn, _ = server.accept()
with conn:
    for _ in range(COUNT // 10):
        conn.sendall(BLOCK)
    start = time.perf_counter()
    for _ in range(COUNT):
        conn.sendall(BLOCK)
    conn.shutdown(socket.SHUT_WR)
    conn.recv(1)
    print((time.perf_counter() - start) / COUNT)
os.wait()
