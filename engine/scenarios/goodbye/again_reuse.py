import socket
import time

PORT = 8001
AGAIN_AFTER = 1.0  # seconds

time.sleep(AGAIN_AFTER)  # the first server has ended by now
server = socket.socket()
# Bind although old connections of this port are in TIME-WAIT.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
print("listening again")
server.close()
