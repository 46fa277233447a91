import hashlib
import json
import socket
import time

PORT = 8001
USER = "bob"
PASSWORD = "hunter2"
IN_TWO = False  # send the request in two pieces
REPLAY = True  # then somebody sends the same bytes again

SALT = "2026"  # the same for everybody


def log_in(who, request):
    client = socket.socket()
    client.connect(("127.0.0.1", PORT))
    print(who, "hears:", client.recv(1024).decode("utf-8"))
    if IN_TWO:
        client.sendall(request[:20])
        time.sleep(0.2)
        client.sendall(request[20:])
    else:
        client.sendall(request)
    print(who, "hears:", client.recv(1024).decode("utf-8"))
    client.close()


digest = hashlib.md5((SALT + PASSWORD).encode("utf-8")).hexdigest()
request = json.dumps({"user": USER, "digest": digest}).encode("utf-8")
log_in(USER, request)

if REPLAY:
    # Whoever saw these bytes on the wire needs no password.
    log_in("the thief", request)
