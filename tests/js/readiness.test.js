import assert from "node:assert/strict";
import test from "node:test";

import { Contents } from "../../static/js/model/contents.js";
import { EDGE, ONE_SHOT, READ, WRITE } from "../../static/js/model/masks.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { colourOf, waitText, watchTable } from "../../static/js/model/watches.js";
import { bare, connected, received, recording, sendStarted, sent, started, waited, watching } from "./events.js";

const fold = (...events) => recording(...events).reduce(reduce, initialState());
const contents = new Contents();
const poller = (state) => state.readiness.pollers.get(1);
const table = (state, known = contents) => watchTable(state, poller(state), known).rows;

const socket = (t, number, fd, state, more = {}) => ({
  type: "socket.changed", t, process: "server", socket: number, fd, kind: "tcp", state, ...more,
});
const ends = { local: "127.0.0.1:8001", remote: "127.0.0.1:50000", connection: 1 };
const listener = { fd: 3, mask: READ, what: "listener", socket: 1 };
const conn = { fd: 4, mask: READ, what: "connection", socket: 2, peer: "client" };
const begun = [
  started(1, "server", "server"), started(2, "client", "client"), connected(3),
  socket(4, 1, 3, "listening", { local: "127.0.0.1:8001" }), socket(5, 2, 4, "connected", ends),
  watching(10, [listener, conn]),
];

test("a row for each descriptor: what was asked, what was ready, what it is", () => {
  const rows = table(fold(...begun, sent(20, 1, 0, "hello"), waited(30, 2, 2, [[4, READ]])));
  assert.deepEqual(rows.map(({ fd, what, asked, ready }) => [fd, what, asked, ready]), [
    [3, "listener", READ, 0], [4, "connection", READ, READ],
  ]);
  assert.equal(rows[1].peer, "client");
});

test("what waits in the kernel are the bytes sent and not read yet, as they are, though the send returns later", () => {
  const wire = {
    type: "segment.captured", t: 22, protocol: "tcp", stream: "1>", connection: 1, length: 9, start: 0, end: 9, sent: 9,
    delivered: 9,
  };
  const known = new Contents();
  for (const event of [sent(50, 1, 0, "hello"), sent(51, 2, 5, " you")]) known.add(event);
  const run = [...begun, sendStarted(20, 1, 0, 9), wire, waited(30, 3, 2, [[4, READ]])];
  const [, before] = table(fold(...run), known);
  assert.deepEqual([before.bytes, Buffer.from(before.data).toString()], [9, "hello you"]);
  const [, after] = table(fold(...run, received(40, 4, 0, "hell")), known);
  assert.deepEqual([after.bytes, after.from, Buffer.from(after.data).toString()], [5, 4, "o you"]);
  assert.equal(table(fold(...run))[1].data.length, 0);
});

test("a connection keeps its colour when it is closed, however many were closed after it", () => {
  const of = (n, state) => socket(100 + n, n, n, state, { ...ends, connection: n });
  const all = [4, 5, 6].flatMap((n) => [of(n, "connected"), of(n, "closed")]);
  const state = fold(started(1, "server", "server"), ...all);
  assert.deepEqual([4, 5, 6].map((n) => colourOf(state, "server", { ...conn, peer: null, socket: n })), [4, 5, 6]);
});

test("while a wait goes on nothing is ready, and it is known since when", () => {
  const call = { process: "server", call: 5, op: "select", poller: 1, watched: 2, timeout: 50_000_000 };
  const state = fold(...begun, waited(30, 4, 2, [[4, READ]]), { type: "call.started", t: 40, ...call });
  assert.deepEqual(table(state).map(({ ready }) => ready), [0, 0]);
  assert.deepEqual([poller(state).wait.began, poller(state).wait.ended], [40, null]);
});

test("a descriptor that is not watched any more has no row", () => {
  assert.deepEqual(table(fold(...begun, watching(20, [], { removed: [4] }))).map(({ fd }) => fd), [3]);
});

test("an error is what the wait said", () => {
  const failed = waited(30, 4, 1025, null, { error: "ValueError", message: "filedescriptor out of range in select()" });
  assert.equal(poller(fold(...begun, failed)).wait.error, "ValueError: filedescriptor out of range in select()");
});

test("one-shot is disarmed by its report, and armed again by a new registration", () => {
  const once = { ...conn, mask: READ | ONE_SHOT };
  const state = fold(...begun, watching(11, [once]), waited(30, 4, 2, [[4, READ]]));
  assert.deepEqual(table(state).map(({ disarmed }) => disarmed), [false, true]);
  assert.equal(table(reduce(state, { seq: 99, ...watching(40, [once]) }))[1].disarmed, false);
});

test("bytes that will not be reported are said, until they are read or new ones are reported", () => {
  const edge = watching(11, [{ ...conn, mask: READ | EDGE }], { kind: "epoll" });
  const finding = {
    type: "finding.made", t: 50, kind: "unreported", process: "server", stream: "1>", start: 4, end: 10, cuts: [], fd: 4,
    proof: [1],
  };
  const run = [...begun, edge, sent(20, 1, 0, "0123456789"), received(30, 2, 0, "0123"), finding];
  const unreported = (...more) => table(fold(...run, ...more))[1].unreported;
  assert.equal(unreported(), 6);
  assert.equal(unreported(received(60, 3, 4, "45")), 4);
  assert.equal(unreported(received(60, 3, 4, "456789")), null);
  assert.equal(unreported(waited(60, 3, 2, [[4, READ]])), null);
});

test("of thousands, the rows are those that say something", () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ fd: i + 10, mask: READ, what: "connection", peer: null }));
  const state = fold(started(1, "server", "server"), watching(2, many), waited(9, 1, 5000, [[4321, READ], [77, READ]]));
  const { rows, all } = watchTable(state, poller(state), contents);
  assert.equal(all, 5000);
  assert.equal(rows.length, 6);
  assert.deepEqual(rows.filter(({ ready }) => ready).map(({ fd }) => fd), [77, 4321]);
});

test("the call is written as the program writes it", () => {
  const text = (kind, timeout, ...masks) => waitText(poller(fold(
    watching(1, masks.map((mask, i) => ({ fd: i + 3, mask, what: "other" })), { kind }),
    waited(9, 1, masks.length, [], { timeout }),
  )));
  assert.equal(text("select", 50_000_000, READ, READ, WRITE), "select.select(2 fds, 1 fd, [], 0.05)");
  assert.equal(text("poll", 50_000_000, READ), "poll.poll(50)");
  assert.equal(text("epoll", -1, READ), "epoll.poll()");
});

test("a connection waits for accept from the end of its handshake until accept has returned it", () => {
  const address = "127.0.0.1:50001";
  const open = { ...connected(20), connection: 2, client: "client-2", client_address: address };
  const handshake = ["SYN", "SYN ACK", "ACK"].map((flags, i) => (
    { ...bare(21 + i, i === 1 ? "server" : "client", flags, { ack: i ? 1 : null }), connection: 2, stream: i === 1 ? "2<" : "2>" }
  ));
  const run = { type: "run.started", t: 0, run: "r", lesson: "l", started_at: "", segments: "measured" };
  const backlog = (...events) => table(fold(run, ...begun, open, ...events))[0].backlog;
  assert.equal(backlog(...handshake.slice(0, 2)), 0);
  assert.equal(backlog(...handshake), 1);
  const accepted = socket(40, 3, 5, "connected", { local: ends.local, remote: address, connection: 2 });
  assert.equal(backlog(...handshake, accepted), 0);
  assert.equal(backlog(...handshake, accepted, open), 0);
});
