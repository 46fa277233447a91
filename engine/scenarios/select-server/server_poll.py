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
poller = select.poll()
poller.register(server, select.POLLIN)
while True:
    # Python keeps the list; the kernel gets it in each call.
    for fd, event in poller.poll():
        sock = sockets[fd]
        if sock is server:  # somebody waits to be accepted
            conn, address = server.accept()
            sockets[conn.fileno()] = conn
            poller.register(conn, select.POLLIN)
            continue
        data = sock.recv(1024)  # one: a second might block
        if data:
            sock.sendall(data.upper())
            continue
        if not FORGET:
            poller.unregister(sock)
            del sockets[fd]
        sock.close()
