import assert from "node:assert/strict";
import test from "node:test";

import { Contents } from "../../static/js/model/contents.js";
import { knownOf } from "../../static/js/model/known.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { received, recording, sendStarted, sent } from "./events.js";

const known = (...events) => knownOf(recording(...events).reduce(reduce, initialState()).streams.get("1>"));
const text = (bytes) => Buffer.from(bytes).toString();

test("what several sends wrote is read as one", () => {
  const { bytes } = known(sent(1, 1, 0, "good "), sent(2, 2, 5, "morning"));
  assert.deepEqual([text(bytes(0, 12)), text(bytes(3, 7)), text(bytes(5, 5))], ["good morning", "d mo", ""]);
});

test("of a long call only the first bytes are known, and what follows a hole is found", () => {
  const { bytes, next } = known(sent(1, 1, 0, "head", { end: 100 }), sent(2, 2, 100, "tail"));
  assert.deepEqual([text(bytes(0, 104)), bytes(4, 8).length, text(bytes(100, 104))], ["head", 0, "tail"]);
  assert.deepEqual([next(0), next(4), next(101), next(104)], [0, 100, 101, Infinity]);
});

test("a recv tells what a send that has not returned wrote", () => {
  const { bytes } = known(sendStarted(1, 1, 0, 8), received(2, 2, 0, "abc"));
  assert.equal(text(bytes(0, 8)), "abc");
});

test("what a send that has not returned writes is told by its return, later in the recording", () => {
  const before = recording(sendStarted(1, 1, 0, 3)).reduce(reduce, initialState()).streams.get("1>");
  const contents = new Contents();
  assert.deepEqual(contents.underway(before), []);
  contents.add(sent(2, 1, 0, "sir"));
  assert.equal(text(knownOf(before, contents.underway(before)).bytes(0, 3)), "sir");
  const after = recording(sendStarted(1, 1, 0, 3), sent(2, 1, 0, "sir")).reduce(reduce, initialState()).streams.get("1>");
  assert.deepEqual(contents.underway(after), []);
});

test("sends of several threads are known in the order of their bytes", () => {
  const { bytes } = known(sent(1, 1, 3, "def"), sent(2, 2, 0, "abc"));
  assert.equal(text(bytes(0, 6)), "abcdef");
});
