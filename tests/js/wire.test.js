import assert from "node:assert/strict";
import test from "node:test";

import { axisLayout } from "../../static/js/model/axis.js";
import { queuesOf } from "../../static/js/model/queues.js";
import { reduce } from "../../static/js/model/reduce.js";
import { factsOf } from "../../static/js/model/sockets.js";
import { initialState } from "../../static/js/model/state.js";
import { bare, connected, received, recording, sampled, segment, sendStarted, sent } from "./events.js";

const fold = (...events) => recording(connected(1), ...events).reduce(reduce, initialState());
const queues = (...events) => queuesOf(fold(...events).streams.get("1>"));
const acked = (t, offset) => bare(t, "server", "ACK", { ack: offset + 1, acked: offset });
const frame = (from, to) => ({ viewport: { from, to }, width: 600, unit: 1, measure: (text) => text.length * 10 });
const layout = (to, ...events) => axisLayout(fold(...events).streams.get("1>"), frame(0, to));
const handshake = [bare(2, "client", "SYN", { ack: null }), bare(3, "server", "SYN ACK", { ack: 1 }), bare(4, "client", "ACK")];

test("handed over, on the wire, delivered, acknowledged, read: the queues follow the bytes", () => {
  const run = [...handshake, sendStarted(10, 1, 0, 12)];
  assert.deepEqual(queues(...run).send, { start: 0, sent: 0, end: 12, evidence: "derived" });
  run.push(segment(11, 0, 12));
  assert.deepEqual(queues(...run).send, { start: 0, sent: 12, end: 12, evidence: "derived" });
  assert.deepEqual(queues(...run).receive, { start: 0, end: 12, evidence: "derived" });
  run.push(acked(12, 12));
  assert.deepEqual(queues(...run).send, { start: 12, sent: 12, end: 12, evidence: "derived" });
  run.push(sent(13, 1, 0, "good morning"), received(20, 2, 0, "good"));
  assert.deepEqual(queues(...run).receive, { start: 4, end: 12, evidence: "derived" });
});

test("until the ACK comes the same bytes are in both queues", () => {
  const { send, receive } = queues(...handshake, sent(10, 1, 0, "hello"), segment(9, 0, 5));
  assert.deepEqual([[send.start, send.end], [receive.start, receive.end]], [[0, 5], [0, 5]]);
});

test("a sample that says the same is the measurement, until something moves", () => {
  const run = [...handshake, segment(9, 0, 5), sent(10, 1, 0, "hello"), acked(11, 5)];
  run.push(sampled(12, "client", "ESTABLISHED", { written: 5, acked: 5, unsent: 0 }));
  run.push(sampled(12, "server", "ESTABLISHED", { delivered: 5, read: 0 }));
  assert.deepEqual([queues(...run).send.evidence, queues(...run).receive.evidence], ["measured", "measured"]);
  run.push(received(20, 2, 0, "he"));
  assert.deepEqual([queues(...run).send.evidence, queues(...run).receive.evidence], ["measured", "derived"]);
});

test("of a send that blocks, a sample says how much the kernel has taken", () => {
  const { send } = queues(
    ...handshake, sendStarted(10, 1, 0, 1_000_000), segment(11, 0, 60_000),
    sampled(50, "client", "ESTABLISHED", { written: 100_000, acked: 0, unsent: 40_000 }),
  );
  assert.deepEqual(send, { start: 0, sent: 60_000, end: 100_000, evidence: "measured" });
});

test("a socket the kernel has let go of keeps nothing", () => {
  const run = [...handshake, segment(9, 0, 5), sent(10, 1, 0, "hello")];
  run.push(sampled(30, "server", "CLOSED", { destroyed: true }), sampled(31, "server", "CLOSED"));
  const { receive } = queues(...run);
  assert.equal(receive.start, receive.end);
});

test("a segment stands where its bytes are, with the sends it carries", () => {
  const { segments } = layout(15, ...handshake, sent(9, 1, 0, "good morning"), sent(10, 2, 12, "sir"), segment(11, 0, 15));
  assert.deepEqual(segments.map(({ start, end, x, width, sequence, flags }) => [start, end, x, width, sequence, flags]), [
    [0, 15, 0, 600, 1, "PSH ACK"],
  ]);
  assert.deepEqual(segments[0].shares.map(({ start, end, number }) => [start, end, number]), [[0, 12, 1], [12, 15, 2]]);
});

