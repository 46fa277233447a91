import codecs
import socket

PORT = 8001
RECV_SIZE = 4
FIXED = False

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
decoder = codecs.getincrementaldecoder("utf-8")()

while True:
    data = conn.recv(RECV_SIZE)
    if data == b"":  # the client has closed
        break
    # The decoder keeps half a character until the rest has come.
    text = decoder.decode(data) if FIXED else data.decode("utf-8")
    print(data, "->", text)

conn.close()
server.close()
