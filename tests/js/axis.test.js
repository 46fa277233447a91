import assert from "node:assert/strict";
import test from "node:test";

import { axisLayout, fitting } from "../../static/js/model/axis.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { panned, zoomed } from "../../static/js/model/viewport.js";
import { received, recording, sendStarted, sent, stickyRun } from "./events.js";

const frame = (from, to, width = 600) => ({ viewport: { from, to }, width, unit: 1, measure: (text) => text.length * 10 });
const streamOf = (events) => events.reduce(reduce, initialState()).streams.get("1>");
const boxes = (items) => items.map(({ start, end, x, width }) => [start, end, x, width]);

test("ranges stand where their bytes are", () => {
  const layout = axisLayout(streamOf(stickyRun()), frame(0, 15));
  assert.deepEqual(boxes(layout.sends), [[0, 12, 0, 480], [12, 15, 480, 120]]);
  assert.deepEqual(boxes(layout.receives), [[0, 15, 0, 600]]);
  assert.equal(layout.waiting, null);
});

test("a receive is shared by the sends it covers, and its vanished boundary is marked", () => {
  const layout = axisLayout(streamOf(stickyRun()), frame(0, 15));
  assert.deepEqual(layout.receives[0].shares.map(({ start, end, number }) => [start, end, number]), [[0, 12, 1], [12, 15, 2]]);
  assert.deepEqual(layout.cuts, [{ byte: 12, x: 480, kind: "sticky", sign: true }]);
});

test("bytes between sent and received are waiting, as cells of their send", () => {
  const layout = axisLayout(streamOf(stickyRun().slice(0, 6)), frame(0, 15));
  assert.deepEqual(boxes([layout.waiting]), [[0, 15, 0, 600]]);
  assert.deepEqual(layout.cells.map((cell) => cell.number), [...Array(12).fill(1), 2, 2, 2]);
  assert.ok(layout.cells.every((cell) => cell.row === "waiting"));
});

test("where a cell would be too narrow for a letter there are no cells, however small the letters are", () => {
  const stream = streamOf(stickyRun());
  const seen = (width, unit) => axisLayout(stream, { ...frame(0, 15, width), unit }).readable;
  assert.deepEqual([seen(15 * 14, 1), seen(15 * 14 - 1, 1), seen(15 * 13, 0.5), seen(15 * 13 - 1, 0.5)], [true, false, true, false]);
});

test("read bytes are in the receive, the others still wait", () => {
  const events = recording(sent(1, 1, 0, "abcdef"), received(2, 2, 0, "ab"));
  const { cells } = axisLayout(streamOf(events), frame(0, 6));
  assert.deepEqual(cells.map((cell) => cell.row), ["receive", "receive", "waiting", "waiting", "waiting", "waiting"]);
});

test("a character cut by a recv is shown cut; one cut only by a send is not", () => {
  const [a, b] = [Buffer.from("世").subarray(0, 1), Buffer.from("世").subarray(1)];
  const send = (t, call, start, part) => ({ ...sent(t, call, start, ""), end: start + part.length, data: part.toString("base64") });
  const whole = [send(1, 1, 0, a), send(2, 2, 1, b)];
  assert.deepEqual(axisLayout(streamOf(recording(...whole)), frame(0, 3)).cells.map((cell) => cell.char), ["世"]);
  const taken = { ...received(3, 3, 0, ""), end: 2, data: "" };
  assert.deepEqual(axisLayout(streamOf(recording(...whole, taken)), frame(0, 3)).cells.map((cell) => cell.hex), ["e4", "b8", "96"]);
});

test("of a send that has not returned the range is known, the bytes are not", () => {
  const layout = axisLayout(streamOf(recording(sendStarted(1, 1, 0, 8))), frame(0, 8));
  assert.deepEqual(layout.sends.map(({ pending }) => pending), [true]);
  assert.deepEqual([layout.waiting?.end, layout.cells], [8, []]);
});

test("too many bytes to read become bars, and zooming brings the cells back", () => {
  const stream = streamOf(recording(sent(1, 1, 0, "x".repeat(1000))));
  assert.deepEqual([axisLayout(stream, frame(0, 1000)).readable, axisLayout(stream, frame(0, 1000)).cells], [false, []]);
  const near = axisLayout(stream, frame(100, 120));
  assert.equal(near.cells.length, 20);
  assert.deepEqual([near.cells[0].start, near.cells[0].x], [100, 0]);
});

test("of some dozen receives each is drawn, however narrow", () => {
  const sizes = [800, ...Array(50).fill(1), 800];
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const text = "a".repeat(1650);
  const events = recording(
    sent(1, 1, 0, text), ...sizes.map((size, i) => received(2 + i, 2 + i, starts[i], text.slice(0, size))),
  );
  const { receives } = axisLayout(streamOf(events), frame(0, 1650));
  assert.deepEqual(receives.map(({ start }) => start), starts);
  assert.ok(receives.every(({ width }) => width >= 3));
});

test("thousands of sends draw no more boxes than there are pixels", () => {
  const events = recording(...Array.from({ length: 5000 }, (_, i) => sent(i, i + 1, i, "x")));
  assert.ok(axisLayout(streamOf(events), frame(0, 5000)).sends.length <= 601);
});

test("tick labels never run into each other", () => {
  const events = recording(...Array.from({ length: 60 }, (_, i) => sent(i, i + 1, i, "x")));
  const labels = axisLayout(streamOf(events), frame(0, 60)).ticks.filter((tick) => tick.label);
  labels.slice(1).forEach((tick, i) => assert.ok(tick.x - labels[i].x >= 20));
});

test("a zoom keeps the byte under the pointer, and stays within the stream", () => {
  assert.deepEqual(zoomed({ from: 0, to: 100 }, 100, 0.5, 40), { from: 20, to: 70 });
  assert.deepEqual(zoomed({ from: 0, to: 50 }, 100, 8, 0), { from: 0, to: 100 });
  assert.deepEqual(panned({ from: 10, to: 30 }, 100, 500), { from: 80, to: 100 });
});

test("the longest label that fits is taken", () => {
  const measure = (text) => text.length;
  assert.deepEqual([fitting(["long", "s"], 3, measure), fitting(["long", "s"], 0, measure)], ["s", ""]);
});
