"""Both ends of many connections in one process; a few of them are used, in turn."""

import select
import socket
import time

PORT = 8001
CONNECTIONS = 1000
ACTIVE = 4
SECONDS = 10

server = socket.create_server(("127.0.0.1", PORT), backlog=512)
poller = select.epoll()
poller.register(server, select.EPOLLIN)
clients, conns = [], {}
for _ in range(CONNECTIONS):
    clients.append(socket.create_connection(("127.0.0.1", PORT)))
    conn, _ = server.accept()
    conns[conn.fileno()] = conn
    poller.register(conn, select.EPOLLIN)
print(len(conns), "connections", flush=True)

end = time.monotonic() + SECONDS
turn = 0
while time.monotonic() < end:
    client = clients[turn * 7919 % ACTIVE * (CONNECTIONS // ACTIVE)]
    client.sendall(b"hello %d" % turn)
    for fd, _ in poller.poll():
        conns[fd].sendall(conns[fd].recv(1024).upper())
    client.recv(1024)
    turn += 1
    time.sleep(0.01)
