import socket
import time

PORT = 8001
CONNECT_AFTER = 1.0  # seconds
SEND_AFTER = 1.5  # seconds after that
SEND = True

client = socket.socket()
time.sleep(CONNECT_AFTER)
client.connect(("127.0.0.1", PORT))
time.sleep(SEND_AFTER)
if SEND:
    client.sendall(b"wake up")
client.close()
