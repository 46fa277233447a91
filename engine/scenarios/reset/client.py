import socket
import time

PORT = 8001
PAUSE = 0.2  # seconds before each call

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.sendall(b"are you there?")

time.sleep(PAUSE)  # by now the server has ended the connection
try:
    print("recv:", client.recv(1024))
except OSError as error:
    print("recv:", repr(error))
for attempt in ("first", "second"):
    time.sleep(PAUSE)
    try:
        client.sendall(b"hello?")
        print(attempt, "sendall: done")
    except OSError as error:
        print(attempt, "sendall:", repr(error))
client.close()

client = socket.socket()  # and nobody listens any more
try:
    client.connect(("127.0.0.1", PORT))
except OSError as error:
    print("connect:", repr(error))
client.close()
