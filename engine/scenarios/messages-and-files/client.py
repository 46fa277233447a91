import json
import os
import socket
import struct
import sys
import time

PORT = 8001
SAMPLE_SIZE = 5000  # bytes of sample.txt, which is there to be sent
PAUSE = 0.05  # seconds after each piece of a file, to see it grow


def send_frame(payload):
    client.sendall(struct.pack("!I", len(payload)) + payload)


def send_header(**header):
    send_frame(json.dumps(header).encode("utf-8"))


def send_file(path):
    size = os.path.getsize(path)  # an OSError here has sent nothing
    with open(path, "rb") as file:
        send_header(type="file", name=os.path.basename(path))
        client.sendall(struct.pack("!I", size))
        for start in range(0, size, 1024):
            client.sendall(file.read(1024))
            print(min(start + 1024, size) * 100 // size, "%")
            time.sleep(PAUSE)


with open("sample.txt", "wb") as file:
    file.write(b"0123456789" * (SAMPLE_SIZE // 10 + 1))
    file.truncate(SAMPLE_SIZE)

client = socket.socket()
client.connect(("127.0.0.1", PORT))
print("msg|text, file|path, raw|text or close; try file|sample.txt")

for line in sys.stdin:
    kind, bar, rest = line.rstrip("\n").partition("|")
    try:
        if kind == "msg" and bar:
            send_header(type="msg")
            send_frame(rest.encode("utf-8"))
        elif kind == "file" and bar:
            send_file(rest)
        elif kind == "raw" and bar:  # a header that is none
            send_frame(rest.encode("utf-8"))
        elif kind == "close":
            send_header(type="close")
            break
        else:
            print("write msg|text, file|path, raw|text or close")
    except ConnectionError as error:  # the server has had enough
        print(error)
        break
    except OSError as error:  # no such file
        print(error)

client.close()
