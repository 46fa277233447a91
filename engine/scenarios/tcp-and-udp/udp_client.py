import socket
import sys

PORT = 8001
MESSAGES = ["good morning", "sir", "bye"]
STAY = False  # then send what is typed, a line at a time
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

if STAY:
    for line in sys.stdin:
        data = line.rstrip("\n").encode("utf-8")
        client.sendto(data, ("127.0.0.1", PORT))
        data, address = client.recvfrom(RECV_SIZE)
        print("recvfrom:", data, "from", address)

client.close()
