import hashlib
import json
import socket

PORT = 8001

SALT = "2026"  # the same for everybody


def md5(password):
    return hashlib.md5((SALT + password).encode("utf-8")).hexdigest()


with open("users.txt", "w", encoding="utf-8") as file:
    file.write(f"alice {md5('rabbit')}\n")
    file.write(f"bob {md5('hunter2')}")  # the last line has no newline

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

while True:
    conn, address = server.accept()
    conn.sendall("who are you?".encode("utf-8"))
    data = conn.recv(1024)  # hopes for the whole request
    print("request:", data)
    request = json.loads(data)
    with open("users.txt", encoding="utf-8") as file:
        # Every line but the last still ends with "\n".
        known = f"{request['user']} {request['digest']}" in list(file)
    answer = "welcome" if known else "go away"
    print(request["user"], "->", answer)
    conn.sendall(answer.encode("utf-8"))
    conn.close()
