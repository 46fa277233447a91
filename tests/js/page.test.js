import assert from "node:assert/strict";
import test from "node:test";

import { eventOf, queryOf } from "../../static/js/address.js";
import { verbOf } from "../../static/js/keys.js";
import { markOf, sign } from "../../static/js/palette.js";
import { Catalog } from "../../static/js/messages.js";
import { chip } from "../../static/js/view/words.js";

const parameters = [
  { name: "PORT", kind: "int", default: 8001 }, { name: "MESSAGES", kind: "texts", default: ["a", "b"] },
];

test("the address holds what differs from the defaults, the run and the event", () => {
  const query = queryOf({ lang: "zh", run: "r1", event: 17, parameters, values: { PORT: 8002, MESSAGES: ["a", "b"] } });
  assert.equal(query, "lang=zh&p.PORT=8002&run=r1&event=17");
  assert.equal(eventOf(query), 17);
});

test("a list of texts repeats its name", () => {
  const query = queryOf({ lang: "en", run: null, event: 0, parameters, values: { PORT: 8001, MESSAGES: ["x y", "&"] } });
  assert.deepEqual(new URLSearchParams(query).getAll("p.MESSAGES"), ["x y", "&"]);
  assert.equal(new URLSearchParams(query).has("event"), false);
});

test("an address without a proper event names none", () => {
  assert.deepEqual(["", "event=0", "event=x", "event=1.5"].map(eventOf), [null, null, null, null]);
});

const press = (key, held = {}) => verbOf({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });

test("keys mean what the list of keys says", () => {
  assert.deepEqual([" ", "ArrowRight", "PageUp", "End"].map((key) => press(key)), ["toggle", "next", "previous", "last"]);
  const shifted = ["ArrowLeft", "ArrowRight", "?"].map((key) => press(key, { shiftKey: true }));
  assert.deepEqual(shifted, ["previousFinding", "nextFinding", "help"]);
});

test("keys of the browser are left to it", () => {
  assert.deepEqual([press("ArrowLeft", { altKey: true }), press("Home", { ctrlKey: true }), press("x")], [null, null, null]);
});

test("neighbouring sends differ in colour and in pattern, and every one has its number", () => {
  for (let n = 1; n < 60; n += 1) {
    assert.notEqual(markOf(n).colour, markOf(n + 1).colour);
    assert.notEqual(markOf(n).pattern, markOf(n + 1).pattern);
  }
  assert.deepEqual([1, 20, 21, 36, 50, 51].map(sign), ["①", "⑳", "㉑", "㊱", "㊿", "(51)"]);
});

const words = new Catalog({
  "ui.blocked_in": "blocked in {call}, {for_ns}",
  "ui.exited": "exited {code}",
  "ui.ended_by": "ended by {signal}",
});
const process = { pid: 1, exited: null, calls: {}, line: 7 };

test("a program panel says since when its call is blocked", () => {
  const calls = { 1: { op: "recv", args: "1024", number: 0, blocked: true, since: 1_000_000_000 } };
  assert.equal(chip(words, { ...process, calls }, 3_300_000_000).text, "blocked in recv(1024), 2.3 s");
});

test("how a program ended is said by its exit code or its signal", () => {
  assert.deepEqual(chip(words, { ...process, exited: { code: 1, signal: null } }, 0), { text: "exited 1", tone: "bad" });
  assert.equal(chip(words, { ...process, exited: { code: null, signal: "SIGTERM" } }, 0).text, "ended by SIGTERM");
});
