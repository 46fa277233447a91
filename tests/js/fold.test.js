import assert from "node:assert/strict";
import test from "node:test";

import { FoldedClock } from "../../static/js/model/fold.js";

const times = [0, 10_000, 20_000, 30_000, 200_030_000, 200_040_000];

test("a long gap is folded, and its real duration kept", () => {
  const clock = FoldedClock.of(times);
  assert.deepEqual(clock.folds.map(({ from, to }) => [from, to]), [[30_000, 200_030_000]]);
  assert.deepEqual([...clock.places.view()], [0, 10_000, 20_000, 30_000, 50_000, 60_000]);
});

test("time goes on inside a fold, only faster, and never backwards", () => {
  const clock = FoldedClock.of(times);
  const places = [-5, 0, 15_000, 30_000, 100_000_000, 200_030_000, 200_040_000, 200_041_000, 9e9].map((time) => clock.place(time));
  places.slice(1).forEach((place, i) => assert.ok(place >= places[i]));
  assert.equal(clock.place(15_000), 15_000);
});

test("equal distances have no folds", () => {
  assert.deepEqual(FoldedClock.of([0, 1e9, 2e9, 3e9]).folds, []);
});

test("an empty recording has a clock too", () => {
  const clock = FoldedClock.of([]);
  assert.deepEqual([clock.length, clock.place(50)], [0, 0]);
});
