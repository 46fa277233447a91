import os
import socket
import time

PORT = 8001
FILE_NAME = "notes.txt"  # what the header says
FILE_SIZE = 5000  # bytes
CONTENT = "hello, world. "  # the file is filled with it
PAUSE = 0.0  # seconds between the header and the file
DIE_AFTER = 0  # bytes of the file, then this client dies; 0: it lives

unit = CONTENT.encode("utf-8")
with open("sample.txt", "wb") as file:  # something to send
    file.write((unit * (FILE_SIZE // len(unit) + 1))[:FILE_SIZE])

# At most one step up: the lesson itself stays in its own folder.
up = "../" if FILE_NAME.startswith("../") else ""
name = up + os.path.basename(FILE_NAME)
size = os.path.getsize("sample.txt")

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.sendall(f"{name}-{size}".encode("utf-8"))
time.sleep(PAUSE)

sent = 0
with open("sample.txt", "rb") as file:
    while chunk := file.read(1024):
        client.sendall(chunk)
        sent += len(chunk)
        if DIE_AFTER and sent >= DIE_AFTER:
            os._exit(1)

print("sent", sent, "bytes")
client.close()
