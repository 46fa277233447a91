import select
import socket
import time

PORT = 8001

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
server.setblocking(False)

try:
    conn, address = server.accept()
except BlockingIOError as error:  # nobody is there, and it won't wait
    print("accept:", error)
    select.select([server], [], [])  # sleeps until somebody is
    conn, address = server.accept()
conn.setblocking(False)  # accept does not hand this on

began, cpu, wasted = time.monotonic(), time.process_time(), 0
data = None
while data is None:
    try:
        data = conn.recv(1024)
    except BlockingIOError:  # nothing yet: ask again, and again
        wasted += 1

print("recv:", data.decode("utf-8"))
print("calls for nothing:", wasted)
print(f"waited {time.monotonic() - began:.3f} s")
print(f"CPU    {time.process_time() - cpu:.3f} s")
conn.close()
server.close()
