import assert from "node:assert/strict";
import test from "node:test";

import { keepingCells, spread } from "../../static/js/model/spread.js";

const tall = (rows) => ({ all: 400, lean: 350, bare: 300 })[rows];

test("one stream is drawn as large as the height allows, up to a bound", () => {
  assert.deepEqual(spread(1, 600, tall), { rows: "all", columns: 1, scale: 1.5, count: 1 });
  assert.equal(spread(1, 4000, tall).scale, 1.8);
});

test("rows are left out before text becomes too small", () => {
  assert.deepEqual(spread(2, 760, tall), { rows: "all", columns: 1, scale: 0.95, count: 2 });
  assert.equal(spread(2, 740, tall).rows, "lean");
  assert.equal(spread(2, 600, tall).rows, "bare");
});

test("more than two stand beside each other; those that do not fit are left out", () => {
  const { columns, count, rows } = spread(4, 670, tall);
  assert.deepEqual([columns, count, rows], [2, 4, "lean"]);
  assert.equal(spread(9, 600, tall).count, 4);
  assert.equal(spread(9, 100, tall).count, 2);
});

test("whatever the height, nothing is drawn smaller than can be read", () => {
  for (let height = 50; height < 2000; height += 37) {
    for (let count = 1; count < 13; count += 1) {
      const plan = spread(count, height, tall);
      assert.ok(plan.scale >= 0.95 && plan.count >= 1);
    }
  }
});

test("text does not grow so far that the bytes lose their cells", () => {
  const axis = { width: 1400, label: 170, cell: 14 };
  assert.equal(keepingCells(1.5, { ...axis, extent: 20 }), 1.5);
  assert.equal(keepingCells(1.5, { ...axis, extent: 60 }), 1400 / (170 + 60 * 14));
  assert.equal(keepingCells(1.5, { ...axis, extent: 5000 }), 1.5);
});
