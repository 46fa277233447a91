import hashlib
import hmac
import json
import socket
import time

PORT = 8001
USER = "bob"
PASSWORD = "hunter2"
IN_TWO = False  # send the request in two pieces
REPLAY = True  # then somebody sends the same bytes again


def recv_line(sock):
    """One JSON value: JSON has no newline inside, so one ends it."""
    line = b""
    while not line.endswith(b"\n"):
        data = sock.recv(1024)
        if data == b"":
            raise EOFError("the server has closed")
        line += data
    return json.loads(line)


def log_in(who, recorded=None):
    client = socket.socket()
    client.connect(("127.0.0.1", PORT))
    nonce = bytes.fromhex(recv_line(client))  # a new one each time
    # Proves that we know the key, and is good for this nonce only.
    proof = hmac.digest(key, nonce, "sha256").hex()
    request = json.dumps({"user": USER, "proof": proof}).encode("utf-8")
    request = recorded or request + b"\n"
    if IN_TWO:
        client.sendall(request[:20])
        time.sleep(0.2)
        client.sendall(request[20:])
    else:
        client.sendall(request)
    print(who, "hears:", recv_line(client))
    client.close()
    return request


salt = f"playground {USER}".encode("utf-8")  # another for each user
password = PASSWORD.encode("utf-8")
key = hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1)

request = log_in(USER)
if REPLAY:
    # Whoever saw these bytes on the wire saw them for that nonce.
    log_in("the thief", recorded=request)
