import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Catalog, fill } from "../../static/js/messages.js";

const examples = JSON.parse(readFileSync(new URL("../fixtures/messages.json", import.meta.url), "utf-8"));

test("every message reads as the engine writes it", () => {
  assert.ok(examples.length > 0);
  for (const { message, args, text, emphasised } of examples) {
    const pieces = fill(message, args);
    assert.equal(pieces.map((piece) => piece.text).join(""), text);
    assert.deepEqual(pieces.filter((piece) => piece.emphasised).map((piece) => piece.text), emphasised);
  }
});

test("the parts of a sentence stand in its place for them, one after the other", () => {
  const words = new Catalog({ "caption.between": "; ", "a.whole": "*{who}* says: {parts}.", "a.part": "fd {fd}" });
  const parts = [{ key: "a.part", args: { fd: 3 } }, { key: "a.part", args: { fd: 4 } }];
  assert.deepEqual(words.pieces("a.whole", { who: "p" }, parts), [
    { text: "p", emphasised: true },
    { text: " says: fd 3; fd 4.", emphasised: false },
  ]);
});

test("a key without a message is shown as itself", () => {
  assert.equal(new Catalog({}).text("ui.missing"), "ui.missing");
});
