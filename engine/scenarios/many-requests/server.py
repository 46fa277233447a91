import select
import socket
import time

PORT = 8001
SLEEP = 1.0  # seconds for which "sleep" is handled

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

watched = [server]
while True:
    for sock in select.select(watched, [], [])[0]:
        if sock is server:
            conn, address = server.accept()
            watched.append(conn)
            continue
        path = sock.recv(1024).decode("utf-8")
        if path == "sleep":
            time.sleep(SLEEP)  # nobody else is served meanwhile
        if path:
            sock.sendall(f"this is {path}".encode("utf-8"))
        watched.remove(sock)
        sock.close()
