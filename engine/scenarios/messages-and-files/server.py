import json
import os
import socket
import struct

PORT = 8001


def recv_exactly(size):
    data = b""
    while len(data) < size:
        piece = conn.recv(min(1024, size - len(data)))
        if piece == b"":
            raise EOFError(f"ended after {len(data)} of {size} bytes")
        data += piece
    return data


def recv_size():
    (size,) = struct.unpack("!I", recv_exactly(4))
    if size > 10000000:
        raise ValueError(f"a frame of {size} bytes")
    return size


def recv_file(name):
    size, received = recv_size(), 0
    with open("received/" + os.path.basename(name), "wb") as file:
        while received < size:
            piece = recv_exactly(min(1024, size - received))
            file.write(piece)
            received += len(piece)
            print(name, received * 100 // size, "%")
    print("file:", name, size, "bytes")


os.makedirs("received", exist_ok=True)
server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
try:
    while True:
        header = json.loads(recv_exactly(recv_size()))
        if header["type"] == "msg":
            print("msg:", recv_exactly(recv_size()).decode("utf-8"))
        elif header["type"] == "file":
            recv_file(header["name"])
        elif header["type"] == "close":
            print("the client says goodbye")
            break
        else:
            raise ValueError(f"no such type: {header}")
except (EOFError, ValueError, KeyError, TypeError, OSError) as error:
    print("cannot go on:", error)

conn.close()
server.close()
