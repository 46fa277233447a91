"""Waits with select, poll or epoll on so many descriptors, one of them ready; prints the seconds a call took."""

import os
import select
import socket
import sys
import time
from collections.abc import Sequence

kind, descriptors, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
ends = [end for _ in range(descriptors // 2) for end in socket.socketpair()]
ends[0].send(b"x")

if kind == "select":

    def wait() -> Sequence[object]:
        return select.select(ends, [], [], 0)[0]

elif kind == "poll":
    poll = select.poll()
    for end in ends:
        poll.register(end, select.POLLIN)

    def wait() -> Sequence[object]:
        return poll.poll(0)

else:
    epoll = select.epoll()
    for end in ends:
        epoll.register(end, select.EPOLLIN)

    def wait() -> Sequence[object]:
        return epoll.poll(0)


assert len(wait()) == 1
began = time.perf_counter()
for _ in range(count):
    wait()
print((time.perf_counter() - began) / count)
