import os
import socket
import time

PORT = 8001
READ_DELAY = 0.2  # seconds before the first recv
FOLDER_EXISTS = True

if FOLDER_EXISTS:
    os.makedirs("uploads", exist_ok=True)

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

conn, address = server.accept()
time.sleep(READ_DELAY)  # this reader comes late

# Hopes that one recv returns the header, all of it, and nothing else.
header = conn.recv(1024)
print("header:", header[:40])
name, size = header.split(b"-")
size = int(size)

received = 0
with open("uploads/" + name.decode("utf-8"), "wb") as file:
    while True:
        data = conn.recv(1024)
        if data == b"":  # the client has closed: that must be all
            break
        file.write(data)
        received += len(data)
        print(received * 100 // size, "%")

print("saved", os.path.realpath(file.name))
print("done:", received * 100 // size, "%")
conn.close()
server.close()
