import socket
import time

PORT = 8001
READ_DELAY = 0.2  # seconds before the first recv

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late

while True:
    data = conn.recv(1024)
    if data == b"":  # the client has closed
        break
    print("message:", data.decode("utf-8", "replace"))

conn.close()
server.close()
