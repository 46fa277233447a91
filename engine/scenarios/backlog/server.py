import socket
import time

PORT = 8001
BACKLOG = 1
DELAY = 1.0  # seconds before the first accept
ACCEPT = True

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen(BACKLOG)

time.sleep(DELAY)  # the kernel goes on making connections
while ACCEPT:
    conn, address = server.accept()
    print("accept:", address, "recv:", conn.recv(1024))
    conn.sendall(b"welcome")
    conn.close()

server.close()
