import select
import socket

PORT = 8001
FORGET = False  # leave closed connections in the list

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

watched = [server]
while True:
    # The whole list goes to the kernel in each call.
    readable, writable, exceptional = select.select(watched, [], [])
    for sock in readable:
        if sock is server:  # somebody waits to be accepted
            conn, address = server.accept()
            watched.append(conn)
            continue
        data = sock.recv(1024)  # one: a second might block
        if data:
            sock.sendall(data.upper())
            continue
        if not FORGET:
            watched.remove(sock)
        sock.close()
