import assert from "node:assert/strict";
import { test } from "node:test";

import { lostBoxes, waitingEnd } from "../../static/js/model/lost.js";

/** @typedef {import("../../static/js/model/state.js").Finding} Finding */

/** @param {number} start @param {number} end */
const place = (start, end) => ({ start, end, x: start, width: end - start });

/**
 * @param {Finding["kind"]} kind
 * @param {[number, number]} range
 * @param {number[]} [cuts]
 * @param {number} [lost]
 * @returns {Finding}
 */
const finding = (kind, [start, end], cuts = [], lost = 0) => ({ kind, start, end, cuts, lost });

test("of a truncated datagram what follows the cut is lost, of a dropped one all", () => {
  const boxes = lostBoxes([finding("truncated", [0, 8], [4]), finding("dropped", [8, 24], [16], 2)], place);
  assert.deepEqual(boxes.map(({ kind, start, end }) => [kind, start, end]), [["truncated", 4, 8], ["dropped", 8, 24]]);
});

test("one of three: the box says how many of how many", () => {
  const [box] = lostBoxes([finding("dropped", [0, 30], [10, 20], 1)], place);
  assert.deepEqual([box?.lost, box?.among], [1, 3]);
});

test("a boundary that moved loses nothing", () => {
  assert.deepEqual(lostBoxes([finding("sticky", [0, 15], [12]), finding("split", [0, 9], [4])], place), []);
});

test("what is lost at the end does not wait any more", () => {
  const found = [finding("dropped", [8, 24], [16], 2), finding("unreachable", [24, 30], [], 1)];
  assert.equal(waitingEnd(found, 30), 8);
});

test("of which it is not known that all are lost may still wait", () => {
  assert.equal(waitingEnd([finding("dropped", [8, 24], [16], 1)], 24), 24);
});
