import assert from "node:assert/strict";
import test from "node:test";

import { Shared } from "../../static/js/model/shared.js";

const filled = (keys) => keys.reduce((map, key) => map.with(key, `is ${key}`), new Shared());
const sorted = (map) => [...map.values()].sort();

test("it holds what a map holds, for numbers and for texts", () => {
  const keys = Array.from({ length: 5000 }, (_, i) => (i % 2 ? i * 7919 : `127.0.0.1:${i}`));
  const map = filled(keys);
  assert.equal(map.size, 5000);
  for (const key of keys) assert.equal(map.get(key), `is ${key}`);
  assert.equal(map.get("nobody"), undefined);
  assert.deepEqual(sorted(map), keys.map((key) => `is ${key}`).sort());
});

test("a version stays as it was", () => {
  const before = filled([1, 2, 33]);
  const after = before.with(2, "new").with(65, "more").without(33);
  assert.deepEqual([before.get(2), before.get(33), before.get(65), before.size], ["is 2", "is 33", undefined, 3]);
  assert.deepEqual([after.get(2), after.get(33), after.get(65), after.size], ["new", undefined, "more", 3]);
});

test("texts with the same hash are kept apart", () => {
  // Two that FNV-1a of 32 bits cannot tell apart.
  const [one, other] = ["costarring", "liquid"];
  const map = new Shared().with(one, 1).with(other, 2);
  assert.deepEqual([map.get(one), map.get(other), map.size], [1, 2, 2]);
  assert.deepEqual([map.without(one).get(other), map.without(one).get(one)], [2, undefined]);
});

test("to put what is there already, or to take away what is not, changes nothing", () => {
  const map = filled([1]);
  assert.equal(map.with(1, "is 1"), map);
  assert.equal(map.without(2), map);
});

test("a new version of a big map shares almost all of it", () => {
  const before = filled(Array.from({ length: 10_000 }, (_, i) => i));
  const after = before.with(77, "new");
  const kept = after.root.places.filter((place, i) => place === before.root.places[i]);
  assert.equal(kept.length, 31);
});
