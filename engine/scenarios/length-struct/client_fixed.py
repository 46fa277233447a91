import socket
import struct
import time

PORT = 8001
MESSAGES = ["good morning", "先生"]
REPEAT = 1  # each message is so many times as long
HEADER_IN_TWO = True  # two bytes of each header, a pause, the rest
LIE = 0  # the first header declares so many bytes too many
HALF = False  # the client leaves in the middle of its last message

client = socket.socket()
client.connect(("127.0.0.1", PORT))

for number, message in enumerate(MESSAGES, start=1):
    data = message.encode("utf-8") * REPEAT
    declared = len(data) + (LIE if number == 1 else 0)
    # Network order, four bytes, unsigned: it cannot be negative.
    header = struct.pack("!I", declared)
    if HEADER_IN_TWO:
        client.sendall(header[:2])
        time.sleep(0.2)
        header = header[2:]
    if HALF and number == len(MESSAGES):
        data = data[: len(data) // 2]
    client.sendall(header + data)

client.close()
