import socket
import time

PORT = 8001
SIZE = 200000  # bytes to send
SNDBUF = 32768  # bytes; Linux doubles it
BLOCKING = False

client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SNDBUF)
client.connect(("127.0.0.1", PORT))
client.setblocking(BLOCKING)

data = b"x" * SIZE
while data:
    try:
        sent = client.send(data)
        print("send:", sent, "of", len(data))
        data = data[sent:]
    except BlockingIOError:
        print("send: no room")
        time.sleep(0.1)

client.close()
