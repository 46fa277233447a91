import socket

PORT = 8001

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
conn.sendall(b"goodbye")
conn.shutdown(socket.SHUT_WR)  # FIN: I have said everything
while True:
    data = conn.recv(1024)  # but I still listen
    if data == b"":
        break
    print("recv:", data)

conn.close()  # it said FIN first, so this end is in TIME-WAIT now
server.close()
