import assert from "node:assert/strict";
import test from "node:test";

import { compareQueryOf } from "../../static/js/address.js";
import { waitsForEver } from "../../static/js/model/idle.js";
import { differing, usualSettings } from "../../static/js/model/differing.js";
import { commonExtents, momentThatShows, pairOf } from "../../static/js/model/pair.js";
import { Store } from "../../static/js/model/store.js";
import { totalsOf } from "../../static/js/model/totals.js";
import { caption, connected, received, recording, sent, started, stickyRun } from "./events.js";

function stored(events) {
  const store = new Store();
  store.append(events);
  return store;
}

/** A step at each of these times, and the first connection at `connection`. */
function run(connection, ...times) {
  const events = times.map((t) => ({ type: "process.output", t, process: "server", stream: "stdout", text: "", ...caption() }));
  const all = connection === null ? events : [...events, connected(connection)];
  return stored(recording(...all.sort((a, b) => a.t - b.t)));
}

const shown = (moments) => Array.from({ length: moments.count }, (_, k) => moments.steps(k));

test("two runs count from their first connections, whatever came before", () => {
  const pair = pairOf([run(1000, 400, 1100, 1300), run(9000, 8900, 9100, 9200)], true);
  assert.equal(pair.from, "connection");
  assert.deepEqual(pair.clocks.map(({ zero }) => zero), [1000, 9000]);
  assert.deepEqual(shown(pair.byTime), [[0, -1], [0, 0], [1, 1], [1, 2], [2, 2]]);
});

test("what happens at the same moment of both stands at the same place", () => {
  const [left, right] = pairOf([run(1000, 400, 1100), run(9000, 8900, 9100)], true).clocks;
  assert.equal(left.places.at(1), right.places.at(1));
  assert.equal(left.place(1050), right.place(9050));
  assert.equal(left.length, right.length);
});

test("without a connection in one of them both count from their first event", () => {
  const pair = pairOf([run(1000, 400, 1100), run(null, 8900, 9100)], true);
  assert.equal(pair.from, "event");
  assert.deepEqual(pair.clocks.map(({ zero }) => zero), [400, 8900]);
});

test("a run that is alone is not moved by the one that is not there", () => {
  const pair = pairOf([run(1000, 400, 1100), new Store()], true);
  assert.equal(pair.clocks[0].zero, 1000);
  assert.deepEqual(shown(pair.byTime), [[0, -1], [1, -1]]);
});

test("by event, each moment is that step of both, and the shorter one stays at its end", () => {
  const { byEvent } = pairOf([run(0, 1, 2), run(0, 10, 20, 30)], true);
  assert.deepEqual(shown(byEvent), [[0, 0], [1, 1], [1, 2]]);
});

test("the other order shows the same, or as much of it as came last", () => {
  const { byTime, byEvent } = pairOf([run(0, 1, 2), run(0, 10, 20, 30)], true);
  assert.deepEqual(byTime.steps(momentThatShows(byTime, byEvent.steps(0))), [1, 0]);
  assert.deepEqual(byEvent.steps(momentThatShows(byEvent, byTime.steps(3))), [1, 1]);
});

test("a step of one run has the moment at which it is shown first", () => {
  const { byTime } = pairOf([run(0, 1, 20), run(0, 10, 30)], true);
  assert.deepEqual([byTime.momentOf(0, 1), byTime.momentOf(1, 0), byTime.momentOf(1, 1)], [2, 1, 3]);
});

test("true to scale, a gap of a second is as long as it is, but for those before the zero and after the last call", () => {
  const call = sent(1_900_001_000, 1, 0, "ab");
  const events = [started(1000, "server", "server"), connected(900_000_000), sent(900_001_000, 2, 0, "ab"), call];
  const left = stored(recording(...events, { type: "process.exited", t: 9_900_001_000, process: "server", ...caption() }));
  const stores = [left, run(0, ...Array.from({ length: 20 }, (_, i) => i * 100))];
  const [folded, even] = [true, false].map((how) => pairOf(stores, how).clocks[0]);
  assert.equal(even.place(1_900_001_000) - even.place(900_001_000), 1_000_000_000);
  assert.deepEqual([folded.folds.length, even.folds.length], [3, 2]);
  assert.ok(folded.length < 100_000);
  assert.ok(even.place(900_000_000) < 100_000);
  assert.ok(even.length - even.place(1_900_001_000) < 100_000);
});

