import assert from "node:assert/strict";
import test from "node:test";

import { entries } from "../../static/js/model/log.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { sentEnd } from "../../static/js/model/streams.js";
import { caption, received, recording, sendStarted, sent, started, stickyRun } from "./events.js";

const fold = (events, state = initialState()) => events.reduce(reduce, state);
const ranges = (log) => entries(log).map(({ start, end }) => [start, end]);

test("two sends, one recv: the stream keeps every range, and the finding its cut", () => {
  const stream = fold(stickyRun()).streams.get("1>");
  assert.deepEqual(ranges(stream.sends), [[0, 12], [12, 15]]);
  assert.deepEqual(ranges(stream.receives), [[0, 15]]);
  assert.deepEqual(entries(stream.findings), [{ kind: "sticky", start: 0, end: 15, cuts: [12], lost: 0 }]);
});

test("what was sent and not received is waiting", () => {
  const stream = fold(stickyRun().slice(0, 6)).streams.get("1>");
  assert.deepEqual([stream.received, sentEnd(stream)], [0, 15]);
});

test("a send counts from its start, without its content until it has returned", () => {
  const begun = fold(recording(sendStarted(10, 1, 0, 5)));
  assert.equal(sentEnd(begun.streams.get("1>")), 5);
  assert.equal(begun.streams.get("1>").sends.length, 0);
  const done = fold([{ seq: 2, ...sent(20, 1, 0, "hello") }], begun);
  assert.deepEqual(done.streams.get("1>").pending, {});
  assert.equal(Buffer.from(done.streams.get("1>").sends.items[0].data).toString(), "hello");
});

test("a send that took less than it was given leaves only what it took", () => {
  const stream = fold(recording(sendStarted(10, 1, 0, 500), sent(20, 1, 0, "hello"))).streams.get("1>");
  assert.equal(sentEnd(stream), 5);
});

test("sends are numbered in the order they began, and keep their number", () => {
  const events = recording(sendStarted(10, 7, 0, 5), sent(12, 8, 5, "x", { process: "other" }), sent(20, 7, 0, "hello"));
  assert.deepEqual(entries(fold(events).streams.get("1>").sends).map(({ call, number }) => [call, number]), [[8, 2], [7, 1]]);
});

test("a line of code keeps the marks of its sends", () => {
  assert.deepEqual(fold(stickyRun()).processes.client.sendLines, { 6: [1, 2] });
});

test("a recv of nothing moves nothing", () => {
  const end = received(30, 2, 5, "", { eof: true, count: 0 });
  const stream = fold(recording(sent(10, 1, 0, "hello"), received(20, 3, 0, "hello"), end)).streams.get("1>");
  assert.deepEqual([stream.received, stream.receives.length], [5, 1]);
});

test("a blocked call is known as blocked since it began, until it returns", () => {
  const call = { process: "server", call: 1, op: "accept", line: 6 };
  const blocked = fold(recording(
    started(1, "server", "server"), { type: "call.started", t: 10, ...call }, { type: "call.blocked", t: 50, ...call },
  ));
  assert.deepEqual([blocked.processes.server.calls[1].blocked, blocked.processes.server.calls[1].since], [true, 10]);
  const back = fold([{ seq: 4, type: "call.returned", t: 90, began: 10, ...call }], blocked);
  assert.deepEqual(back.processes.server.calls, {});
  assert.equal(back.processes.server.line, 6);
});

test("a call made in another file lights no line of the program", () => {
  const call = { type: "call.returned", t: 9, began: 8, process: "server", call: 1, op: "bind", line: 40, file: "socketserver.py" };
  assert.equal(fold(recording(started(1, "server", "server"), call)).processes.server.line, null);
});

test("only the newest closed sockets of a process stay", () => {
  const change = (socket, state) => ({ type: "socket.changed", t: socket, process: "server", socket, fd: 4, kind: "tcp", state });
  const state = fold(recording(change(1, "listening"), ...[2, 3, 4, 5].map((socket) => change(socket, "closed"))));
  assert.deepEqual([...state.processes.server.sockets.values()].map(({ socket }) => socket), [1, 4, 5]);
});

test("in the end the process acts that the last sentence is about", () => {
  const ended = { type: "run.ended", t: 90, why: "finished", ...caption("caption.conclusion.crashed", { who: "server" }) };
  const both = [started(1, "server", "server"), started(2, "client", "client")];
  assert.equal(recording(...both, ended).reduce(reduce, initialState()).acting, "server");
  const other = { ...ended, ...caption() };
  assert.equal(recording(...both, other).reduce(reduce, initialState()).acting, "client");
  const crash = { type: "process.exited", t: 80, process: "server", code: 1, error: "ValueError: no" };
  assert.equal(recording(...both, crash, other).reduce(reduce, initialState()).acting, "server");
});

test("no state is changed by the events after it", () => {
  let state = initialState();
  const states = [];
  const copies = [];
  for (const event of stickyRun()) {
    state = reduce(state, event);
    states.push(state);
    copies.push(seen(state));
  }
  states.forEach((kept, i) => assert.deepEqual(seen(kept), copies[i]));
});

/** The state with every log as the list it stands for. */
function seen(value) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value.items)) return entries(value).map(seen);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, seen(item)]));
}
