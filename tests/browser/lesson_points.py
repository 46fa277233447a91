"""What each lesson is there to show, as it stands on the page when its run is over: for `test_lesson_points`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Ranges = Sequence[tuple[int, int]]


def terminal(process: str) -> str:
    """The selector of what a process printed."""
    return f'[data-process="{process}"] .terminal'


@dataclass(frozen=True)
class Point:
    """A lesson, some parameters, and what its page must say.

    `typed` are lines: into which process, and what is to appear on which terminal before the next one. A lesson whose
    server serves for ever is stopped when `until` is there: (selector, pattern of its text). `rows` are the ranges of
    a row of a stream, `says` patterns of the terminals, `zh` and `en` patterns of the last sentence, `there` selectors.
    """

    lesson: str
    variant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    typed: Sequence[tuple[str, str, str, str]] = ()
    until: tuple[str, str] | None = None
    rows: Mapping[tuple[str, str], Ranges] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    zh: str = "."
    en: str = "."
    there: Sequence[str] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, [self.lesson, self.variant, *self.values]))


FIRST_SOCKETS = [
    Point(
        "hello",
        until=(terminal("client"), "you said: hello, 世界"),
        rows={("1>", "send"): [(0, 13)], ("1>", "receive"): [(0, 13)], ("1<", "send"): [(0, 23)]},
        zh="^2 次发送，2 次接收",
        en="^Sends: 2. Receives: 2.",
    ),
    Point(
        "dialogue",
        typed=[("client", "你好", "client", "什么"), ("client", "", "client", "什么")],
        until=("#sentence", "谁也等不到谁|each waits for the other"),
        rows={("1>", "send"): [(0, 6)], ("1>", "receive"): [(0, 6)]},
        zh="^有 1 次发送是空的，一个字节也没有发出.*谁也等不到谁",
        en="^1 send was empty and sent nothing.*each waiting for the other",
    ),
    Point(
        "upload",
        "broken",
        rows={("1>", "receive"): [(0, 1024)]},
        says={"server": r"header: b'notes\.txt-5000hello, world"},
        zh="一次 recv 拿到了 1024 字节，里面连着 2 次发送的内容.*ValueError",
        en="One recv of server got 1024 bytes, of 2 sends together.*ValueError",
        there=['[data-process="server"] .is-crashed'],
    ),
    Point("upload", "fixed", says={"client": "accepted", "server": "saved .*notes.txt"}, zh="接收", en="keeps no"),
    Point(
        "login",
        "broken",
        until=(terminal("client"), "the thief hears: welcome"),
        rows={("1>", "send"): [(0, 61)], ("2>", "send"): [(0, 61)]},
        zh="两个连接上发送了同样的 61 字节.*“welcome”和“welcome”",
        en="the same 61 bytes on two connections.*“welcome” and “welcome”",
    ),
    Point(
        "login",
        "fixed",
        until=(terminal("client"), "the thief hears: go away"),
        zh="同样的 93 字节.*“welcome”和“go away”",
        en="the same 93 bytes.*“welcome” and “go away”",
    ),
]

TCP_AND_UDP = [
    Point(
        "tcp-and-udp",
        rows={("1>", "receive"): [(0, 18)], ("2>", "receive"): [(0, 12), (12, 15), (15, 18)]},
        says={"udp_client": "b'GOOD MORNING'"},
        zh="^TCP：3 次发送，1 次接收.*UDP：发出 6 个数据报，收到 6 个",
        en="^TCP: sends 3, receives 1.*UDP: datagrams sent 6, received 6",
    ),
    Point(
        "udp-limits",
        zh="^发出 10 个数据报：收到 \\d 个，其中 \\d 个被截断；丢弃 [1-7] 个；1 个寄到了无人的端口",
        en="^Datagrams sent: 10.*Dropped: [1-7]. Sent to a port with no listener: 1",
        there=['[data-row="lost"] [data-kind="truncated"]', '[data-row="lost"] [data-kind="unreachable"]'],
    ),
]

BOUNDARIES = [
    Point(
        "sticky",
        rows={("1>", "send"): [(0, 12), (12, 15)], ("1>", "receive"): [(0, 15)]},
        zh="一次 recv 拿到了 15 字节，2 条消息粘在了一起",
        en="One recv got 15 bytes: 2 messages stuck together",
    ),
    Point(
        "split",
        rows={("1>", "receive"): [(0, 4), (4, 8)]},
        says={"server": "UnicodeDecodeError"},
        zh="把一个字符拦腰切断了",
        en="it cut a character in two",
        there=['[data-stream="1>"] .cut.character[data-cut="8"]'],
    ),
    Point(
        "length-text",
        "broken",
        rows={("1>", "receive"): [(0, 4)]},
        says={"server": "length: b'12go'"},
        zh="ValueError.*b'12go'",
        en="ValueError.*b'12go'",
        there=['[data-row="frame"]'],
    ),
    Point(
        "length-text",
        "fixed",
        rows={("1>", "send"): [(0, 16), (16, 23)]},
        says={"server": "length: b'0012'\nmessage: b'good morning'\nlength: b'0003'"},
        zh="不保留消息的边界",
        en="keeps no message boundaries",
    ),
    Point(
        "length-struct",
        "broken",
        rows={("1>", "receive"): [(0, 2)]},
        zh="struct.error: unpack requires a buffer of 4 bytes",
        en="struct.error: unpack requires a buffer of 4 bytes",
    ),
    Point(
        "length-struct",
        "fixed",
        {"LIE": "2000000000"},
        says={"server": "2000000012 bytes declared, 1000000 allowed"},
        there=['[data-row="frame"]'],
    ),
    Point(
        "messages-and-files",
        values={"PAUSE": "0"},
        typed=[
            ("client", "msg|你好", "server", "msg: 你好"),
            ("client", "nonsense", "client", "write msg"),
            ("client", "file|sample.txt", "server", "file: sample.txt 5000 bytes"),
            ("client", "close", "server", "goodbye"),
        ],
        rows={("1<", "send"): []},
        says={"client": "100 %"},
        zh="不保留消息的边界",
        en="keeps no message boundaries",
    ),
    Point(
        "framing-compared",
        "none",
        rows={("1>", "receive"): [(0, 42)]},
        zh="42 字节，3 条消息粘在了一起",
        en="42 bytes: 3 messages stuck together",
    ),
    Point(
        "framing-compared",
        "delimiter",
        says={"server": "message: yes\nmessage: no\n"},
        there=['[data-row="frame"]'],
    ),
    Point("framing-compared", "fixed", says={"server": "message: a longer message, \ufffd"}),
    Point("framing-compared", "length", says={"server": "message: yes[|]no\nmessage: a longer message, 先生"}),
]

BLOCKING = [
    Point(
        "blocking",
        values={"CONNECT_AFTER": "0.3", "SEND_AFTER": "0.7"},
        says={"server": r"accept took 0\.\d s, and 0\.0 s of CPU\nrecv took \d\.\d s, and 0\.0 s of CPU"},
        zh=r"等得最久的是 server：recv 过了 [\d.]+ (ms|s) 才返回",
        en=r"The longest wait: recv of server returned after [\d.]+ (ms|s)\.",
    ),
    Point(
        "non-blocking",
        "broken",
        says={"server": r"calls for nothing: \d{2,}", "client": "connect: .*in progress"},
        zh=r"server 的 recv 白白调用了 \d{2,} 次，次次都抛出 BlockingIOError",
        en=r"server called recv \d{2,} times for nothing, and got BlockingIOError each time",
    ),
    Point(
        "non-blocking",
        "fixed",
        says={"server": "calls for nothing: 0"},
        zh="server 等待了 2 次，得知：有连接等待 accept 1 次；有数据可读 1 次",
        en="server waited 2 times and was told: a connection to accept, 1 time; data to read, 1 time",
    ),
    Point(
        "partial-send",
        says={"client": "send: no room"},
        zh=r"有 [1-9]\d* 次 send 只交出了一部分，有 [1-9]\d* 次一个字节也没能交出；最后对方一共收到 200000 字节",
        en=r"only in part: [1-9]\d*\. Sends that found no room: [1-9]\d*\. In the end 200000 bytes were received",
    ),
]

MULTIPLEXING = [
    *(
        Point(
            "select-server",
            it,
            typed=[("client", "你好", "client", "answer: 你好")],
            until=("#watches tbody tr:nth-child(4)", "client"),
            zh="^server 等待了 .*有连接等待 accept 3 次；有数据可读 [2-4] 次",
            en="^server waited .*a connection to accept, 3 times; data to read, [2-4] times",
        )
        for it in ("select", "poll", "epoll", "selectors")
    ),
    Point(
        "many-requests",
        "one-thread",
        {"SLEEP": "0.7"},
        until=(terminal("client"), "all done"),
        says={"client": "refused: readable, writable, Connection refused"},
        zh=r"发给 server 的 [56] 字节，过了 [\d.]+ (ms|s) 才被它读走",
        en=r"[56] bytes for server were read only [\d.]+ (ms|s) after they had been sent",
    ),
    Point(
        "many-requests",
        "threads",
        {"SLEEP": "0.3"},
        until=(terminal("client"), "all done"),
        says={"client": r"third: this is third\n(.*\n)*.*sleep: this is sleep"},
        zh="client 等待了 .*connect 失败 1 次",
        en="client waited .*a connect that failed, 1 time",
    ),
    Point(
        "select-poll-epoll",
        values={"CONNECTIONS": "600", "REPEATS": "3"},
        says={"measure": "select: ValueError"},
        zh=r"select\(\) 500 个，.*；poll\(\) 600 个，.*；epoll.poll\(\) 600 个，",
        en=r"select\(\) of 500: .*; poll\(\) of 600: .*; epoll.poll\(\) of 600: ",
        there=["#cost-table tbody tr"],
    ),
    Point(
        "level-and-edge",
        "level",
        zh="server 等待了 5 次，得知：有数据可读 4 次；对方已经结束 1 次",
        en="server waited 5 times and was told: data to read, 4 times; the end of a stream, 1 time",
    ),
    Point(
        "level-and-edge",
        "edge",
        says={"server": "recv: b'0123'(.*\n)*.*recv: b'89ab'"},
        zh="有 [46] 字节留在 server 的接收队列里没有读：边缘触发不再报告它们",
        en="[46] bytes were left in the receive queue of server: edge-triggered, they are not reported again",
    ),
    Point(
        "level-and-edge",
        "edge-drained",
        says={"server": "nothing left"},
        zh="server 等待了 3 次，得知：有数据可读 2 次；对方已经结束 1 次",
        en="server waited 3 times and was told: data to read, 2 times; the end of a stream, 1 time",
    ),
    Point(
        "not-only-sockets",
        says={"server": "the file: .*Operation not permitted"},
        zh="有连接等待 accept 1 次；有数据可读 1 次；管道可读 1 次；(一直等到超时|定时器到时) 1 次",
        en="to accept, 1 time; data to read, 1 time; a pipe, 1 time; (nothing before the timeout|a timer), 1 time",
    ),
]

ENDINGS = [
    Point(
        "goodbye",
        "broken",
        zh="again 的 bind 失败：.*TIME-WAIT",
        en="again could not bind: .*TIME-WAIT",
        there=[
            '#states [data-tcp-state="TIME-WAIT"][data-server]',
            '#states [data-tcp-state="CLOSE-WAIT"][data-client]',
        ],
    ),
    Point(
        "goodbye",
        "fixed",
        says={"again": "listening again"},
        zh=r"client 收到 FIN 以后，过了 [\d.]+ (ms|s) 才关闭：.*CLOSE-WAIT",
        en=r"client closed only [\d.]+ (ms|s) after the FIN of its peer: .*CLOSE-WAIT",
    ),
    Point(
        "reset",
        says={"client": "recv: ConnectionResetError(.*\n)*connect: ConnectionRefusedError"},
        zh="server 关闭连接时还有 14 字节没有读，内核因此发出 RST 而不是 FIN",
        en="server closed with 14 bytes unread, so its kernel sent RST instead of FIN",
        there=['[data-row="lost"] [data-kind="reset"]'],
    ),
    Point(
        "backlog",
        values={"ACCEPT": "false"},
        zh="有 2 个连接早已建立，server 却始终没有 accept",
        en="2 connections were established and server never accepted them",
    ),
    Point(
        "nagle-and-delayed-ack",
        "two-writes",
        says={"client": r"request 3: [4-9]\d\.\d ms"},
        zh=r"有 [34] 次，.*最久的等了 [4-9][\d.]* ms（Nagle 算法遇上延迟确认）",
        en=r"^A delayed ACK held back [34] times, for up to [4-9][\d.]* ms.*\(Nagle's algorithm and delayed ACK\)",
    ),
    Point("nagle-and-delayed-ack", "one-write", zh="^10 次发送，10 次接收", en="^Sends: 10. Receives: 10."),
]

POINTS = [*FIRST_SOCKETS, *TCP_AND_UDP, *BOUNDARIES, *BLOCKING, *MULTIPLEXING, *ENDINGS]
