import hashlib
import hmac
import json
import os
import socket

PORT = 8001


def scrypt(user, password):
    """Slow on purpose: so is each guess of one who steals the file."""
    salt = f"playground {user}".encode("utf-8")  # another for each user
    secret = password.encode("utf-8")
    return hashlib.scrypt(secret, salt=salt, n=2**14, r=8, p=1)


def recv_line(sock):
    """One JSON value: JSON has no newline inside, so one ends it."""
    line = b""
    while not line.endswith(b"\n"):
        data = sock.recv(1024)
        if data == b"" or len(line) > 10000:
            raise ValueError(f"that is no request: {line[:40]}")
        line += data
    print("request:", line)
    return json.loads(line)


def send_line(sock, value):
    sock.sendall(json.dumps(value).encode("utf-8") + b"\n")


def key_of(user):
    with open("users.txt", encoding="utf-8") as file:
        for line in file:
            name, key = line.split()  # without the newline
            if name == user:
                return bytes.fromhex(key)
    return os.urandom(64)  # nobody knows this one


def check(conn):
    nonce = os.urandom(16)  # fresh: a recorded proof does not fit it
    send_line(conn, nonce.hex())
    request = recv_line(conn)
    expected = hmac.digest(key_of(request["user"]), nonce, "sha256")
    proof = bytes.fromhex(request["proof"])
    # Takes the same time whichever byte is wrong.
    known = hmac.compare_digest(proof, expected)
    answer = "welcome" if known else "go away"
    print(request["user"], "->", answer)
    send_line(conn, answer)


with open("users.txt", "w", encoding="utf-8") as file:
    for user, password in [("alice", "rabbit"), ("bob", "hunter2")]:
        print(user, scrypt(user, password).hex(), file=file)

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

while True:
    conn, address = server.accept()
    try:
        check(conn)
    except (ValueError, KeyError, TypeError) as error:
        print("refused:", repr(error))
    conn.close()
