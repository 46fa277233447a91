import selectors
import socket

PORT = 8001
FORGET = False  # leave closed connections in the list


def accept(server):
    conn, address = server.accept()
    selector.register(conn, selectors.EVENT_READ, answer)


def answer(conn):
    data = conn.recv(1024)  # one: a second might block
    if data:
        conn.sendall(data.upper())
        return
    if not FORGET:
        selector.unregister(conn)
    conn.close()


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

# The best that this system has: epoll on Linux, kqueue on a Mac.
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ, accept)
while True:
    for key, events in selector.select():
        key.data(key.fileobj)  # accept or answer
