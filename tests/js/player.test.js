import assert from "node:assert/strict";
import test from "node:test";

import {
  DWELL_MS, edge, findingFrom, inMode, newPlayer, seek, tick, toEdge, toggle,
} from "../../static/js/model/player.js";

/** Steps 1 ms apart on the folded clock. */
const steps = (count, closed = true) => ({ count, closed, at: (step) => step * 1e6 });
const playing = { ...newPlayer(), playing: true };

/** Plays for some ms in frames of 20 ms. */
function play(player, road, ms) {
  for (let left = ms; left > 0; left -= 20) player = tick(player, road, 20);
  return player;
}

test("by event, every step has the same screen time", () => {
  const at = (ms) => play(playing, steps(10), ms).step;
  assert.deepEqual([20, DWELL_MS, DWELL_MS + 20, 3 * DWELL_MS + 20].map(at), [0, 1, 1, 3]);
});

test("a lesson of 25 steps takes about 20 seconds", () => {
  assert.equal(play(playing, steps(25), 18_000).playing, true);
  assert.equal(play(playing, steps(25), 21_000).playing, false);
});

test("speed divides the screen time", () => {
  assert.equal(play({ ...playing, speed: 4 }, steps(100), DWELL_MS * 5).step, 20);
});

test("by time, screen time is run time by the factor", () => {
  const player = { ...playing, mode: "time", factor: 1 / 1000 };
  assert.equal(play(player, steps(10), 3500).step, 3);
});

test("a step long in coming shows at once, and those behind it at the usual pace", () => {
  const waited = play(playing, steps(1, false), 10_000);
  assert.deepEqual([waited.step, edge(waited, steps(1, false))], [0, "live"]);
  const more = tick(waited, steps(5, false), 20);
  assert.deepEqual([more.step, edge(more, steps(5, false))], [1, "behind"]);
  assert.equal(play(more, steps(5, false), DWELL_MS - 40).step, 1);
});

test("at the live edge, by the reader's wish, new steps show as they come", () => {
  const player = toEdge(newPlayer(), steps(3, false));
  assert.equal(edge(player, steps(3, false)), "live");
  assert.equal(tick(player, steps(9, false), 20).step, 8);
});

test("the end of a closed recording stops the player; play starts over", () => {
  const over = play(playing, steps(2), 5000);
  assert.deepEqual([over.step, over.playing], [1, false]);
  const again = toggle(over, steps(2));
  assert.deepEqual([again.step, again.playing], [0, true]);
});

test("a step taken by hand pauses, and stays within the recording", () => {
  assert.deepEqual([seek(playing, steps(5), 99).step, seek(playing, steps(5), -3).step], [4, 0]);
  assert.equal(seek(playing, steps(5), 2).playing, false);
});

test("a browser that slept does not skip what it missed", () => {
  assert.equal(tick({ ...playing, step: 3 }, steps(50), 60_000).step, 3);
});

test("before the first step nothing moves", () => {
  assert.equal(tick(playing, steps(0, false), 500).step, -1);
  assert.equal(seek(playing, steps(0, false), 4).step, -1);
});

test("by time starts at the event that is shown, at a pace one can sit through", () => {
  const road = steps(101);
  const player = inMode(seek(newPlayer(), road, 40), road, "time");
  assert.deepEqual([player.step, player.cursor], [40, 40e6]);
  assert.ok(100e6 / player.factor <= 40e9);
});

test("findings are found in both directions", () => {
  assert.deepEqual([findingFrom([4, 9], 4, 1), findingFrom([4, 9], 4, -1), findingFrom([4, 9], 6, -1)], [9, null, 4]);
});
