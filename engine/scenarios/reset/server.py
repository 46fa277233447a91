import os
import signal
import socket
import struct
import time

PORT = 8001
UNREAD = True  # end while bytes wait in the receive queue
LINGER = False  # end with SO_LINGER at 0 seconds
KILL = False  # end by kill -9 instead of close

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(0.1)  # by now the client has sent something
if not UNREAD:
    print("recv:", conn.recv(1024))
if LINGER:
    now = struct.pack("ii", 1, 0)  # on, 0 seconds
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
if KILL:
    os.kill(os.getpid(), signal.SIGKILL)
conn.close()
server.close()
