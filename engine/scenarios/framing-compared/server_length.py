import socket
import struct
import time

PORT = 8001
LIMIT = 4294967295  # bytes; the most that four bytes can declare
READ_DELAY = 0.2  # seconds before the first recv


def recv_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(min(1024, size - len(data)))
        if piece == b"":
            raise EOFError(f"{len(data)} of {size} bytes, then the end")
        data += piece
    return data


def recv_message(sock):
    header = sock.recv(4)
    if header == b"":  # ended, and between two messages
        return None
    header += recv_exactly(sock, 4 - len(header))
    (size,) = struct.unpack("!I", header)
    if size > LIMIT:
        raise ValueError(f"{size} bytes declared, {LIMIT} allowed")
    return recv_exactly(sock, size)


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late
try:
    while (data := recv_message(conn)) is not None:
        print("message:", data.decode("utf-8"))
except (EOFError, ValueError) as error:
    print("no message:", error)

conn.close()
server.close()
