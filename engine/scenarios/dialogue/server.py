import random
import socket

PORT = 8001
GREETING = "我是大叔，请讲。"
FILLER = "什么"

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

while True:
    conn, address = server.accept()  # one client after the other
    conn.sendall(GREETING.encode("utf-8"))
    while True:
        data = conn.recv(1024)
        if data == b"":  # the client has left
            break
        line = data.decode("utf-8")
        misheard = random.choice(line)
        # replace() replaces every character that equals this one.
        answer = line.replace(misheard, FILLER)
        conn.sendall(answer.encode("utf-8"))
    conn.close()
