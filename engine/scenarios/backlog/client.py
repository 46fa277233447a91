import socket
import time

PORT = 8001

client = socket.socket()
began = time.monotonic()
try:
    client.connect(("127.0.0.1", PORT))
    seconds = time.monotonic() - began
    print(f"connected after {seconds:.1f} s")
    client.sendall(b"hello")  # even before anybody accepts
    print("recv:", client.recv(1024))
except OSError as error:
    print(repr(error))
client.close()
