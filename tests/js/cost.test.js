import assert from "node:assert/strict";
import test from "node:test";

import { costsOf, decades, numbersOf } from "../../static/js/model/cost.js";
import { Store } from "../../static/js/model/store.js";
import { recording, waited, watching } from "./events.js";

const took = (t, call, watched, ns, more = {}) => waited(t, call, watched, [], { began: t - ns, timeout: 0, ...more });

function costs(...events) {
  const store = new Store();
  store.append(recording(...events));
  return costsOf(store.waits, store.waits.count);
}

test("the median of the calls for each number of descriptors", () => {
  const [{ kind, points }] = costs(took(9000, 1, 10, 300), took(9001, 2, 10, 100), took(9002, 3, 10, 200), took(9003, 4, 100, 900));
  assert.equal(kind, "select");
  assert.deepEqual(points.map(({ watched, median, count }) => [watched, median, count]), [[10, 200, 3], [100, 900, 1]]);
});

test("a wait that waited does not tell what a call costs", () => {
  const call = { process: "server", call: 2, op: "select", poller: 1, watched: 10 };
  const [{ points }] = costs(
    took(9000, 1, 10, 300, { ready: [[3, 1]], timeout: -1 }), took(9001, 3, 10, 500, { timeout: 5_000_000 }),
    { type: "call.blocked", t: 9100, ...call }, took(99_000, 2, 10, 90_000, { ready: [[3, 1]], timeout: -1 }),
  );
  assert.deepEqual(points.map(({ count, median }) => [count, median]), [[1, 300]]);
});

test("each kind has its line, and select the exception at which it ends", () => {
  const series = costs(
    took(9000, 1, 1000, 300), watching(9001, [], { poller: 2, kind: "epoll" }),
    took(9002, 2, 1000, 50, { poller: 2, op: "epoll_wait" }),
    took(9003, 3, 2000, 70, { ready: null, error: "ValueError", message: "filedescriptor out of range in select()" }),
  );
  assert.deepEqual(series.map(({ kind, stop }) => [kind, stop?.watched]), [["select", 2000], ["epoll", undefined]]);
  assert.match(series[0].stop.text, /^ValueError: filedescriptor out of range/);
  assert.deepEqual(numbersOf(series), [1000]);
});

test("where each call asks about another number, those near one another are put together", () => {
  const series = costs(...Array.from({ length: 300 }, (_, i) => took(9000 + i, i, i + 1, 100 + i)));
  assert.deepEqual(numbersOf(series), [1, 2, 5, 10, 20, 50, 100, 200]);
  assert.equal(series[0].points.reduce((sum, { count }) => sum + count, 0), 300);
});

test("an axis runs over whole powers of ten", () => {
  assert.deepEqual([decades([3, 800]), decades([10, 10]), decades([])], [[0, 3], [1, 2], [0, 1]]);
});
