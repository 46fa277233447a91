import socket
import struct

PORT = 8001

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
while True:
    header = conn.recv(4)  # up to four bytes!
    if header == b"":  # the client has closed
        break
    print("header:", header)
    (size,) = struct.unpack("i", header)
    data = b""
    while len(data) < size:
        # After the end of the stream this gets b"" for ever.
        data += conn.recv(min(1024, size - len(data)))
    print(size, "bytes:", data[:40])

conn.close()
server.close()
