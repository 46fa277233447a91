import socket
import time

PORT = 8001
READ_DELAY = 0.5  # seconds before the first recv
RECV_SIZE = 1024

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)  # TCP
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late

while True:
    data = conn.recv(RECV_SIZE)
    print("recv:", data)
    if data == b"":  # the client has closed
        break

conn.close()
server.close()
