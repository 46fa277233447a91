import socket

PORT = 8001
RECV_SIZE = 1024

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

while True:
    conn, address = server.accept()
    data = conn.recv(RECV_SIZE)
    text = data.decode("utf-8")
    print(address, "says:", text)
    answer = "you said: " + text
    conn.sendall(answer.encode("utf-8"))
    conn.close()
