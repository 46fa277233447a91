import socket
import time

PORT = 8001

client = socket.socket()
client.connect(("127.0.0.1", PORT))
time.sleep(1)  # the page is at the live edge by then
for _ in range(100):
    client.sendall(b"tick")
    time.sleep(0.07)
client.close()
