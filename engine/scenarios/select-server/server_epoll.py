import select
import socket

PORT = 8001
FORGET = False  # leave closed connections in the list

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

sockets = {server.fileno(): server}
poller = select.epoll()
poller.register(server, select.EPOLLIN)  # told to the kernel once
while True:
    # Only what is ready comes back; the list stays in the kernel.
    for fd, event in poller.poll():
        sock = sockets[fd]
        if sock is server:  # somebody waits to be accepted
            conn, address = server.accept()
            sockets[conn.fileno()] = conn
            poller.register(conn, select.EPOLLIN)
            continue
        data = sock.recv(1024)  # one: a second might block
        if data:
            sock.sendall(data.upper())
            continue
        if not FORGET:
            poller.unregister(sock)
            del sockets[fd]
        sock.close()  # a closed socket leaves the epoll by itself
