import assert from "node:assert/strict";
import test from "node:test";

import { MOST_FRAMES, framesOf, readingOf } from "../../static/js/model/framing.js";

const BIG = { kind: "length", size: 4, order: "big" };
const LITTLE = { kind: "length", size: 2, order: "little" };
const DIGITS = { kind: "text", size: 4 };
const LINES = { kind: "delimiter", delimiter: "\r\n" };
const FIXED = { kind: "fixed", size: 8 };

/** A stream of these bytes, of which only the first `kept` are known. */
function stream(text, { ended = false, kept = Infinity } = {}) {
  const all = typeof text === "string" ? new TextEncoder().encode(text) : Uint8Array.from(text);
  return { bytes: (from, to) => all.subarray(from, Math.min(to, kept)), end: all.length, ended };
}

const spans = ({ frames }) => frames.map(({ start, body, tail, end, state }) => [start, body, tail, end, state]);

test("a length in front: header, body, the next header, as often as there are", () => {
  const found = framesOf(BIG, stream([0, 0, 0, 2, 65, 66, 0, 0, 0, 0, 0, 0, 0, 1, 67]));
  assert.deepEqual(spans(found), [[0, 4, 6, 6, "whole"], [6, 10, 10, 10, "whole"], [10, 14, 15, 15, "whole"]]);
});

test("the least significant byte first, where that was agreed", () => {
  assert.deepEqual(spans(framesOf(LITTLE, stream([3, 0, 1, 2, 3]))), [[0, 2, 5, 5, "whole"]]);
});

test("eight bytes say more than 32 bits can", () => {
  const [frame] = framesOf({ ...BIG, size: 8 }, stream([0, 0, 0, 1, 0, 0, 0, 0, 7])).frames;
  assert.deepEqual([frame.declared, frame.state], [2n ** 32n, "partial"]);
});

test("a header that is not whole yet, then one whose body is still coming", () => {
  assert.deepEqual(spans(framesOf(BIG, stream([0, 0]))), [[0, 2, 2, 2, "partial"]]);
  assert.deepEqual(spans(framesOf(BIG, stream([0, 0, 0, 9, 65]))), [[0, 4, 13, 13, "partial"]]);
});

test("a header that promised more than came is a lie once the stream has ended", () => {
  const [frame] = framesOf(BIG, stream([255, 255, 255, 255, 65], { ended: true })).frames;
  assert.deepEqual([frame.declared, frame.state], [2n ** 32n - 1n, "short"]);
});

test("decimal digits, padded; and what is no number", () => {
  assert.deepEqual(spans(framesOf(DIGITS, stream("0002hi   3yo"))), [[0, 4, 6, 6, "whole"], [6, 10, 13, 13, "partial"]]);
  assert.deepEqual(spans(framesOf(DIGITS, stream("5hello"))), [[0, 4, 6, 6, "malformed"]]);
});

test("a delimiter ends each message; the last one waits for its own", () => {
  assert.deepEqual(spans(framesOf(LINES, stream("ab\r\n\r\ncd\r"))), [
    [0, 0, 2, 4, "whole"], [4, 4, 4, 6, "whole"], [6, 6, 9, 9, "partial"],
  ]);
});

test("a delimiter is found across the pieces in which it is looked for", () => {
  for (const length of [4094, 4095, 4096, 4097]) {
    assert.deepEqual(spans(framesOf(LINES, stream("x".repeat(length) + "\r\n"))), [[0, 0, length, length + 2, "whole"]]);
  }
});

test("very many frames are not looked for, and this is said", () => {
  const found = framesOf({ kind: "fixed", size: 1 }, stream("x".repeat(MOST_FRAMES + 1)));
  assert.deepEqual([found.frames.length, found.rest, found.why], [MOST_FRAMES, MOST_FRAMES, "many"]);
});

test("frames of one size", () => {
  assert.deepEqual(spans(framesOf(FIXED, stream("12345678123"))), [[0, 0, 8, 8, "whole"], [8, 8, 16, 16, "partial"]]);
});

test("where the content was not kept, frames end in the unknown; a body need not be known", () => {
  const long = new Array(104).fill(0);
  long[3] = 96;
  long[103] = 5;
  assert.deepEqual(framesOf(BIG, stream(long, { kept: 50 })), {
    frames: [{ start: 0, body: 4, tail: 100, end: 100, declared: 96n, state: "whole" }], rest: 100, why: "unknown",
  });
  assert.equal(framesOf(LINES, stream("abc\r\n", { kept: 2 })).rest, 0);
});

test("what the reader holds, and what it still wants", () => {
  const found = framesOf(BIG, stream([0, 0, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0, 1]));
  const at = (read) => {
    const reading = readingOf(found, read, BIG);
    return reading && [reading.holds, reading.wants];
  };
  assert.deepEqual([0, 2, 4, 7, 10, 12, 14].map(at), [null, [2, 2], [4, 6], [7, 3], null, [2, 2], [4, 1]]);
});

test("a reader of lines cannot know how much it still wants", () => {
  const found = framesOf(LINES, stream("hello"));
  assert.equal(readingOf(found, 3, LINES).wants, null);
});
