import socket
import time

PORT = 8001


def report(call):
    """What a call took: by the clock, and of the processor."""
    seconds = time.monotonic() - began
    cpu = time.process_time() - cpu_began
    print(f"{call} took {seconds:.1f} s, and {cpu:.1f} s of CPU")


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()

began, cpu_began = time.monotonic(), time.process_time()
conn, address = server.accept()  # parked until a client has connected
report("accept")

began, cpu_began = time.monotonic(), time.process_time()
data = conn.recv(1024)  # parked until bytes come, or the end
report("recv")

conn.close()
server.close()
