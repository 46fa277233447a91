import assert from "node:assert/strict";
import { test } from "node:test";
import { pacer } from "../../static/js/pace.js";

const FRAME = 16;

/**
 * A browser that draws in frames of 16 ms; each part takes as long as it is said to.
 *
 * @param {number} frames
 * @param {number[]} costs of the parts, ms
 * @returns {string[]} a word for each frame: the parts that were drawn in it, "-" for none
 */
function drawn(frames, costs) {
  let now = 0;
  /** @type {(() => void)[]} */
  const later = [];
  const pace = pacer({ now: () => now, after: (then) => later.push(then) });
  const words = [];
  let word = "";
  for (let frame = 0; frame < frames; frame += 1) {
    const at = frame * FRAME;
    now = Math.max(now, at);
    if (now > at) {  // this frame is missed
      words.push("…");
      continue;
    }
    word = "";
    const parts = costs.map((cost, i) => () => {
      word += "ab"[i];
      now += cost;
    });
    pace.draw(at, () => [...parts]);
    for (const then of later.splice(0)) then();
    words.push(word || "-");
  }
  return words;
}

test("what is drawn quickly is drawn in every frame, all at once", () => {
  assert.deepEqual(drawn(4, [3, 2]), ["ab", "ab", "ab", "ab"]);
});

test("what takes long is drawn in parts, and then the page rests as long", () => {
  assert.deepEqual(drawn(9, [10, 12]), ["ab", "…", "-", "a", "b", "-", "a", "b", "-"]);
});

test("one long frame makes no long pause", () => {
  const words = drawn(126, [2000, 0]);
  assert.equal(words[125], "a", "the first that is not missed");
});

test("a part that takes little lets the next one into its frame", () => {
  assert.deepEqual(drawn(4, [2, 14]), ["ab", "-", "ab", "-"]);
});
