import socket
import sys

PORT = 8001
MESSAGE = "hello"  # sent at once
STAY = True  # then wait for lines to send; else leave


def ask(text):
    client.sendall(text.encode("utf-8"))
    print("answer:", client.recv(1024).decode("utf-8"))


client = socket.socket()
client.connect(("127.0.0.1", PORT))
ask(MESSAGE)

if STAY:
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text in ("q", "Q"):
            break
        if text:  # nothing sent would be nothing answered
            ask(text)

client.close()
