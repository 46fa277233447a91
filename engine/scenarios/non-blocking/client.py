import select
import socket
import time

PORT = 8001
DELAY = 0.02  # seconds from the connect to the first byte

client = socket.socket()
client.setblocking(False)
try:
    client.connect(("127.0.0.1", PORT))
except BlockingIOError as error:  # not a failure: it has begun
    print("connect:", error)

select.select([], [client], [])  # writable: the connect is finished
problem = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
print("the connect's error, 0 for none:", problem)

time.sleep(DELAY)
client.sendall("hello, 世界".encode("utf-8"))
client.close()
