import socket
import threading
import time

PORT = 8001
SLEEP = 1.0  # seconds for which "sleep" is handled


def answer(conn):
    path = conn.recv(1024).decode("utf-8")
    if path == "sleep":
        time.sleep(SLEEP)  # only this thread sleeps
    if path:
        conn.sendall(f"this is {path}".encode("utf-8"))
    conn.close()


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

while True:
    conn, address = server.accept()
    threading.Thread(target=answer, args=(conn,), daemon=True).start()
