import socket
import time

PORT = 8001
READ_DELAY = 0.5  # seconds in which nothing is read
RCVBUF = 32768  # bytes; Linux doubles it
RECV_SIZE = 65536

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
# Before listen: an accepted socket has the buffers of its listener.
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RCVBUF)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # a reader that does not read

total = 0
while True:
    data = conn.recv(RECV_SIZE)
    if data == b"":  # the client has closed
        break
    total += len(data)

print("received", total, "bytes")
conn.close()
server.close()