test("an event that reached the log late does not go back in time", () => {
  const late = stored([...recording(connected(0), ...[10, 30, 20].map((t) => ({ type: "process.exited", t, process: "x", ...caption() })))]);
  const { byTime } = pairOf([late, run(0, 25)], true);
  assert.deepEqual(shown(byTime), [[0, -1], [0, 0], [1, 0], [2, 0]]);
});

test("streams that both runs have share the longer axis; one without data here stays without", () => {
  assert.deepEqual(commonExtents({ "1>": 15, "1<": 0, "2>": 3 }, { "1>": 40, "1<": 9 }), { "1>": 40, "1<": 0, "2>": 3 });
});

test("a run in numbers", () => {
  const store = stored(stickyRun());
  const { sends, receives, sent: out, received: into, findings, segments, conclusion } = totalsOf(store, 3_000);
  assert.deepEqual({ sends, receives, out, into, findings }, { sends: 2, receives: 1, out: 15, into: 15, findings: 1 });
  assert.equal(totalsOf(store, 3_000).last, 200_000_000 - 3_000);
  assert.equal(segments, null);
  assert.equal(conclusion.key, "caption.end");
});

test("of several readers the one that got its bytes last counts", () => {
  const events = [connected(0), received(50, 1, 0, "ab", { process: "a", began: 1 }), received(20, 2, 2, "cd", { process: "b", began: 10 })];
  const store = stored(recording(started(0, "server", "server"), sent(5, 3, 0, "abcd"), ...events));
  assert.equal(totalsOf(store, 0).last, 50);
});

const blocked = (t, process) => ({ type: "call.blocked", t, process, call: 9, op: "accept" });
const exited = (t, process) => ({ type: "process.exited", t, process, code: 0 });

test("a run whose last processes only wait, and for a while, will not go on by itself", () => {
  const events = [started(0, "server", "server"), started(1, "client", "client"), blocked(2, "server")];
  const [both, one] = [events, [...events, exited(3, "client")]].map((some) => stored(recording(...some)).newest);
  assert.deepEqual([waitsForEver(both, 5e9), waitsForEver(one, 0.5e9), waitsForEver(one, 5e9)], [false, false, true]);
});

test("a run that is over, or has not begun, waits for nothing", () => {
  const over = stored(recording(started(0, "server", "server"), exited(3, "server"))).newest;
  assert.deepEqual([waitsForEver(over, 5e9), waitsForEver(new Store().newest, 5e9)], [false, false]);
});

const lesson = {
  variants: [{ name: "broken", label: "Broken" }, { name: "fixed", label: "Fixed" }],
  parameters: [
    { name: "PAUSE", kind: "number", default: 0 }, { name: "NODELAY", kind: "bool", default: false },
    { name: "MESSAGES", kind: "texts", default: ["a", "b"] },
  ],
};
const usual = usualSettings(lesson);

test("only what differs is named: the variant, and the constants as Python writes them", () => {
  const other = { variant: "fixed", values: { PAUSE: 0, NODELAY: true, MESSAGES: ["a", "早"] } };
  assert.deepEqual(differing(lesson, usual, other), ["Broken", "NODELAY = False", 'MESSAGES = ["a", "b"]']);
  assert.deepEqual(differing(lesson, other, usual), ["Fixed", "NODELAY = True", 'MESSAGES = ["a", "早"]']);
  assert.deepEqual(differing(lesson, usual, usualSettings(lesson)), []);
});

test("the address of two runs holds the runs and what they were given", () => {
  const left = { run: "r1", variant: "broken", values: usual.values };
  const right = { run: null, variant: "fixed", values: { ...usual.values, MESSAGES: ["x y", "&"] } };
  const query = new URLSearchParams(compareQueryOf(lesson, { lang: "zh", left, right }, { event: 7, byEvent: true, even: true }));
  assert.deepEqual([...query], [
    ["lang", "zh"], ["left", "r1"], ["left.variant", "broken"], ["right", ""], ["right.variant", "fixed"],
    ["right.p.MESSAGES", "x y"], ["right.p.MESSAGES", "&"], ["mode", "event"], ["scale", "even"], ["event", "7"],
  ]);
  assert.equal(compareQueryOf({ ...lesson, variants: [] }, { lang: "en", left }), "lang=en&left=r1");
});

test("the address of two runs holds the view and what is typed, where they are not the lesson's", () => {
  const left = { run: "r1", variant: "", values: usual.values };
  const query = compareQueryOf({ ...lesson, variants: [] }, { lang: "en", left }, { view: "axis", typed: "a\nb" });
  assert.deepEqual([...new URLSearchParams(query)].slice(2), [["view", "axis"], ["typed", "a\nb"]]);
});
