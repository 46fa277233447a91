/** Hand-written recordings for the tests, shaped as `engine/events.py` says. */

/** @param {string} text */
export const base64 = (text) => Buffer.from(text, "utf-8").toString("base64");

/** Numbers events 1, 2, 3 … as a recording does. */
export function recording(...events) {
  return events.map((event, i) => ({ seq: i + 1, ...event }));
}

export const caption = (key = "caption.some", args = {}) => ({ caption: { key, args } });

export const started = (t, process, role) => ({
  type: "process.started", t, process, role, pid: 100, file: `${process}.py`, ...caption(),
});

export function sent(t, call, start, text, more = {}) {
  const data = Buffer.from(text, "utf-8");
  return {
    type: "call.returned", t, began: t - 10, process: "client", call, op: "sendall", line: 6, asked: data.length,
    moved: "sent", stream: "1>", start, end: start + data.length, count: data.length, data: base64(text),
    ...caption(), ...more,
  };
}

export function sendStarted(t, call, start, end, more = {}) {
  return {
    type: "call.started", t, process: "client", call, op: "sendall", line: 6, asked: end - start, moved: "sent",
    stream: "1>", start, end, ...more,
  };
}

export function received(t, call, start, text, more = {}) {
  const data = Buffer.from(text, "utf-8");
  return {
    type: "call.returned", t, began: t - 10, process: "server", call, op: "recv", line: 8, args: "1024", asked: 1024,
    moved: "received", stream: "1>", start, end: start + data.length, count: data.length, data: base64(text),
    ...caption(), ...more,
  };
}

export const sticky = (t, cuts, start, end) => ({
  type: "finding.made", t, kind: "sticky", process: "server", stream: "1>", start, end, cuts, proof: [1, 2, 3], ...caption(),
});

export const connected = (t) => ({
  type: "connection.changed", t, connection: 1, client: "client", server: "server",
  client_address: "127.0.0.1:50000", server_address: "127.0.0.1:8001",
});

/** A segment that carries [start, end) of 1>, and what is known of the stream after it. */
export function segment(t, start, end, more = {}) {
  return {
    type: "segment.captured", t, protocol: "tcp", source: "127.0.0.1:50000", destination: "127.0.0.1:8001",
    sender: "client", receiver: "server", connection: 1, stream: "1>", flags: "PSH ACK", sequence: start + 1, ack: 1,
    length: end - start, start, end, order: "in order", sent: end, delivered: end, acked: 0, ...caption(), ...more,
  };
}

/** A segment without data, from the client or from the server. */
export function bare(t, side, flags, more = {}) {
  const [sender, receiver] = side === "client" ? ["client", "server"] : ["server", "client"];
  const { start, end, order, ...rest } = segment(t, 0, 0);
  return { ...rest, sender, receiver, stream: side === "client" ? "1>" : "1<", flags, sent: 0, delivered: 0, ...more };
}

/** What the kernel's table says of one end of connection 1. */
export function sampled(t, side, state, more = {}) {
  const ends = ["127.0.0.1:50000", "127.0.0.1:8001"];
  const [local, remote] = side === "client" ? ends : ends.reverse();
  return { type: "socket.sampled", t, protocol: "tcp", connection: 1, side, local, remote, state, ...more };
}

/** Two sends that one recv takes: the lesson *sticky*, without its beginning. */
export const stickyRun = () =>
  recording(
    { type: "run.started", t: 0, run: "r", lesson: "sticky", started_at: "2026-01-01T00:00:00Z" },
    started(1_000, "server", "server"),
    started(2_000, "client", "client"),
    connected(3_000),
    sent(4_000, 1, 0, "good morning"),
    sent(5_000, 2, 12, "sir"),
    received(200_000_000, 3, 0, "good morningsir"),
    sticky(200_000_000, [12], 0, 15),
    { type: "process.output", t: 200_100_000, process: "server", stream: "stdout", text: "good morningsir\n" },
    { type: "process.exited", t: 200_200_000, process: "server", code: 0, ...caption() },
    { type: "run.ended", t: 200_300_000, why: "finished", ...caption("caption.end") },
  );

/** What poller 1 of the server watches from now on. */
export const watching = (t, added, more = {}) => ({
  type: "watch.changed", t, process: "server", poller: 1, kind: "select", added, count: added.length, ...more,
});

/** A wait of poller 1 that has returned; what it reports is [fd, mask]. */
export const waited = (t, call, watched, ready, more = {}) => ({
  type: "call.returned", t, began: t - 1000, process: "server", call, op: "select", poller: 1, watched, timeout: -1,
  ready, ...caption(), ...more,
});
