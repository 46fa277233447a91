import socket
import sys

PORT = 8001
MESSAGES = ["good morning", "sir", "bye"]
STAY = False  # then send what is typed, a line at a time

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # TCP
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    client.sendall(message.encode("utf-8"))

if STAY:
    for line in sys.stdin:
        client.sendall(line.rstrip("\n").encode("utf-8"))

client.close()
