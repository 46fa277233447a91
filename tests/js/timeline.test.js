import assert from "node:assert/strict";
import test from "node:test";

import { FoldedClock } from "../../static/js/model/fold.js";
import { Store } from "../../static/js/model/store.js";
import { longestFirst, nearest, spaced, timelineLayout, timelineScale } from "../../static/js/model/timeline.js";
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
