import assert from "node:assert/strict";
import test from "node:test";

import { MUCH, progressOfBody, progressOfStream } from "../../static/js/model/progress.js";
import { newStream } from "../../static/js/model/streams.js";

test("a stream that carries much tells how far it is, and one that carries little does not", () => {
  const stream = { ...newStream("1>"), done: 50_000, received: 20_000 };
  assert.equal(progressOfStream(stream, MUCH), null);
  assert.deepEqual(progressOfStream(stream, 100_000), { received: 20_000, sent: 50_000, total: 100_000 });
  assert.deepEqual(progressOfStream(undefined, 100_000), { received: 0, sent: 0, total: 100_000 });
});

test("of a send that has not returned at least what was read of it was sent", () => {
  const stream = { ...newStream("1>"), done: 0, received: 20_000 };
  assert.equal(progressOfStream(stream, 100_000)?.sent, 20_000);
});

test("the body that is being read is as long as its header says", () => {
  const framing = { kind: "length", size: 4 };
  const frame = { start: 10, body: 14, tail: 26, end: 26, declared: 12n, state: "partial" };
  const at = (holds, came) => progressOfBody({ frame, holds, wants: 0 }, framing, came);
  assert.equal(at(2, 20), null);
  assert.deepEqual(at(9, 20), { received: 5, sent: 6, total: 12 });
  assert.equal(progressOfBody(null, framing, 20), null);
});
