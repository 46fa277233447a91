import socket

PORT = 8001

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
while True:
    length = conn.recv(4)  # four digits, or so it hopes
    if length == b"":  # the client has closed
        break
    print("length:", length)
    size = int(length)
    data = b""
    while len(data) < size:
        piece = conn.recv(min(1024, size - len(data)))
        if piece == b"":
            print("ended after", len(data), "of", size, "bytes")
            break
        data += piece
    print("message:", data[:40])

conn.close()
server.close()
