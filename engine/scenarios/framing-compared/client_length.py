import socket
import struct

PORT = 8001
MESSAGES = ["good morning", "yes|no", "a longer message, 先生"]
LIE = 0  # the last header declares so many bytes too many

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for number, message in enumerate(MESSAGES, start=1):
    data = message.encode("utf-8")
    size = len(data)
    if number == len(MESSAGES):
        size = min(size + LIE, 0xFFFFFFFF)  # four bytes: 4 GB at most
    client.sendall(struct.pack("!I", size) + data)

client.close()
