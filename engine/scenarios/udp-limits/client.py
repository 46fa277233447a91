import socket
import time

PORT = 8001
COUNT = 8  # datagrams
MESSAGE = "hi"

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect(("127.0.0.1", PORT))  # a default address; no handshake

for number in range(1, COUNT + 1):
    client.send(f"#{number} {MESSAGE}".encode())

print("recv:", client.recv(1024))
time.sleep(0.2)  # by now the server has closed its socket

print("send:", client.send(b"anyone?"), "bytes")
try:
    print("recv:", client.recv(1024))
except ConnectionRefusedError as error:
    print("recv:", error)

client.close()
