import json
import os
import socket
import struct
import time

PORT = 8001
READ_DELAY = 0.2  # seconds before the first recv


def recv_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(min(1024, size - len(data)))
        if piece == b"":
            raise EOFError(f"ended after {len(data)} of {size} bytes")
        data += piece
    return data


def recv_header(sock):
    (size,) = struct.unpack("!I", recv_exactly(sock, 4))
    if size > 10000:
        raise ValueError(f"a header of {size} bytes")
    header = json.loads(recv_exactly(sock, size))
    name, size = header["name"], header["size"]
    # The name comes from a stranger. It must be a name, not a path.
    if name != os.path.basename(name) or name in ("", ".", ".."):
        raise ValueError(f"not a plain name: {name!r}")
    return name, size


def recv_file(sock, name, size):
    received = 0
    part = f"uploads/{name}.part"  # not yet under its real name
    with open(part, "wb") as file:
        while received < size:
            data = sock.recv(min(1024, size - received))
            if data == b"":
                raise EOFError(f"short: {received} of {size} bytes")
            file.write(data)
            received += len(data)
            print(received * 100 // size, "%")
    os.replace(part, f"uploads/{name}")
    print("saved", os.path.realpath(f"uploads/{name}"))


os.makedirs("uploads", exist_ok=True)
server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late
try:
    name, size = recv_header(conn)
    conn.sendall(b"+")
    recv_file(conn, name, size)
    conn.sendall(b"+")
except (EOFError, ValueError, KeyError) as error:
    print("refused:", error)
    conn.sendall(b"-")
conn.close()
server.close()
