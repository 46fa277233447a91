import socket
import time

PORT = 8001
MESSAGES = ["good morning", "sir"]
PAUSE = 0.0  # seconds after each message
NODELAY = False

client = socket.socket()
client.connect(("127.0.0.1", PORT))
if NODELAY:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

for message in MESSAGES:
    client.sendall(message.encode("utf-8"))
    time.sleep(PAUSE)

client.close()
