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
    if line == "":  # would send nothing, and wait for an answer to it
        print("(say something)")
        continue
    client.sendall(line.encode("utf-8"))
    print(client.recv(1024).decode("utf-8"))

client.close()
