import socket

PORT = 8001
MESSAGES = ["good morning", "yes|no", "a longer message, 先生"]
FRAME_SIZE = 20  # bytes of each message

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    data = message.encode("utf-8")
    if len(data) > FRAME_SIZE:
        print("cut to fit:", message)
    # Too long is cut, too short is filled up with spaces.
    client.sendall(data[:FRAME_SIZE].ljust(FRAME_SIZE))

client.close()
