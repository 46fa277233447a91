import assert from "node:assert/strict";
import test from "node:test";

import { FoldedClock } from "../../static/js/model/fold.js";
import { Store } from "../../static/js/model/store.js";
import { longestFirst, nearest, spaced, timeLabels, timelineLayout, timelineScale } from "../../static/js/model/timeline.js";
import { caption, recording, started, stickyRun } from "./events.js";

function laidOut(events, mode) {
  const store = new Store();
  store.append(events);
  const clock = FoldedClock.of(Array.from({ length: store.stepCount }, (_, step) => store.stepTime(step)));
  const frame = { mode, width: 1200, column: 60, bar: 4 };
  const scale = timelineScale(store, clock, frame);
  const layout = timelineLayout(store, clock, { ...frame, step: store.stepCount - 1, from: 0, to: scale.length });
  return { store, clock, layout, scale };
}

test("a lane for each process, the client's above the server's", () => {
  assert.deepEqual(laidOut(stickyRun(), "event").layout.lanes, ["client", "server"]);
});

test("by event, every step has the same width and the playhead stands at its end", () => {
  const { layout, scale, store } = laidOut(stickyRun(), "event");
  assert.equal(layout.times.length, store.stepCount);
  const ends = layout.times.map((_, step) => scale.playhead(step, 0));
  assert.deepEqual(layout.times.map(({ x }) => x), [0, ...ends.slice(0, -1)]);
  assert.equal(new Set(ends.map((x, i) => x - (ends[i - 1] ?? 0))).size, 1);
});

const call = { process: "server", call: 1, op: "accept", line: 6 };
const accept = recording(
  started(0, "server", "server"), { type: "call.started", t: 10_000, ...call, ...caption() },
  { type: "call.blocked", t: 20_000, ...call, ...caption() }, started(30_000, "client", "client"),
  { type: "call.returned", t: 90_000, began: 10_000, ...call, ...caption() },
);

for (const mode of ["event", "time"]) {
  test(`a call is a bar from its start to its return, asleep from where it blocked (by ${mode})`, () => {
    const [bar] = laidOut(accept, mode).layout.bars;
    assert.ok(bar.sleep > bar.x && bar.sleep < bar.x + bar.width);
  });

  test(`a call that has not returned reaches to the newest event (by ${mode})`, () => {
    const { layout, scale, clock } = laidOut(accept.slice(0, 4), mode);
    const [bar] = layout.bars;
    const end = scale.playhead(scale.count - 1, clock.length);
    assert.ok(Math.abs(bar.x + bar.width - end) < scale.length * 0.02);
  });
}

test("calls of one step stand side by side", () => {
  const silent = (n) => ({ type: "call.returned", t: n, began: n - 1, process: "server", call: n, op: "getsockname" });
  const { layout } = laidOut(recording(started(1, "server", "server"), silent(2), silent(3)), "event");
  assert.ok(layout.bars[0].x + layout.bars[0].width <= layout.bars[1].x);
});

const vain = (n, again, more = {}) => ({
  type: "call.returned", t: 10_000 * n, began: 10_000 * n - 1, process: "server", thread: 7, call: n, op: "recv",
  error: "BlockingIOError", again, ...more,
});
const spinning = recording(
  started(1, "server", "server"), vain(1, 0, caption()), ...Array.from({ length: 3000 }, (_, n) => vain(n + 2, n + 1)),
  { ...vain(3002, 0, caption()), error: null, count: 5, moved: "received" },
);

for (const mode of ["event", "time"]) {
  test(`a call made again and again for nothing is one bar with their number (by ${mode})`, () => {
    const { bars } = laidOut(spinning, mode).layout;
    assert.deepEqual(bars.map(({ row }) => [row.times, row.ended]), [[3001, 30_010_000], [1, 30_020_000]]);
  });
}

test("one of them during which something else happened is no bar of its own", () => {
  const start = { ...vain(3, 0), type: "call.started" };
  const { bars } = laidOut(recording(started(1, "server", "server"), vain(2, 0, caption()), start, vain(3, 1)), "event").layout;
  assert.deepEqual(bars.map(({ row }) => [row.times, row.ended]), [[2, 30_000]]);
});

test("also the part of the line in the middle of it has its bar", () => {
  const store = new Store();
  store.append(spinning.map((event, i) => (i % 100 ? event : { ...event, ...caption() })));
  const frame = { mode: "event", width: 1200, column: 60, bar: 4, step: 25, from: 60 * 24, to: 60 * 26 };
  const [bar] = timelineLayout(store, FoldedClock.of([0]), frame).bars;
  assert.equal(bar.row.times, 3001);
});

test("a folded gap is a break with its duration", () => {
  const { layout } = laidOut(stickyRun(), "event");
  assert.deepEqual(layout.breaks.map(({ ns }) => ns), [199_995_000]);
});

test("a drag lands on the nearest step", () => {
  assert.deepEqual([-9, 14, 16, 999].map((x) => nearest([10, 20, 30], x)), [0, 0, 1, 2]);
  assert.equal(nearest([], 5), -1);
  const { scale } = laidOut(stickyRun(), "event");
  const [first, second] = [scale.playhead(0), scale.playhead(1)];
  assert.deepEqual([-9, first, second - 1, 1e9].map(scale.stepAt), [0, 0, 1, scale.count - 1]);
  assert.equal(laidOut([], "event").scale.stepAt(5), -1);
});

test("labels that would overlap are left out, of breaks the shorter ones", () => {
  const marks = [{ x: 0, ns: 1 }, { x: 10, ns: 9 }, { x: 50, ns: 2 }];
  assert.deepEqual(spaced(marks, () => 20).map(({ x }) => x), [0, 50]);
  assert.deepEqual(longestFirst(marks, 20).map(({ x }) => x), [10, 50]);
});

test("times count from the end of the last gap, and are told apart", () => {
  const times = [0, 10, 20, 30, 1_000_000, 1_000_010].map((us, i) => started(us * 1000, `p${i}`, "client"));
  const { clock, layout } = laidOut(recording(...times), "event");
  assert.equal(clock.folds.length, 1);
  assert.deepEqual(layout.times.map(({ ns, since }) => [ns / 1000, since / 1000]), [
    [0, 0], [10, 10], [20, 20], [30, 30], [1_000_000, 0], [1_000_010, 10],
  ]);
});

test("how late it is after a gap is written before anything else, and nothing twice in a row", () => {
  const times = [[0, 0], [10, 1], [50, 1], [95, 2], [100, 0], [140, 0]].map(([x, since]) => ({ x, ns: 7, since }));
  const text = ({ ns, since }) => (since ? `+${since}` : `${ns}`);
  assert.deepEqual(timeLabels(times, text, 40), [{ x: 0, text: "7" }, { x: 50, text: "+1" }, { x: 100, text: "7" }]);
});
