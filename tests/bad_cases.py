"""What can go wrong, lesson by lesson: how to bring it about, what proves it, and what the page says about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.events import AnyEvent, CallReturned, FindingMade, SegmentCaptured, SocketSampled
from tests.test_chapters import error_of, errors, receives, said, sent, waits

Proof = Callable[[list[AnyEvent]], bool]


@dataclass(frozen=True, eq=False)
class Case:
    """A bad case by its name; the lesson, variant and values that bring it about, and what is typed into `client`.

    `proof` holds of the events; `explained` is the key of a caption among them, the sentence that explains it.
    """

    name: str
    lesson: str
    variant: str
    proof: Proof
    explained: str
    values: Mapping[str, object] = field(default_factory=dict)
    typed: str | None = None
    seconds: float = 15.0
    """After which a run that does not come to rest is stopped."""

    def __str__(self) -> str:
        return f"{self.lesson}: {self.name}"


def prints(process: str, pattern: str) -> Proof:
    return lambda events: re.search(pattern, said(events, process)) is not None


def ends_with(process: str, error: str) -> Proof:
    return lambda events: (error_of(events, process) or "").startswith(error)


def finds(kind: str) -> Proof:
    return lambda events: any(isinstance(it, FindingMade) and it.kind == kind for it in events)


def raises(process: str, op: str, errno: str | None, least: int = 1) -> Proof:
    return lambda events: errors(events, process)[op, errno] >= least


def flagged(flag: str) -> Proof:
    return lambda events: any(isinstance(it, SegmentCaptured) and flag in it.flags.split() for it in events)


def both(*proofs: Proof) -> Proof:
    return lambda events: all(proof(events) for proof in proofs)


def spins(events: list[AnyEvent]) -> bool:
    return sum(isinstance(it, CallReturned) and it.eof for it in events) > 10


def in_state(state: str) -> Proof:
    return lambda events: any(isinstance(it, SocketSampled) and it.state == state for it in events)


def says(key: str) -> Proof:
    return lambda events: key in told(events)


def told(events: list[AnyEvent]) -> set[str]:
    """The keys of all that is said."""
    captions = [it.caption for it in events if it.caption is not None]
    return {part.key for it in captions for part in (it, *it.parts)}


PAUSED = {"PAUSE": 0.4, "READ_DELAY": 0.0}
LEAVING = {"FORGET": True, "STAY": False, "CLIENTS": 1}
LATE = {"READ_DELAY": 1.0}
WHOLE = {"HEADER_IN_TWO": False}

FIRST_SOCKETS: Sequence[Case] = [
    Case("an empty line", "dialogue", "broken", lambda e: sent(e, "client") == [b""], "caption.send.nothing",
         typed="\n"),
    Case("both wait for ever", "dialogue", "broken", says("caption.recv.blocked_both"),
         "caption.conclusion.deadlock_empty", typed="\n"),
    Case("the empty line is stopped", "dialogue", "fixed", prints("client", "say something"), "caption.recv.eof",
         typed="\n"),
    Case("a second client waits", "dialogue", "broken", in_state("LISTEN"), "caption.conclusion.never_accepted",
         {"CLIENTS": 2}, seconds=1.5),
    Case("a character is replaced wherever it stands", "dialogue", "broken",
         lambda e: receives(e, "client")[1] == b"whatwhat", "caption.recv.eof", {"FILLER": "what"}, typed="xx\nq\n"),
    Case("header and first chunk in one recv", "upload", "broken",
         both(finds("sticky"), ends_with("server", "ValueError: invalid literal")),
         "caption.conclusion.sticky_crashed"),
    Case("a damaged file", "upload", "broken", prints("server", "saved .*\ndone: 0 %"), "caption.finding.sticky",
         {"CONTENT": "7"}),
    Case("a name with a hyphen", "upload", "broken", ends_with("server", "ValueError: too many values"),
         "caption.process.crashed", {"FILE_NAME": "my-notes.txt"}),
    Case("a name that climbs", "upload", "broken", prints("server", r"saved /(?!.*uploads/).*out\.txt"),
         "caption.process.output", {"FILE_NAME": "../out.txt", **PAUSED}),
    Case("the climbing name is refused", "upload", "fixed", prints("server", "refused: not a plain name"),
         "caption.process.output", {"FILE_NAME": "../out.txt"}),
    Case("no target folder", "upload", "broken", ends_with("server", "FileNotFoundError"), "caption.conclusion.crashed",
         {"FOLDER_EXISTS": False, **PAUSED}),
    Case("an empty file", "upload", "broken", ends_with("server", "ZeroDivisionError"), "caption.conclusion.crashed",
         {"FILE_SIZE": 0}),
    Case("a client that dies", "upload", "broken", prints("server", "done: 40 %"), "caption.conclusion.exited",
         {"DIE_AFTER": 2000, **PAUSED}),
    Case("a short file is reported", "upload", "fixed", prints("server", "refused: short: 2048 of 5000"),
         "caption.conclusion.exited", {"DIE_AFTER": 2000}),
    Case("half a request", "login", "broken", ends_with("server", "json.decoder.JSONDecodeError"),
         "caption.conclusion.crashed", {"IN_TWO": True, "REPLAY": False}),
    Case("a wrong user", "login", "broken", prints("client", "eve hears: go away"), "caption.process.output",
         {"USER": "eve", "REPLAY": False}),
    Case("a wrong password", "login", "fixed", prints("client", "bob hears: go away"), "caption.process.output",
         {"PASSWORD": "wrong", "REPLAY": False}),
    Case("the newline of a line", "login", "broken", prints("client", "alice hears: go away"), "caption.process.output",
         {"USER": "alice", "PASSWORD": "rabbit", "REPLAY": False}),
    Case("a replay", "login", "broken", prints("client", "the thief hears: welcome"), "caption.conclusion.repeated"),
    Case("a replay that fails", "login", "fixed", prints("client", "the thief hears: go away"),
         "caption.conclusion.repeated"),
]  # fmt: skip

UDP: Sequence[Case] = [
    Case("a datagram cut off", "udp-limits", "", finds("truncated"), "caption.finding.truncated"),
    Case("datagrams dropped", "udp-limits", "", finds("dropped"), "caption.sample.drops", LATE),
    Case("nobody at the port", "udp-limits", "", raises("client", "recv", "ECONNREFUSED"),
         "caption.failed.datagram_refused", LATE),
]  # fmt: skip

BOUNDARIES: Sequence[Case] = [
    Case("a late reader joins", "sticky", "", finds("sticky"), "caption.conclusion.sticky"),
    Case("a pause separates by luck", "sticky", "", lambda e: len(receives(e, "server")) == 3,
         "caption.conclusion.even", {"PAUSE": 0.4, "READ_DELAY": 0.0}),
    Case("NODELAY makes no boundary", "sticky", "", finds("sticky"), "caption.setsockopt.nodelay", {"NODELAY": True}),
    Case("half a character", "split", "", ends_with("server", "UnicodeDecodeError"), "caption.finding.character"),
    Case("a length that is not padded", "length-text", "broken", ends_with("server", "ValueError: invalid literal"),
         "caption.conclusion.crashed"),
    Case("a length of the wrong digits", "length-text", "broken", prints("server", "ended after 4 of 7567 bytes"),
         "caption.recv.eof", {"MESSAGES": ["5678901"]}),
    Case("more than 9999", "length-text", "fixed", ends_with("client", "ValueError: 12000 bytes"),
         "caption.conclusion.crashed", {"REPEAT": 1000}),
    Case("recv(4) returns two bytes", "length-struct", "broken", ends_with("server", "struct.error"),
         "caption.conclusion.crashed"),
    Case("the end is forgotten", "length-struct", "broken", spins, "caption.conclusion.past_end",
         {"HALF": True, **WHOLE}, seconds=1.0),
    Case("a lying header", "length-struct", "fixed", prints("server", "good morning.*\n(.*\n)*no message"),
         "caption.process.output", {"LIE": 5}),
    Case("a header of 2 GB", "length-struct", "fixed", prints("server", "2000000012 bytes declared"),
         "caption.process.output", {"LIE": 2000000000}),
    Case("a negative length", "length-struct", "broken", prints("server", "-8 bytes: b''"), "caption.process.output",
         {"LIE": -20, **WHOLE}),
    Case("malformed input", "messages-and-files", "", prints("client", r"write msg\|text(.*\n)*.*No such file"),
         "caption.process.input", typed="nonsense\nfile|nothing\nclose\n"),
    Case("a header that is none", "messages-and-files", "", prints("server", "cannot go on: Expecting value"),
         "caption.process.output", typed="raw|hello\n"),
    Case("no goodbye", "messages-and-files", "", prints("server", "cannot go on: ended after 0 of 4"),
         "caption.recv.eof", typed="msg|bye\n"),
    Case("no framing", "framing-compared", "none", finds("sticky"), "caption.conclusion.sticky"),
    Case("the delimiter inside", "framing-compared", "delimiter", prints("server", "message: yes\nmessage: no\n"),
         "caption.finding.sticky"),
    Case("a message too long", "framing-compared", "fixed", prints("client", "cut to fit"), "caption.process.output"),
    Case("padding eats spaces", "framing-compared", "fixed", prints("server", "message: a\n"), "caption.process.output",
         {"MESSAGES": ["a  "]}),
    Case("a lying length", "framing-compared", "length", prints("server", "24 of 29 bytes, then the end"),
         "caption.recv.eof", {"LIE": 5}),
    Case("a length of 4 GB", "framing-compared", "length", prints("server", "4294967295 bytes declared, 1000000"),
         "caption.process.output", {"LIE": 4294967295, "LIMIT": 1000000}),
]  # fmt: skip

BLOCKING: Sequence[Case] = [
    Case("nothing but the end", "blocking", "", lambda e: receives(e, "server") == [b""], "caption.recv.eof",
         {"SEND": False, "CONNECT_AFTER": 0.1, "SEND_AFTER": 0.1}),
    Case("accept does not wait", "non-blocking", "fixed", raises("server", "accept", "EAGAIN"),
         "caption.failed.none_waiting"),
    Case("connect does not wait", "non-blocking", "fixed", raises("client", "connect", "EINPROGRESS"),
         "caption.failed.connecting"),
    Case("a busy wait", "non-blocking", "broken", raises("server", "recv", "EAGAIN", 20), "caption.conclusion.in_vain"),
    Case("a send takes a part", "partial-send", "", raises("client", "send", "EAGAIN"), "caption.failed.no_room"),
    Case("the window closes", "partial-send", "",
         lambda e: any(isinstance(it, SegmentCaptured) and it.window == 0 and "RST" not in it.flags for it in e),
         "caption.segment.no_window"),
    Case("a blocking send waits", "partial-send", "", says("caption.send.blocked"), "caption.send.blocked",
         {"BLOCKING": True, "READ_DELAY": 0.3}),
]  # fmt: skip

MULTIPLEXING: Sequence[Case] = [
    Case("forgotten in select's list", "select-server", "select", ends_with("server", "ValueError"),
         "caption.failed.select_closed", LEAVING),
    Case("forgotten in poll's list", "select-server", "poll", ends_with("server", "OSError: [Errno 9]"),
         "caption.ready.invalid", LEAVING),
    Case("forgotten with epoll", "select-server", "epoll", lambda e: bool(waits(e, "server")),
         "caption.conclusion.readiness", LEAVING),
    Case("a refused connect", "many-requests", "one-thread", prints("client", "readable, writable, Connection refused"),
         "caption.ready.not_connected", {"SLEEP": 0.1}),
    Case("a slow handler", "many-requests", "one-thread", prints("client", r"all done after [01]\.[5-9]"),
         "caption.conclusion.unread", {"SLEEP": 0.6}),
    Case("descriptor 1024", "select-poll-epoll", "", raises("measure", "select", None), "caption.failed.select_limit",
         {"CONNECTIONS": 600, "REPEATS": 1}),
    Case("edge-triggered, not drained", "level-and-edge", "edge", finds("unreported"), "caption.conclusion.unreported"),
    Case("drained until BlockingIOError", "level-and-edge", "edge-drained", raises("server", "recv", "EAGAIN", 2),
         "caption.failed.nothing_yet"),
    Case("a regular file", "not-only-sockets", "", raises("server", "epoll_register", "EPERM"),
         "caption.failed.not_pollable"),
]  # fmt: skip

ENDINGS: Sequence[Case] = [
    Case("who forgets to close", "goodbye", "fixed", in_state("CLOSE-WAIT"), "caption.conclusion.forgotten"),
    Case("an address in TIME-WAIT", "goodbye", "broken", both(in_state("TIME-WAIT"), ends_with("again", "OSError")),
         "caption.conclusion.time_wait"),
    Case("half-close", "goodbye", "fixed", prints("server", "one thing more"), "caption.shutdown.write"),
    Case("close with unread data", "reset", "", both(flagged("RST"), raises("client", "recv", "ECONNRESET")),
         "caption.finding.reset_unread"),
    Case("SO_LINGER at 0", "reset", "", both(flagged("RST"), raises("client", "recv", "ECONNRESET")),
         "caption.finding.reset_linger", {"UNREAD": False, "LINGER": True}),
    Case("kill -9", "reset", "", both(flagged("FIN"), raises("client", "sendall", "EPIPE")), "caption.process.sigkill",
         {"UNREAD": False, "KILL": True}),
    Case("read, then closed", "reset", "", raises("client", "sendall", "EPIPE"), "caption.finding.reset_late",
         {"UNREAD": False}),
    Case("a closed port", "reset", "", raises("client", "connect", "ECONNREFUSED"), "caption.segment.refused"),
    Case("nobody accepts", "backlog", "", flagged("RST"), "caption.conclusion.never_accepted",
         {"ACCEPT": False}),
    Case("a full backlog", "backlog", "", in_state("SYN-SENT"), "caption.connect.blocked_backlog",
         {"DELAY": 1.5}),
    Case("write, write, read", "nagle-and-delayed-ack", "two-writes", says("caption.segment.ack_late"),
         "caption.conclusion.held_up"),
    Case("NODELAY mends it", "nagle-and-delayed-ack", "two-writes",
         lambda e: not says("caption.segment.data_late")(e), "caption.setsockopt.nodelay", {"NODELAY": True}),
]  # fmt: skip

CASES = [*FIRST_SOCKETS, *UDP, *BOUNDARIES, *BLOCKING, *MULTIPLEXING, *ENDINGS]
