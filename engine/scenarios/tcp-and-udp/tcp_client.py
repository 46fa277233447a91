import socket

PORT = 8001
MESSAGES = ["good morning", "sir", "bye"]

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # TCP
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    client.sendall(message.encode("utf-8"))

client.close()
