"""A private loopback for the programs of a run, made by whoever is about to become their supervisor.

An unprivileged user may make a network namespace inside a user namespace of their own, and has
every capability in it (user_namespaces(7)): so the sockets that watch the network can be opened
there. The programs, started with an ordinary exec, keep their user and have no capabilities.

Standard library only: imported by `supervisor.py`, which runs without our packages.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
"""linux/sched.h"""
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, IFF_UP = 0x8913, 0x8914, 0x8922, 1
"""linux/sockios.h, linux/if.h"""
NETLINK_ROUTE, NETLINK_SOCK_DIAG = 0, 4
RTM_NEWLINK, NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR = 16, 1, 4, 2
IFLA_GSO_MAX_SEGS = 40
"""linux/rtnetlink.h, linux/netlink.h, linux/if_link.h"""
LOOPBACK = b"lo"


def enter(mtu: int | None, max_segments: int | None) -> list[socket.socket]:
    """Move this process into a network of its own; the sockets that can watch it: packet, netlink, netlink.

    `mtu` in bytes; `max_segments` bounds how many segments the kernel hands on as one (with 1 they look
    as on an Ethernet). Raises OSError when the kernel or the administrator does not allow it. The
    process must have one thread only (unshare(2)).
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        unshare(CLONE_NEWNET)
    else:
        unshare(CLONE_NEWUSER | CLONE_NEWNET)
        # The same ids inside as outside; without a map the programs would be nobody.
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    set_up(mtu)
    if max_segments is not None:
        set_max_segments(max_segments)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tables = [socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) for _ in range(2)]
    for netlink in tables:
        netlink.bind((0, 0))
    return [packets, *tables]


def unshare(flags: int) -> None:
    """unshare(2), in the standard library only from Python 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def set_up(mtu: int | None) -> None:
    """Switch the loopback on: in a new namespace it is off (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        if mtu is not None:
            fcntl.ioctl(sock, SIOCSIFMTU, struct.pack("16si12x", LOOPBACK, mtu))
        request = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sh14x", LOOPBACK, 0))
        _, flags = struct.unpack("16sh14x", request)
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", LOOPBACK, flags | IFF_UP))


def set_max_segments(count: int) -> None:
    """`ip link set lo gso_max_segs COUNT`, by rtnetlink(7)."""
    attribute = struct.pack("=HHI", 8, IFLA_GSO_MAX_SEGS, count)
    body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, socket.if_nametoindex("lo"), 0, 0) + attribute
    header = struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        netlink.send(header + body)
        answer = netlink.recv(4096)
    kind, error = struct.unpack_from("=4xH10xi", answer)
    if kind == NLMSG_ERROR and error:
        raise OSError(-error, os.strerror(-error))
