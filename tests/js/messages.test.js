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

test("a key without a message is shown as itself", () => {
  assert.equal(new Catalog({}).text("ui.missing"), "ui.missing");
});
