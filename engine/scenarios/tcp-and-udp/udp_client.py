import socket

PORT = 8001
MESSAGES = ["good morning", "sir", "bye"]
READ_DELAY = 0.5  # seconds, the server's
RECV_SIZE = 1024

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # UDP

for message in MESSAGES:
    data = message.encode("utf-8")
    client.sendto(data, ("127.0.0.1", PORT))

client.settimeout(READ_DELAY + 1)  # an answer may be lost
for _ in MESSAGES:
    data, address = client.recvfrom(RECV_SIZE)
    print("recvfrom:", data, "from", address)

client.close()
