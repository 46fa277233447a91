import socket

PORT = 8001


def recv_exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(min(1024, size - len(data)))
        if piece == b"":
            raise EOFError(f"ended after {len(data)} of {size} bytes")
        data += piece
    return data


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
while True:
    first = conn.recv(1)
    if first == b"":  # the client has closed, between two messages
        break
    length = first + recv_exactly(conn, 3)
    print("length:", length)
    data = recv_exactly(conn, int(length))
    print("message:", data[:40])

conn.close()
server.close()
