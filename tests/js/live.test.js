import assert from "node:assert/strict";
import test from "node:test";

import { Live } from "../../static/js/live.js";

const event = (seq) => ({ seq, t: seq, type: "run.started" });
const events = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i));

/** A browser without a network: what is opened and waited for is noted, and the test answers. */
class Wires {
  constructor(chunks = {}) {
    this.chunks = chunks;
    this.sockets = [];
    this.waits = [];
  }

  socket = (path) => {
    const socket = { path, closed: false, close: () => (socket.closed = true) };
    this.sockets.push(socket);
    return socket;
  };

  fetchText = async (path) => {
    const text = this.chunks[path];
    if (text === undefined) throw new Error(`no ${path}`);
    return text;
  };

  later = (run, ms) => this.waits.push({ run, ms });
}

function listening(chunks) {
  const wires = new Wires(chunks);
  const heard = { seqs: [], statuses: [], now: 0 };
  const live = new Live("r1", {
    onEvents: (some) => heard.seqs.push(...some.map(({ seq }) => seq)),
    onNow: (now) => (heard.now = now),
    onStatus: (status) => heard.statuses.push(status),
  }, wires);
  live.start();
  return { live, wires, heard };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function say(socket, ...frames) {
  for (const frame of frames) socket.onmessage({ data: JSON.stringify(frame) });
  await settled();
}

async function drop(socket, code = 1006) {
  socket.onclose({ code });
  await settled();
}

const log = { kind: "log", chunks: [], tail: 1 };
const batch = (from, to) => ({ kind: "batch", now: to, events: events(from, to) });
const lines = (from, to) => events(from, to).map((line) => JSON.stringify(line)).join("\n") + "\n";
const range = (to) => Array.from({ length: to }, (_, i) => i + 1);

test("chunks first, then the batches: every event once, in order", async () => {
  const { wires, heard } = listening({ "/api/runs/r1/chunks/1": lines(1, 3), "/api/runs/r1/chunks/2": lines(4, 6) });
  await say(
    wires.sockets[0], { kind: "log", chunks: [[1, 1, 3], [2, 4, 6]], tail: 7 },
    batch(7, 8), batch(9, 9),
  );
  await settled();
  assert.deepEqual(heard.seqs, range(9));
  assert.equal(heard.now, 9);
});

test("a lost connection comes back after the last event, without gap or duplicate", async () => {
  const { wires, heard } = listening();
  await say(wires.sockets[0], log, batch(1, 4));
  await drop(wires.sockets[0]);
  assert.equal(heard.statuses.at(-1), "lost");
  wires.waits[0].run();
  assert.equal(wires.sockets[1].path, "/api/runs/r1/live?after=4");
  await say(wires.sockets[1], log, batch(3, 6));
  assert.deepEqual(heard.seqs, range(6));
  assert.equal(heard.statuses.at(-1), "connected");
});

test("each try waits longer, up to a bound, and a good one starts over", async () => {
  const { wires } = listening();
  for (let i = 0; i < 7; i += 1) {
    await drop(wires.sockets[i]);
    wires.waits[i].run();
  }
  assert.deepEqual(wires.waits.map(({ ms }) => ms), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  await say(wires.sockets[7], log);
  await drop(wires.sockets[7]);
  assert.equal(wires.waits[7].ms, 250);
});

test("a viewer that was too slow reconnects at once", async () => {
  const { wires, heard } = listening();
  await say(wires.sockets[0], log, batch(1, 2), { kind: "resync" });
  assert.equal(wires.sockets[1].path, "/api/runs/r1/live?after=2");
  await drop(wires.sockets[0], 1013);
  assert.deepEqual([wires.waits.length, heard.statuses.includes("lost")], [0, false]);
});

test("a hole in the numbers is not handed on but fetched again", async (context) => {
  context.mock.method(console, "error", () => {});
  const { wires, heard } = listening();
  await say(wires.sockets[0], log, batch(1, 2), batch(5, 6));
  assert.deepEqual([heard.seqs, wires.sockets[0].closed], [[1, 2], true]);
});

test("a chunk that cannot be fetched is tried again", async (context) => {
  context.mock.method(console, "error", () => {});
  const { wires, heard } = listening();
  await say(wires.sockets[0], { kind: "log", chunks: [[1, 1, 3]], tail: 4 }, batch(4, 5));
  assert.deepEqual([heard.seqs, wires.sockets[0].closed], [[], true]);
});

test("the end is the end", async () => {
  const { wires, heard } = listening();
  await say(wires.sockets[0], log, batch(1, 2), { kind: "end" });
  await drop(wires.sockets[0], 1000);
  assert.deepEqual([heard.statuses.at(-1), wires.waits.length], ["ended", 0]);
});

test("an unknown run is not asked for again", async () => {
  const { wires, heard } = listening();
  await drop(wires.sockets[0], 4404);
  assert.deepEqual([heard.statuses.at(-1), wires.waits.length], ["unknown", 0]);
});

test("what comes after close is not handed on", async () => {
  const { live, wires, heard } = listening();
  live.close();
  await say(wires.sockets[0], batch(1, 2));
  await drop(wires.sockets[0]);
  assert.deepEqual([heard.seqs, wires.waits.length], [[], 0]);
});
