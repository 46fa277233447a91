import socket
import time

PORT = 8001
MESSAGE = "0123456789"
MORE_AFTER = 0.4  # seconds until two more bytes follow
STAY = 0.4  # seconds after that until the client closes

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.sendall(MESSAGE.encode("utf-8"))
time.sleep(MORE_AFTER)
client.sendall(b"ab")
time.sleep(STAY)
client.close()
