import socket
import time

PORT = 8001
FRAME_SIZE = 20  # bytes of each message
READ_DELAY = 0.2  # seconds before the first recv

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late

frame = b""
while True:
    data = conn.recv(FRAME_SIZE - len(frame))
    if data == b"":  # the client has closed
        break
    frame += data
    if len(frame) == FRAME_SIZE:
        # Were the last spaces filling, or did somebody write them?
        text = frame.rstrip(b" ").decode("utf-8", "replace")
        print("message:", text)
        frame = b""

conn.close()
server.close()
