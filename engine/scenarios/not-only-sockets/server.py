import os
import select
import socket
import threading
import time

PORT = 8001
PIPE_AFTER = 0.5  # seconds until a thread writes into the pipe
TIMER = 1.0  # seconds until the timer rings

server = socket.socket()
# So that the port can be bound again right after a run.
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen()
poller = select.epoll()
names = {}


def watch(thing, name):
    fd = thing if isinstance(thing, int) else thing.fileno()
    poller.register(fd, select.EPOLLIN)
    names[fd] = name


def work():  # a thread that tells the others when it is done
    time.sleep(PIPE_AFTER)
    os.write(pipe_in, b"done")


pipe_out, pipe_in = os.pipe()
watch(server, "listener")
watch(pipe_out, "pipe")
with open("lines.txt", "w+") as file:
    try:
        watch(file, "file")  # a file could always be read: no waiting
    except PermissionError as error:
        print("the file:", error)

rings_at = time.monotonic() + TIMER
timeout = None
if hasattr(os, "timerfd_create"):  # Linux, Python 3.13
    timer = os.timerfd_create(time.CLOCK_MONOTONIC)
    os.timerfd_settime(timer, initial=TIMER)
    watch(timer, "timer")

threading.Thread(target=work).start()
to_come = {"listener", "connection", "pipe", "timer"}
while to_come:
    if "timer" not in names.values():  # the wait's own timeout instead
        timeout = max(0, rings_at - time.monotonic())
        timeout = timeout if "timer" in to_come else None
    events = poller.poll(timeout)
    if not events:
        print("timeout: the timer")
        to_come.discard("timer")
    for fd, event in events:
        print("ready:", names[fd])
        to_come.discard(names[fd])
        if names[fd] == "listener":
            conn, address = server.accept()
            watch(conn, "connection")
        elif names[fd] == "connection":
            print("recv:", conn.recv(1024))
            poller.unregister(conn)
        else:
            print("read:", os.read(fd, 1024))
