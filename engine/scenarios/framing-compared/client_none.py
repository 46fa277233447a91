import socket

PORT = 8001
MESSAGES = ["good morning", "yes|no", "a longer message, 先生"]

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    client.sendall(message.encode("utf-8"))

client.close()
