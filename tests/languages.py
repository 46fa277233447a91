"""Whether words are in the language they should be in. Data of programs, and what no language translates, may stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from engine.messages import Lang

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
QUOTED = re.compile(r"“[^”]*”")
"""In English words a text in quotes is data: what a program sends."""
LITERAL = re.compile(r"[\w.]*[eE]rror: [^）]*|b'[^']*'")
"""What Python says of an exception, and bytes as it writes them."""
WORD = re.compile(r"[A-Za-z_](?:[\w'’.-]*\w)?", re.ASCII)
IDENTIFIER = re.compile(r"[A-Z0-9_-]+s?|\w*[\d_.-][\w.-]*|[A-Z]\w+(?:Error|Interrupt)|[a-z]")
"""Not a word of a language: RST, SO_REUSEADDR, tcp_server, net.core.somaxconn, ValueError, q."""

CALLS = """
accept bind close connect decode encode epoll getsockopt int kill listen poll raw recv recvfrom replace select send
sendall sendmsg sendto setblocking setsockopt settimeout shutdown sleep socket struct top unpack
"""
PROTOCOLS = """
Argon Content-Length Datagram Linux MiB Nagle Playground Protocol Python Socket User Windows Wireshark Debian System
abort again asyncio auto backlog bcrypt client cwnd doctor eventfd false fd lo loopback machine mmap ms ns nonce
pcapng portable private proc scrypt seq selector selectors server signalfd ssthresh sudo syscall tcp timerfd true udp
use
"""
VALUES = """
Address accepted alice already away bob done False file first go good goodbye hello hi in list measure morning msg
rabbit refused second third welcome
"""
"""What programs say and are told, and what Python says."""
ALLOWED = frozenset(f"{CALLS} {PROTOCOLS} {VALUES}".split())


def english_left(text: str) -> list[str]:
    """The words in a Chinese text that are English, and not names."""
    return [it for it in WORD.findall(LITERAL.sub("", text)) if it not in ALLOWED and not IDENTIFIER.fullmatch(it)]


def chinese_left(text: str) -> list[str]:
    """The Chinese characters in an English text, but for those in quotes."""
    return CHINESE.findall(QUOTED.sub("", text))


LEFT: Mapping[Lang, Callable[[str], list[str]]] = {"zh": english_left, "en": chinese_left}
"""What does not belong into a text of this language."""
