import assert from "node:assert/strict";
import test from "node:test";

import { eventOf, heldOf, projectorOf, queryOf } from "../../static/js/address.js";
import { verbOf } from "../../static/js/keys.js";
import { markOf, sign } from "../../static/js/palette.js";
import { Catalog } from "../../static/js/messages.js";
import { chip, exitText } from "../../static/js/view/words.js";

const usual = { variant: "", held: false };
const parameters = [
  { name: "PORT", kind: "int", default: 8001 }, { name: "MESSAGES", kind: "texts", default: ["a", "b"] },
];

test("the address holds what differs from the defaults, the run and the event", () => {
  const query = queryOf({ ...usual, lang: "zh", run: "r1", event: 17, parameters, values: { PORT: 8002, MESSAGES: ["a", "b"] } });
  assert.equal(query, "lang=zh&p.PORT=8002&run=r1&event=17");
  assert.equal(eventOf(query), 17);
});

test("a list of texts repeats its name", () => {
  const query = queryOf({ ...usual, lang: "en", run: null, event: 0, parameters, values: { PORT: 8001, MESSAGES: ["x y", "&"] } });
  assert.deepEqual(new URLSearchParams(query).getAll("p.MESSAGES"), ["x y", "&"]);
  assert.equal(new URLSearchParams(query).has("event"), false);
});

test("the address holds the variant, and that a run is to start held", () => {
  const query = queryOf({ lang: "en", run: null, event: 0, parameters, values: {}, variant: "broken", held: true });
  assert.equal(query, "lang=en&variant=broken&held=1");
  assert.deepEqual([query, "held=0", ""].map(heldOf), [true, false, false]);
});

test("the address holds projector mode", () => {
  const query = queryOf({ ...usual, lang: "en", run: null, event: 0, parameters, values: {}, projector: true });
  assert.equal(query, "lang=en&projector=1");
  assert.deepEqual([query, "projector=0", ""].map(projectorOf), [true, false, false]);
});

test("an address without a proper event names none", () => {
  assert.deepEqual(["", "event=0", "event=x", "event=1.5"].map(eventOf), [null, null, null, null]);
});

const press = (key, held = {}) => verbOf({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held });

test("keys mean what the list of keys says", () => {
  assert.deepEqual([" ", "ArrowRight", "PageUp", "End"].map((key) => press(key)), ["toggle", "next", "previous", "last"]);
  const shifted = ["ArrowLeft", "ArrowRight", "?"].map((key) => press(key, { shiftKey: true }));
  assert.deepEqual(["h", "n"].map((key) => press(key)), ["hold", "oneCall"]);
  assert.deepEqual(shifted, ["previousFinding", "nextFinding", "help"]);
});

test("a presenter's remote sends keys that step and blank", () => {
  assert.deepEqual(["PageUp", "PageDown", "b", ".", "w", ","].map((key) => press(key)),
    ["previous", "next", "black", "black", "white", "white"]);
  assert.equal(press("f"), "projector");
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
  "ui.about_to": "about to {call}",
  "ui.error_at_line": "line {line}: {error}",
  "ui.signal_SIGKILL": "ended by force",
});
const process = { pid: 1, exited: null, calls: {}, held: {}, line: 7 };

test("a program panel says since when its call is blocked", () => {
  const calls = { 1: { op: "recv", args: "1024", number: 0, blocked: true, since: 1_000_000_000 } };
  assert.equal(chip(words, { ...process, calls }, 3_300_000_000).text, "blocked in recv(1024), 2.3 s");
});

test("how a program ended is said by its exit code or its signal", () => {
  assert.deepEqual(chip(words, { ...process, exited: { code: 1, signal: null } }, 0), { text: "exited 1", tone: "bad" });
  assert.equal(chip(words, { ...process, exited: { code: null, signal: "SIGTERM" } }, 0).text, "ended by SIGTERM");
});

test("a held program says which call it stands before; of a send how much", () => {
  const recv = { op: "recv", args: "1024", asked: 1024, number: 0 };
  const send = { op: "sendall", args: "", asked: 12, number: 0 };
  const says = (call) => chip(words, { ...process, held: { 0: call } }, 0);
  assert.deepEqual(says(recv), { text: "about to recv(1024)", tone: "held" });
  assert.equal(says(send).text, "about to sendall(12 B)");
});

test("what an exit means is said in words: the error and its line, or the signal", () => {
  const says = (exit) => exitText(words, { code: null, signal: null, error: null, line: null, stopped: false, ...exit });
  assert.equal(says({ code: 1, error: "ValueError: no", line: 3 }), "line 3: ValueError: no");
  assert.equal(says({ code: 1, error: "ValueError: no" }), "ValueError: no");
  assert.equal(says({ signal: "SIGKILL" }), "ended by force");
  assert.equal(says({ signal: "SIGKILL", stopped: true }), "");
  assert.deepEqual([says({ signal: "SIGUSR1" }), says({ code: 0 }), exitText(words, null)], ["", "", ""]);
});
