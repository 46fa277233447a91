import socket

PORT = 8001
MESSAGES = ["good morning", "sir"]
REPEAT = 1  # each message is so many times as long

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    data = message.encode("utf-8") * REPEAT
    if len(data) > 9999:  # a fifth digit would become part of the body
        raise ValueError(f"{len(data)} bytes do not fit four digits")
    length = f"{len(data):04}"  # "0012", "0003": always four
    client.sendall(length.encode("ascii") + data)

client.close()
