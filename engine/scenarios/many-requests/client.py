import os
import select
import socket
import time

PORT = 8001
PATHS = ["first", "sleep", "second", "third"]
REFUSED = True  # one more connect, to a port where nobody listens

began = time.monotonic()


def say(path, what):
    print(f"{time.monotonic() - began:.3f} s  {path}: {what}")


def connect(path, port):
    sock = socket.socket()
    sock.setblocking(False)
    connecting[sock] = path
    try:
        sock.connect(("127.0.0.1", port))
    except BlockingIOError as error:  # it has begun
        say(path, f"connect: {error}")


connecting, waiting = {}, {}
for path in PATHS:
    connect(path, PORT)
if REFUSED:
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # bound, but it does not listen
    connect("refused", closed.getsockname()[1])

while connecting or waiting:
    reads = [*connecting, *waiting]
    readable, writable, _ = select.select(reads, [*connecting], [])
    for sock in writable:  # the connect has finished, well or badly
        path = connecting.pop(sock)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == 0:
            sock.sendall(path.encode("utf-8"))
            waiting[sock] = path
            continue
        both = "readable, " if sock in readable else ""
        say(path, f"{both}writable, {os.strerror(error)}")
        sock.close()
    for sock in readable:  # an answer, or the end, or a reset
        if sock not in waiting:
            continue
        try:
            data = sock.recv(1024)
        except ConnectionResetError as error:
            data = b""
            say(waiting[sock], error)
        if data:
            say(waiting[sock], data.decode("utf-8"))
            continue
        del waiting[sock]
        sock.close()
print(f"all done after {time.monotonic() - began:.3f} s")
