import socket
import struct

PORT = 8001
LIMIT = 1000000  # bytes in a message; beyond that, nobody is believed


def recv_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(min(1024, size - len(data)))
        if piece == b"":
            raise EOFError(f"ended after {len(data)} of {size} bytes")
        data += piece
    return data


def recv_message(sock):
    header = sock.recv(4)
    if header == b"":  # ended, and between two messages
        return None
    header += recv_exactly(sock, 4 - len(header))
    print("header:", header)
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
try:
    while (data := recv_message(conn)) is not None:
        print(len(data), "bytes:", data[:40])
except (EOFError, ValueError) as error:
    print("no message:", error)

conn.close()
server.close()
