import socket
import time

PORT = 8001
REQUESTS = 5
NODELAY = False

client = socket.socket()
client.connect(("127.0.0.1", PORT))
if NODELAY:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

for number in range(1, REQUESTS + 1):
    began = time.monotonic()
    client.sendall(b"h" * 8)  # write: the header
    client.sendall(b"b" * 32)  # write: the body
    client.recv(1024)  # read
    ms = (time.monotonic() - began) * 1000
    print(f"request {number}: {ms:.1f} ms")

client.close()
