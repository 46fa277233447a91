import assert from "node:assert/strict";
import test from "node:test";

import { axisLayout } from "../../static/js/model/axis.js";
import { framesIn, storyOf } from "../../static/js/model/frames.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { bare, connected, received, recording, segment, sendStarted, sent } from "./events.js";

const BIG = { kind: "length", size: 4, order: "big" };
const LINES = { kind: "delimiter", delimiter: "\n" };
const stateOf = (events) => recording(connected(0), ...events).reduce(reduce, initialState());
const streamOf = (...events) => stateOf(events).streams.get("1>");
const layout = (stream, framing, to) => axisLayout(stream, {
  viewport: { from: 0, to }, width: to * 10, unit: 1, measure: (text) => text.length, framing,
}).frames;
const box = (item) => item && [item.start, item.end];
const message = (length, text = "") => `\0\0\0${String.fromCharCode(length)}${text}`;

test("header and body of a message stand on the axis where their bytes are", () => {
  const [first, second] = layout(streamOf(sent(1, 1, 0, message(2, "hi")), sent(2, 2, 6, message(4, "yo"))), BIG, 14).boxes;
  assert.deepEqual([box(first.header), box(first.body), first.missing], [[0, 4], [4, 6], null]);
  assert.deepEqual([box(second.header), box(second.body), box(second.missing)], [[6, 10], [10, 12], [12, 14]]);
  assert.deepEqual([first.number, second.number, second.came], [1, 2, 2]);
});

test("a delimiter is a part of its own", () => {
  const [line] = layout(streamOf(sent(1, 1, 0, "hi\n")), LINES, 3).boxes;
  assert.deepEqual([line.header, box(line.body), box(line.tail)], [null, [0, 2], [2, 3]]);
});

test("a frame that goes on where the view ends says so, one that ends with it does not", () => {
  const stream = streamOf(sent(1, 1, 0, message(9, "hi")));
  assert.deepEqual([6, 13].map((to) => layout(stream, BIG, to).boxes[0].beyond), [true, false]);
});

test("frames are made once for each version of a stream", () => {
  const stream = streamOf(sent(1, 1, 0, message(2, "hi")));
  assert.equal(framesIn(stream, BIG), framesIn(stream, BIG));
  assert.notEqual(framesIn(stream, BIG), framesIn(stream, LINES));
});

test("what the reader holds and wants comes from its receives", () => {
  const stream = streamOf(sent(1, 1, 0, message(5, "hello")), received(2, 2, 0, message(5)), received(3, 3, 4, "hel"));
  const { reading, whole, bad } = storyOf(stream, BIG);
  assert.deepEqual([reading?.holds, reading?.wants, whole, bad], [7, 2, 0, null]);
  const all = storyOf(streamOf(sent(1, 1, 0, message(2, "hi")), received(2, 2, 0, message(2, "hi"))), BIG);
  assert.deepEqual([all.reading, all.whole], [null, 1]);
});

test("of a send that has not returned frames are told as far as it was read", () => {
  const stream = streamOf(sendStarted(1, 1, 0, 104), received(2, 2, 0, message(100)));
  assert.deepEqual(framesIn(stream, BIG).frames.map(({ end, state }) => [end, state]), [[104, "partial"]]);
});

for (const [how, end] of [
  ["its FIN", bare(3, "client", "FIN ACK")],
  ["its RST", bare(3, "client", "RST ACK")],
  ["a recv that returned b''", received(3, 3, 6, "", { eof: true })],
  ["the close of its socket", {
    type: "socket.changed", t: 3, process: "client", socket: 7, fd: 3, kind: "tcp", state: "closed", connection: 1,
    local: "127.0.0.1:50000", remote: "127.0.0.1:8001",
  }],
]) {
  test(`after ${how} a header that declared more is a lie`, () => {
    const events = [sent(1, 1, 0, message(9, "hi")), segment(2, 0, 6)];
    assert.equal(storyOf(streamOf(...events), BIG).bad, null);
    const { bad, end: came } = storyOf(streamOf(...events, end), BIG);
    assert.deepEqual([bad?.state, bad?.declared, came], ["short", 9n, 6]);
  });
}

test("the close of the reader's socket does not end what it reads", () => {
  const closed = {
    type: "socket.changed", t: 3, process: "server", socket: 8, fd: 4, kind: "tcp", state: "closed", connection: 1,
    local: "127.0.0.1:8001", remote: "127.0.0.1:50000",
  };
  assert.equal(streamOf(sent(1, 1, 0, "hi"), closed).ended, false);
});

test("where the content was not kept a box says that boundaries are unknown", () => {
  const row = layout(streamOf(sent(1, 1, 0, "x\nyz", { end: 100 })), LINES, 100);
  assert.deepEqual([row.boxes.map(box), box(row.rest), row.why], [[[0, 2]], [2, 100], "unknown"]);
});
