import socket
import time

PORT = 8001
MESSAGE = "hello"
SEND_AFTER = 0.2  # seconds after the connect

client = socket.socket()
client.connect(("127.0.0.1", PORT))
time.sleep(SEND_AFTER)
client.sendall(MESSAGE.encode("utf-8"))
client.close()