test("a retransmission is drawn apart", () => {
  const again = segment(12, 0, 5, { order: "retransmission" });
  const { segments, again: drawn } = layout(10, ...handshake, segment(9, 0, 5), segment(10, 5, 10), again);
  assert.deepEqual([segments.map(({ start }) => start), drawn.map(({ start }) => start)], [[0, 5], [0]]);
});

test("what has left and what has not are two parts of the send queue", () => {
  const { kept, waiting } = layout(10, ...handshake, sendStarted(8, 1, 0, 10), segment(9, 0, 4));
  assert.deepEqual(kept.map(({ part, start, end }) => [part, start, end]), [["unacked", 0, 4], ["unsent", 4, 10]]);
  assert.deepEqual([waiting.start, waiting.end], [0, 4]);
});

test("thousands of segments draw no more ranges than there are pixels", () => {
  const events = Array.from({ length: 5000 }, (_, i) => segment(i + 10, i, i + 1));
  assert.ok(layout(5000, ...handshake, ...events).segments.length <= 601);
});

test("segments without data are counted, not drawn", () => {
  const state = fold(...handshake);
  assert.deepEqual([state.streams.get("1>").bare, state.streams.get("1<").bare, state.segments], [2, 1, 3]);
});

test("how the run knows its segments, and how many it lost, is kept", () => {
  const begun = {
    type: "run.started", t: 0, run: "r", lesson: "sticky", started_at: "", network: "private", segments: "absent",
    segments_why: "ui.x",
  };
  const over = { type: "run.ended", t: 9, why: "finished", segments_lost: 12, ports_unwatched: 2 };
  const state = fold(begun, over);
  assert.deepEqual([state.capture, state.lost], [{ kind: "absent", why: "ui.x", private: true, unwatched: 2 }, 12]);
});

const socket = (t, state, more = {}) => ({
  type: "socket.changed", t, process: "server", socket: 3, fd: 4, kind: "tcp", state, local: "127.0.0.1:8001",
  remote: "127.0.0.1:50000", connection: 1, ...more,
});
const facts = (state) => factsOf(state, state.processes.server.sockets.get(3));

test("a socket's gauges are its two queues, against the buffers a sample tells", () => {
  const run = [...handshake, segment(9, 0, 5), sent(10, 1, 0, "hello"), socket(11, "connected")];
  assert.deepEqual(facts(fold(...run)).gauges.map(({ kind, bytes, buffer }) => [kind, bytes, buffer]), [
    ["send", 0, null], ["receive", 5, null],
  ]);
  run.push(sampled(12, "server", "ESTABLISHED", { receive_memory: 837, receive_buffer: 131_072, cwnd: 10 }));
  const known = facts(fold(...run));
  assert.deepEqual(known.gauges[1], { kind: "receive", bytes: 5, evidence: "derived", memory: 837, buffer: 131_072 });
  assert.deepEqual(known.figures, [["cwnd", 10], ["receive_memory", 837]]);
});

test("a listener has a backlog; memory of a UDP socket is never called bytes", () => {
  const ends = { remote: null, connection: null };
  const listens = { connection: null, side: null, remote: "", backlog: 2, backlog_max: 5 };
  const listener = fold(socket(5, "listening", ends), { ...sampled(6, "server", "LISTEN"), ...listens });
  assert.deepEqual([facts(listener).state, facts(listener).backlog], ["LISTEN", [2, 5]]);
  const memory = { protocol: "udp", receive_memory: 1280, receive_buffer: 212_992, drops: 3 };
  const udp = fold(socket(5, "bound", { ...ends, kind: "udp" }), { ...sampled(6, "server", "UNCONNECTED"), ...listens, ...memory });
  assert.deepEqual([facts(udp).gauges.map(({ kind, bytes }) => [kind, bytes]), facts(udp).drops], [[["memory", 1280]], 3]);
});
