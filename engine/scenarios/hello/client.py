import socket

PORT = 8001
MESSAGE = "hello, 世界"
RECV_SIZE = 1024

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.sendall(MESSAGE.encode("utf-8"))

answer = b""
while True:
    data = client.recv(RECV_SIZE)
    if data == b"":  # the server has closed
        break
    answer += data

print(answer.decode("utf-8"))
client.close()
