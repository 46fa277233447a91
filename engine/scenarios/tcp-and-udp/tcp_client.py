import socket

PORT = 8001
MESSAGES = ["good morning", "sir", "bye"]
RECV_SIZE = 1024

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # TCP
client.connect(("127.0.0.1", PORT))

for message in MESSAGES:
    client.sendall(message.encode("utf-8"))
client.shutdown(socket.SHUT_WR)  # nothing more to send

while True:
    data = client.recv(RECV_SIZE)
    print("recv:", data)
    if data == b"":  # the server has closed
        break

client.close()
