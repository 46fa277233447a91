import socket

PORT = 8001
MESSAGE = "hi, 你好，世界"

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.sendall(MESSAGE.encode("utf-8"))
client.close()
