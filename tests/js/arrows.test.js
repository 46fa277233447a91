import assert from "node:assert/strict";
import test from "node:test";

import { segmentLabel } from "../../static/js/model/arrows.js";
import { FoldedClock } from "../../static/js/model/fold.js";
import { Store } from "../../static/js/model/store.js";
import { timelineLayout } from "../../static/js/model/timeline.js";
import { bare, connected, recording, segment, sent, started } from "./events.js";

const run = recording(
  started(1_000, "server", "server"), started(2_000, "client", "client"), connected(3_000),
  bare(4_000, "client", "SYN"), bare(5_000, "server", "SYN ACK"), sent(6_000, 1, 0, "hello"), segment(7_000, 0, 5),
  bare(8_000, "server", "ACK", { sender: null }),
);

function arrows(mode) {
  const store = new Store();
  store.append(run);
  const clock = FoldedClock.of(Array.from({ length: store.stepCount }, (_, step) => store.stepTime(step)));
  return timelineLayout(store, clock, { mode, width: 1200, column: 60, bar: 4, step: 0, from: 0, to: 1200 }).arrows;
}

for (const mode of ["event", "time"]) {
  test(`segments go from their sender's lane to the other's, in order (by ${mode})`, () => {
    const { list, wire } = arrows(mode);
    assert.deepEqual(list.slice(0, 3).map(({ from, to }) => [from, to]), [[0, 1], [1, 0], [0, 1]]);
    assert.ok(list.every(({ x }, i) => i === 0 || x > list[i - 1].x));
    assert.equal(wire, 0.5);
  });
}

test("an end that no process of the run holds is at the wire", () => {
  const { from, to } = arrows("event").list[3];
  assert.deepEqual([from, to], [0.5, 0]);
});

test("a segment knows the send it carries, one without data knows none", () => {
  const { segments } = arrows("event");
  assert.deepEqual([0, 1, 2, 3].map((i) => segments.sendOf(i)), [0, 0, 1, 0]);
});

test("a label names the data, or the flag that matters", () => {
  assert.deepEqual(
    [["PSH ACK", 12], ["FIN PSH ACK", 3], ["SYN", 0], ["SYN ACK", 0], ["FIN ACK", 0], ["RST ACK", 0], ["ACK", 0]].map(
      ([flags, length]) => segmentLabel(flags, length),
    ),
    ["12 B", "3 B FIN", "SYN", "SYN ACK", "FIN", "RST", "ACK"],
  );
});
