import assert from "node:assert/strict";
import test from "node:test";

import { READ } from "../../static/js/model/masks.js";
import { rasterOf, shades, waitAt } from "../../static/js/model/raster.js";
import { Store } from "../../static/js/model/store.js";
import { recording, waited, watching } from "./events.js";

const frame = { width: 600, height: 230, row: 32, pitch: 26, least: 3 };
const interest = (fd) => ({ fd, mask: READ, what: "connection" });

function stored(...events) {
  const store = new Store();
  store.append(recording(...events));
  const { waits } = store;
  const asker = waits.askers.get(1);
  return { waits, asker, raster: (done = asker.waits.length) => rasterOf(waits, asker, done, frame) };
}

const few = stored(
  watching(1, [interest(3)]), waited(10, 1, 1, [[3, READ]]), watching(11, [interest(4)]), waited(20, 2, 2, []),
  watching(21, [], { removed: [3] }), waited(30, 3, 1, [[4, READ]]),
);

test("a column for each wait, a row for each descriptor, a mark where it was ready", () => {
  const { columns, rows, marks } = few.raster();
  assert.equal(columns.length, 3);
  assert.deepEqual(rows.map(({ fd }) => fd), [3, 4]);
  assert.deepEqual(marks.map(({ fd, x }) => [fd, x / 26]), [[3, 0], [4, 2]]);
});

test("a dot only where it was asked about", () => {
  const { dots, rows } = few.raster();
  const of = (fd) => dots.filter(({ y }) => y === rows.find((row) => row.fd === fd).y).map(({ x }) => x / 26);
  assert.deepEqual([of(3), of(4)], [[0, 1], [1, 2]]);
});

test("the current column is that of the last wait that has returned", () => {
  assert.deepEqual([0, 1, 3].map((done) => few.raster(done).current), [-1, 0, 2]);
});

test("a click names the wait of its column", () => {
  assert.deepEqual([-5, 27, 9999].map((x) => waitAt(few.raster(), x)), [0, 1, 2]);
});

const fds = Array.from({ length: 10_000 }, (_, i) => i + 10);
const many = stored(
  watching(1, fds.map(interest)), ...Array.from({ length: 500 }, (_, i) => waited(10 + i, i + 1, 10_000, [[10 + i * 20, READ]])),
);

test("ten thousand descriptors and five hundred waits are pixels, without anything outside", () => {
  const { columns, rows, marks, perRow, height } = many.raster();
  assert.equal(rows.length, 0);
  assert.ok(Math.abs(perRow - 10_000 / 230) < 0.1);
  assert.equal(columns.length, 200);
  assert.equal(marks.length, 200);
  assert.ok(marks.every(({ x, y }) => x >= 0 && x < 600 && y >= 0 && y < height));
});

test("of more waits than columns those around the current one are shown", () => {
  const { columns, current, hidden } = many.raster(100);
  assert.deepEqual([columns[current].wait, hidden], [99, 300]);
  const last = many.raster(500);
  assert.equal(last.columns[last.current].wait, 499);
});

test("how much of each row of pixels was asked about is exact", () => {
  const half = stored(
    watching(1, fds.map(interest)), waited(10, 1, 10_000, []),
    watching(11, [], { removed: fds.slice(5000) }), waited(20, 2, 5000, []),
  );
  const shade = shades(half.asker, half.raster(), 100);
  assert.ok(shade.slice(1, 99).every((share) => share > 0.95));
  assert.ok(shade.slice(102, 148).every((share) => share > 0.95));
  assert.ok(shade.slice(152, 200).every((share) => share === 0));
});
