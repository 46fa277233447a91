import resource
import select
import socket
import statistics
import struct
import time

PORT = 8001
CONNECTIONS = 1000  # at most; each one is two open files here
ACTIVE = 3  # of them have something to read, the others are idle
REPEATS = 11  # calls of each kind at each step; the median is shown


def room_for(connections):
    """How many may be open: a process may raise its own soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * connections + 50
    if needed > hard:
        print(f"{hard} open files are allowed, {needed} are needed")
        needed = hard
    now = max(soft, needed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (now, hard))
    return (needed - 50) // 2


def connect():
    client = socket.socket()
    client.connect(("127.0.0.1", PORT))
    conn, address = server.accept()
    poller.register(conn, select.POLLIN)
    epoller.register(conn, select.EPOLLIN)  # told to the kernel once
    return client, conn


def median(call, *args):
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter_ns()
        call(*args)
        times.append(time.perf_counter_ns() - began)
    return f"{statistics.median(times) / 1000:9.1f}"


server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
# Closing resets, also what it accepts: else all of these connections
# would stay in TIME-WAIT for a minute.
linger = struct.pack("ii", 1, 0)  # on, 0 seconds
server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
server.bind(("127.0.0.1", PORT))
server.listen()

poller, epoller = select.poll(), select.epoll()
most = room_for(CONNECTIONS)
steps = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
pairs = []
print(" watched   select     poll    epoll   (median, µs)")
for step in [*(it for it in steps if it < most), most]:
    while len(pairs) < step:
        pairs.append(connect())
        if len(pairs) <= ACTIVE:
            pairs[-1][0].sendall(b"x")  # and nobody ever reads it
    watched = [conn for client, conn in pairs]
    try:
        by_select = median(select.select, watched, [], [], 0)
    except ValueError as error:  # a descriptor above 1023
        by_select = "        -"
        if step == most:
            print("select:", repr(error), "fd", watched[-1].fileno())
    by_poll = median(poller.poll, 0)
    by_epoll = median(epoller.poll, 0)
    print(f"{step:8}{by_select}{by_poll}{by_epoll}")

for client, conn in pairs:
    client.close()
    conn.close()
server.close()
