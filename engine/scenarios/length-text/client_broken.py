import socket

PORT = 8001
MESSAGES = ["good morning", "sir"]
REPEAT = 1  # each message is so many times as long

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    data = message.encode("utf-8") * REPEAT
    length = str(len(data))  # "12" has two digits, "3" has one
    client.sendall(length.encode("ascii") + data)

client.close()
