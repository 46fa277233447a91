import socket
import time

PORT = 8001
READ_DELAY = 0.5  # seconds before the first recvfrom
RECV_SIZE = 1024

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # UDP
server.bind(("127.0.0.1", PORT))
time.sleep(READ_DELAY)  # this reader comes late

server.settimeout(1)  # nobody will say that the client is done
try:
    while True:
        data, address = server.recvfrom(RECV_SIZE)
        print("recvfrom:", data, "from", address)
        server.sendto(data.upper(), address)
except TimeoutError:
    print("nothing for a second")

server.close()
