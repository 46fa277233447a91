import socket
import time

PORT = 8001
READ_DELAY = 0.5  # seconds before the first recvfrom
STAY = False  # serve until somebody stops this server
RECV_SIZE = 1024

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # UDP
server.bind(("127.0.0.1", PORT))
time.sleep(READ_DELAY)  # this reader comes late

# Nobody will say that the client is done.
server.settimeout(None if STAY else 1)
try:
    while True:
        data, address = server.recvfrom(RECV_SIZE)
        print("recvfrom:", data, "from", address)
        server.sendto(data.upper(), address)
except TimeoutError:
    print("nothing for a second")

server.close()
