import socket

PORT = 8001
QUICKACK = False
REQUEST = 40  # bytes: a header of 8 and a body of 32

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
request = b""
while True:
    data = conn.recv(1024)
    if data == b"":
        break
    if QUICKACK:  # not for good: to be said again after each recv
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    request += data
    if len(request) == REQUEST:  # both pieces are here
        conn.sendall(b"answer")
        request = b""

conn.close()
server.close()
