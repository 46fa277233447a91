import select
import socket

PORT = 8001
RECV_SIZE = 4
PATIENCE = 0.8  # seconds without a report, then the server gives up

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
conn, address = server.accept()

poller = select.epoll()
poller.register(conn, select.EPOLLIN | select.EPOLLET)  # edge

data = None
while data != b"":
    # Reports conn when something new has come, and only then.
    if not poller.poll(PATIENCE):
        print("no report any more")
        break
    data = conn.recv(RECV_SIZE)
    print("reported, recv:", data)

poller.close()
conn.close()
server.close()
