import socket

PORT = 8001

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
conn, address = server.accept()
while conn.recv(64):
    pass
conn.close()
server.close()
