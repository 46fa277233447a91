import socket

PORT = 8001

client = socket.socket()
client.connect(("127.0.0.1", PORT))
print(client.recv(1024).decode("utf-8"))

while True:
    try:
        line = input("> ")
    except EOFError:  # nothing more will be typed
        break
    if line in ("q", "Q"):
        break
    client.sendall(line.encode("utf-8"))
    # The uncle answers every line, but an empty line sends nothing.
    print(client.recv(1024).decode("utf-8"))

client.close()
