import socket
import time

PORT = 8001
FORGET = 0.5  # seconds in which it does not close

client = socket.socket()
client.connect(("127.0.0.1", PORT))
while True:
    data = client.recv(1024)
    if data == b"":  # the server has sent FIN: this is CLOSE-WAIT
        break
    print("recv:", data)

client.sendall(b"one thing more")  # the other direction is still open
time.sleep(FORGET)
client.close()  # and only this sends the second FIN
