"""Programs of random socket calls, for hypothesis to draw: right and wrong arguments, open and closed sockets."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from hypothesis import strategies as st

SOCKETS = ("listener", "client", "conn", "udp", "peer", "left", "right", "packets", "fresh", "extra")
NEW = ("fresh", "extra")
"""Names that a step may bind to another socket."""

PRELUDE = '''
import copy, gc, os, pickle, re, select, selectors, signal, socket, sys, tempfile, time, warnings, weakref
from socket import *

class TimeLimit(Exception):
    pass

def on_alarm(number, frame):
    raise TimeLimit

def on_warning(message, category, filename, line, *_):
    print("warned", os.path.basename(filename), line, category, plain(str(message)))

gc.disable()  # when it runs depends on how much was allocated
signal.signal(signal.SIGALRM, on_alarm)
warnings.showwarning = on_warning
names = {}

def plain(text):
    """Without what differs from run to run: ephemeral ports, addresses of objects.

    And without the module in "'select.epoll' object has no …", which only a type written in C can have there.
    """
    text = re.sub(r"0x[0-9a-f]+", "0x…", text).replace("'select.epoll' object", "'epoll' object")
    port = r"\\b(3[2-9]\\d{3}|[45]\\d{4}|60\\d{3})\\b"
    return re.sub(port, lambda it: names.setdefault(it[1], f"port{len(names)}"), text)

def step(line, action):
    """Make one call, a blocking one for a short while only, and print what came of it."""
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    try:
        result = action()
        signal.setitimer(signal.ITIMER_REAL, 0)
        outcome = repr(result)
    except Exception as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        result = None
        chain = [type(it).__name__ for it in (error.__cause__, error.__context__) if it is not None]
        outcome = f"{type(error)} {getattr(error, 'errno', None)} {error} {chain} {places(error.__traceback__)}"
    print(line, plain(outcome))
    return result

def places(traceback):
    """The program's own lines in a traceback."""
    found = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == __file__:
            found.append((traceback.tb_frame.f_code.co_name, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found

def into(sock, name, size, *rest, **more):
    buffer = bytearray(size)
    return getattr(sock, name)(buffer, *rest, **more), bytes(buffer)

def into_two(sock, *rest):
    buffers = [bytearray(2), bytearray(3)]
    return sock.recvmsg_into(buffers, *rest), buffers

def file(sock, mode, use, **more):
    with sock.makefile(mode, **more) as stream:
        return use(stream)

def sent_file(sock, size, *rest):
    with tempfile.TemporaryFile() as stream:
        stream.write(b"f" * size)
        stream.seek(0)
        return sock.sendfile(stream, *rest), stream.tell()

def ready(*socks):
    return [[socks.index(it) for it in some] for some in select.select(socks, socks, socks, 0)]

def polled(sock):
    poll = select.poll()
    poll.register(sock)
    return poll.poll(0)

def again(sock):
    return socket(fileno=sock.detach())

def within(sock):
    with sock as it:
        return it is sock, it.fileno()

def left_over(sock):
    """What the calls before have left: a difference they hid shows now."""
    try:
        return sock, sock.recv(5000, MSG_DONTWAIT)
    except Exception as error:
        return sock, error

def sent_by(sock):
    """A name for the socket: one without is kept by the traceback of a failing call that has Python frames."""
    return sock.send(b"x")

def threaded(action):
    from threading import Thread
    results = []
    thread = Thread(target=lambda: results.append(action()))
    thread.start()
    thread.join()
    return results

class Asked:
    """Tells its descriptor, and counts how often it was asked for it."""
    def __init__(self, sock):
        self.sock, self.times = sock, 0
    def fileno(self):
        self.times += 1
        return self.sock.fileno()

def asked(sock, wait):
    item = Asked(sock)
    try:
        return [it is item for it in wait(item)], item.times
    except Exception as error:
        return type(error), str(error), item.times, places(error.__traceback__)

def selected(kind, sock, events, seconds):
    with kind() as selector:
        key = selector.register(sock, events)
        return [(it.fd, events) for it, events in selector.select(seconds)], selector.modify(key.fileobj, 1).events

class Own(socket):
    def send(self, *args):
        return super().send(*args), "own"
    def recv(self, *args):
        return super().recv(*args), "own"
'''

FUNCTION = """
def program{number}():
    names.clear()
    listener = create_server(("127.0.0.1", 0))
    client = create_connection(listener.getsockname())
    conn, _ = listener.accept()
    udp, peer = socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0)), peer.bind(("127.0.0.1", 0))
    peer.connect(udp.getsockname())
    left, right = socketpair()
    packets, extra = socketpair(AF_UNIX, SOCK_DGRAM)
    fresh = socket()
    poll, epoll = select.poll(), select.epoll()
    for each in (client, conn, left, right, peer, packets, extra):
        each.send(b"something to read")
"""

data = st.sampled_from(
    ["b''", "b'a'", "b'hello'", "b'line\\nline\\n'", "b'x' * 100", "b'x' * 3000", "bytearray(b'abc')",
     "memoryview(b'abcdef')[::2]", "memoryview(b'abcdef').cast('H')", "'text'", "None", "5", "b'x' * 66000"]
)  # fmt: skip
flags = st.sampled_from(["0", "MSG_DONTWAIT", "MSG_PEEK", "MSG_OOB", "MSG_NOSIGNAL", "MSG_PEEK | MSG_DONTWAIT",
                         "MSG_WAITALL", "'x'", "-1", "1 << 40", "True"])  # fmt: skip
size = st.sampled_from(["0", "1", "3", "64", "100", "5000", "-1", "1 << 70", "2.5", "None", "True"])
few = st.sampled_from(["0", "1", "4", "100"])
sock = st.sampled_from(SOCKETS)
where = st.sampled_from(["udp.getsockname()", "peer.getsockname()", "listener.getsockname()", "('127.0.0.1', 1)",
                         "('127.0.0.1', -1)", "('127.0.0.1',)", "['127.0.0.1', 0]", "5", "'path'", "'\\0' * 200",
                         "('127.0.0.1', 0)", "('', 0)", "('256.0.0.1', 1)"])  # fmt: skip
seconds = st.sampled_from(["0", "0.01", "None", "-1", "'x'", "1e30"])
use_reading = st.sampled_from(["read(3)", "readline()", "read1(10)", "peek()", "fileno()", "seekable()", "write(b'x')"])
use_writing = st.sampled_from(
    ["write(b'abc')", "writelines([b'a', b'b'])", "flush()", "close()", "read(1)", "detach()"]
)
option = st.sampled_from(["SOL_SOCKET, SO_REUSEADDR", "SOL_SOCKET, SO_KEEPALIVE", "IPPROTO_TCP, TCP_NODELAY",
                          "SOL_SOCKET, SO_ERROR", "SOL_SOCKET, SO_TYPE", "99, 99", "1"])  # fmt: skip
value = st.sampled_from(["0", "1", "b'\\1\\0\\0\\0'", "None", "None, 4", "'x'"])
wrong = st.sampled_from(["recv()", "recv(1, 2, 3)", "send()",
                         "sendall()", "sendall(b'x', 0, 0)", "accept(1)", "bind()",
                         "bind(1, 2)", "listen('x')", "listen(1, 2)", "connect()", "close(1)",
                         "detach(1)", "dup(1)", "shutdown()", "shutdown('x')", "settimeout()", "setblocking()",
                         "setsockopt(1)", "setsockopt()", "sendto(b'x')", "sendto()", "sendto(1, 2, 3, 4)",
                         "recvfrom()", "recvfrom('x')", "recv_into()", "recv_into(b'xy')", "recv_into(5)",
                         "recvfrom_into()", "recvmsg('x')", "recvmsg_into()", "recvmsg_into([b'x'])",
                         "recvmsg_into(5)", "sendmsg()", "sendmsg(5)", "sendmsg([5])", "sendmsg(b'x')",
                         "sendmsg([b'x'], 5)", "sendmsg([b'x'], [(1, 2)])",
                         "makefile('q')", "makefile('r', 0)", "connect_ex()", "connect_ex(5)", "sendfile(5)",
                         "no_such_method()", "recv_into(nbytes=1)", "recvfrom_into(bytearray(3), 9)",
                         "recv_into(bytearray(3), -1)"])  # fmt: skip


def of(template: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The template with a drawn value in each place; `{s}` is a socket."""
    return st.builds(template.format, s=sock, **parts)


mask = st.sampled_from(["1", "4", "5", "7", "0", "select.POLLIN | select.POLLPRI", "-1", "1 << 40", "'x'", "None"])
edges = st.sampled_from(["1", "4", "0", "select.EPOLLIN | select.EPOLLET", "select.EPOLLOUT | select.EPOLLONESHOT",
                         "select.EPOLLIN | select.EPOLLEXCLUSIVE", "select.EPOLLRDHUP", "-1", "1 << 40",
                         "'x'"])  # fmt: skip
milliseconds = st.sampled_from(["0", "0.5", "3", "None", "-1", "'x'", "1e30", "float('nan')"])
sets = st.sampled_from(["[]", "()", "[{s}]", "({s}, {s})", "{{{s}}}", "[{s}.fileno()]", "iter([{s}])", "[-1]",
                        "[999]", "[5000]",
                        "['x']", "5", "[{s}, 1]", "range(3)"])  # fmt: skip
pollers = st.sampled_from(["(poll).register()", "(poll).poll(1, 2)", "(poll).modify(1)", "(epoll).register()",
                           "(epoll).poll(maxevents=0)", "(epoll).poll(1, 2, 3)", "(epoll).poll(nothing=1)",
                           "(epoll).register(fd=1)", "select.epoll(-2)", "select.epoll('x')", "select.epoll(1, 2, 3)",
                           "select.poll(1)", "(select.select)()", "(select.select)([], [], [], 0, 0)",
                           "type(poll)()", "(poll).nothing", "setattr(epoll, 'attribute', 1)", "hash(epoll) == 1",
                           "select.epoll.fromfd(99)", "select.epoll.fromfd()", "copy.copy(epoll)", "pickle.dumps(poll)",
                           "isinstance(epoll, select.epoll)", "(epoll, poll)", "epoll.closed", "epoll.fileno()",
                           "epoll.close()", "epoll.__enter__() is epoll", "weakref.ref(epoll)",
                           "type('Sub', (select.epoll,), {})"])  # fmt: skip
kind = st.sampled_from(["SelectSelector", "PollSelector", "EpollSelector", "DefaultSelector"])

waiting = st.one_of(
    st.tuples(sets, sets, sets, seconds).flatmap(lambda it: of(f"select.select({it[0]}, {it[1]}, {it[2]}, {it[3]})")),
    of("poll.register({s})"),
    of("poll.register({s}, {mask})", mask=mask),
    of("poll.register({s}.fileno(), {mask})", mask=mask),
    of("poll.modify({s}, {mask})", mask=mask),
    of("poll.unregister({s})"),
    of("poll.poll({milliseconds})", milliseconds=milliseconds),
    of("epoll.register({s})"),
    of("epoll.register({s}, {edges})", edges=edges),
    of("epoll.register({s}, eventmask={edges})", edges=edges),
    of("epoll.modify({s}, {edges})", edges=edges),
    of("epoll.unregister({s})"),
    of("epoll.poll({seconds})", seconds=seconds),
    of("epoll.poll({seconds}, {few})", seconds=seconds, few=few),
    of("epoll.poll(timeout={seconds}, maxevents=1)", seconds=seconds),
    of("asked({s}, lambda it: select.select([it], (it,), [], 0)[1])"),
    of("asked({s}, lambda it: poll.register(it) or ())"),
    of("asked({s}, lambda it: epoll.register(it) or ())"),
    of("selected(selectors.{kind}, {s}, {events}, {seconds})", kind=kind, events=few, seconds=seconds),
    of("{pollers}", pollers=pollers),
)

call = st.one_of(
    of("{s}.send({data})", data=data),
    of("{s}.sendall({data})", data=data),
    of("{s}.recv({size})", size=size),
    of("{s}.recv({few})", few=few),
    of("{s}.send({data}, {flags})", data=data, flags=flags),
    of("{s}.sendall({data}, {flags})", data=data, flags=flags),
    of("{s}.recv({few}, {flags})", few=few, flags=flags),
    of("into({s}, 'recv_into', {few})", few=few),
    of("into({s}, 'recv_into', {few}, {size}, {flags})", few=few, size=size, flags=flags),
    of("into({s}, 'recv_into', {few}, nbytes={size})", few=few, size=size),
    of("{s}.recvfrom({few})", few=few),
    of("{s}.recvfrom({few}, {flags})", few=few, flags=flags),
    of("into({s}, 'recvfrom_into', {few}, {few}, {flags})", few=few, flags=flags),
    of("{s}.sendto({data}, {where})", data=data, where=where),
    of("{s}.sendto({data}, {flags}, {where})", data=data, flags=flags, where=where),
    of("{s}.sendmsg([{data}, {data}])", data=data),
    of("{s}.sendmsg(iter([{data}]), (), {flags})", data=data, flags=flags),
    of("{s}.sendmsg([b'to'], [], 0, {where})", where=where),
    of("{s}.sendmsg([b'fd'], [(SOL_SOCKET, SCM_RIGHTS, {s}.fileno().to_bytes(4, 'little'))])"),
    of("send_fds({s}, [b'fds'], [0, 1])"),
    of("recv_fds({s}, 10, 2)"),
    of("{s}.recvmsg({size}, CMSG_SPACE({few}), {flags})", size=size, few=few, flags=flags),
    of("{s}.recvmsg({few})", few=few),
    of("into_two({s})"),
    of("into_two({s}, 100, {flags})", flags=flags),
    of("sent_file({s}, {few})", few=few),
    of("sent_file({s}, 100, {few}, {few})", few=few),
    of("{s}.shutdown({how})", how=st.sampled_from(["SHUT_RD", "SHUT_WR", "SHUT_RDWR", "9"])),
    of("{s}.setsockopt({option}, {value})", option=option, value=value),
    of("{s}.getsockopt({option})", option=option),
    of("{s}.settimeout({seconds})", seconds=seconds),
    of("{s}.setblocking({value})", value=value),
    of("({s}.gettimeout(), {s}.getblocking(), {s}.fileno(), {s})"),
    of("({s}.getsockname(), {s}.getpeername())"),
    of("({s}.family, {s}.type, {s}.proto, {s}.get_inheritable(), type({s}), isinstance({s}, socket))"),
    of("{s}.close()"),
    of("{s}.detach()"),
    of("{s}.connect({where})", where=where),
    of("{s}.connect_ex({where})", where=where),
    of("{s}.bind({where})", where=where),
    of("{s}.listen({few})", few=few),
    of("{s}.accept()"),
    of("{s}.{wrong}", wrong=wrong),
    of("file({s}, 'rb', lambda it: it.{use})", use=use_reading),
    of("file({s}, 'rb', lambda it: it.{use}, buffering=0)", use=use_reading),
    of("file({s}, 'wb', lambda it: it.{use})", use=use_writing),
    of("file({s}, 'r', lambda it: it.readline())"),
    of("file({s}, 'rw', lambda it: (it.write('x'), it.flush()), encoding='utf-8', newline='')"),
    of("ready({s}, {s})"),
    of("polled({s})"),
    of("within({s})"),
    of("threaded(lambda: {s}.sendall(b'from a thread'))"),
    of("(weakref.ref({s})() is {s}, {s} == {s}, hash({s}) == hash({s}))"),
    of("(copy.copy({s}), pickle.dumps({s}))"),
    of("setattr({s}, 'attribute', 1)"),
    of("socket.send({s}, b'unbound')"),
    of("sent_by(fromfd({s}.fileno(), AF_INET, SOCK_STREAM))"),
    of("sent_by(Own(fileno={s}.detach()))"),
    of("create_connection({where}, timeout=0.01)", where=where),
    of("os.write({s}.fileno(), b'past the probe')"),
)

some, good, flag = (
    st.sampled_from(values)
    for values in (
        ["1", "4", "100"],
        ["b'a'", "b'hello'", "bytearray(b'x' * 100)", "memoryview(b'abcdef')[1:4]"],
        ["0", "MSG_DONTWAIT", "MSG_PEEK", "MSG_OOB", "MSG_PEEK | MSG_DONTWAIT"],
    )
)
moving = st.one_of(
    of("{s}.send({good})", good=good),
    of("{s}.sendall({good})", good=good),
    of("{s}.send({good}, {flag})", good=good, flag=flag),
    of("{s}.sendmsg([{good}, b'', {good}])", good=good),
    of("{s}.recv({some})", some=some),
    of("{s}.recv({some}, {flag})", some=some, flag=flag),
    of("{s}.recvfrom({some}, {flag})", some=some, flag=flag),
    of("{s}.recvmsg({some}, 0, {flag})", some=some, flag=flag),
    of("into({s}, 'recv_into', {some}, 0, {flag})", some=some, flag=flag),
    of("into({s}, 'recvfrom_into', {some}, 0, {flag})", some=some, flag=flag),
    of("into_two({s}, 0, {flag})", flag=flag),
)
"""Calls that mostly move bytes, or see some; most of the others fail."""

binding = st.one_of(
    of("{s}.dup()"),
    of("again({s})"),
    of("socket()"),
    of("socket(AF_INET, SOCK_DGRAM)"),
    of("socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)"),
    of("socket(AF_UNIX)"),
    of("listener.accept()[0]"),
    of("socketpair()[0]"),
    of("create_connection(listener.getsockname())"),
    of("fromfd({s}.fileno(), AF_INET, SOCK_STREAM)"),
    of("Own(AF_INET, SOCK_STREAM)"),
    of("socket(99)"),
    of("socket(fileno=-1)"),
    of("socket(fileno={where})", where=where),
    of("socketpair(AF_INET)"),
)

Step = tuple[str | None, str]
"""The name that the result is bound to when it is one, and the expression."""
kinds: list[st.SearchStrategy[Step]] = [
    *(st.tuples(st.none(), it) for it in (moving, moving, call, call, waiting)),
    st.tuples(st.sampled_from(NEW), binding),
]
step: st.SearchStrategy[Step] = st.sampled_from(kinds).flatmap(lambda kind: kind)
program = st.lists(step, min_size=1, max_size=16)


def script(programs: Sequence[Sequence[Step]]) -> str:
    """One script that runs the programs one after the other, each step on a line of its own."""
    parts = [PRELUDE]
    for number, steps in enumerate(programs):
        parts.append(FUNCTION.format(number=number))
        for place, (name, expression) in enumerate(steps):
            line = f"step('{number}.{place}', lambda: {expression})"
            parts.append(textwrap.indent(f"{name} = {line} or {name}\n" if name else f"{line}\n", "    "))
        everything = f"step('{number}.end', lambda: [left_over(it) for it in ({', '.join(SOCKETS)})])"
        parts.append(f"    {everything}\n\nprogram{number}()\ngc.collect()\n")
    return "".join(parts)
