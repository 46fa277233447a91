import assert from "node:assert/strict";
import test from "node:test";

import { entries } from "../../static/js/model/log.js";
import { reduce } from "../../static/js/model/reduce.js";
import { initialState } from "../../static/js/model/state.js";
import { CHECKPOINT_EVERY, Store } from "../../static/js/model/store.js";
import { caption, recording, sent, stickyRun } from "./events.js";

function stored(events) {
  const store = new Store();
  store.append(events);
  return store;
}

test("a step is an event with a caption and the silent events behind it; earlier silent ones go with the first", () => {
  const silent = { type: "run.started", t: 0 };
  const store = stored(recording(silent, { ...silent, ...caption() }, silent, silent, { ...silent, ...caption() }));
  assert.equal(store.stepCount, 2);
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => store.steps.at(i)), [0, 0, 0, 0, 1]);
  assert.deepEqual([store.lastOfStep(0), store.lastOfStep(1)], [3, 4]);
});

test("the last step takes in silent events that come later", () => {
  const events = stickyRun();
  const store = stored(events.slice(0, 8));
  const before = store.stateAt(store.stepCount - 1);
  store.append(events.slice(8, 9));
  const after = store.stateAt(store.stepCount - 1);
  assert.equal(before.processes.server.output.length, 0);
  assert.equal(after.processes.server.output.length, 1);
});

/** Thousands of sends, so that several checkpoints are made. */
function long() {
  let offset = 0;
  return recording(...Array.from({ length: 3000 }, (_, i) => {
    const event = sent(i * 10, i + 1, offset, "ab");
    offset += 2;
    return event;
  }));
}

test("a jump gives the state that playing there gives", () => {
  const events = long();
  const store = stored(events);
  for (const step of [2999, 0, 1500, 1499, 255, 256, 2000, 3, 2999]) {
    const played = events.slice(0, step + 1).reduce(reduce, initialState());
    const jumped = store.stateAt(step);
    assert.equal(jumped.seq, played.seq);
    assert.deepEqual(entries(jumped.streams.get("1>").sends), entries(played.streams.get("1>").sends));
  }
});

test("a jump folds at most the events since a checkpoint", () => {
  const store = stored(long());
  assert.equal(store.checkpoints.length, Math.floor(3000 / CHECKPOINT_EVERY) + 1);
});

test("extents are known for the whole recording at once", () => {
  assert.deepEqual(stored(stickyRun()).extents, { "1>": 15 });
});

test("findings are steps one can go to", () => {
  const store = stored(stickyRun());
  assert.deepEqual(store.findings.map((step) => store.events[store.firsts.at(step)].type), ["finding.made"]);
});
