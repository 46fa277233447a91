import socket
import time

PORT = 8001
READ_DELAY = 0.3  # seconds before the first recvfrom
RCVBUF = 2304  # bytes; Linux doubles it, and counts its own overhead
RECV_SIZE = 4

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RCVBUF)
server.bind(("127.0.0.1", PORT))
time.sleep(READ_DELAY)  # this reader comes late

server.settimeout(0.3)
address = None
try:
    while True:
        data, address = server.recvfrom(RECV_SIZE)
        print("recvfrom:", data)
except TimeoutError:
    print("nothing more comes")

if address is not None:
    server.sendto(b"closing", address)
server.close()
