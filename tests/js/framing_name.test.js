import assert from "node:assert/strict";
import test from "node:test";

import { escaped, framingNamed, nameOf, unescaped } from "../../static/js/model/framing_name.js";

const NAMES = ["none", "length-1", "length-2-big", "length-8-little", "text-4", "fixed-20", "delimiter-|", "delimiter-\r\n"];

test("every framing has a name, and the name is that framing", () => {
  for (const name of NAMES) assert.equal(nameOf(framingNamed(name)), name);
  assert.deepEqual(framingNamed("length-4-little"), { kind: "length", size: 4, order: "little" });
  assert.deepEqual(framingNamed("delimiter-a-b"), { kind: "delimiter", delimiter: "a-b" });
});

test("what is no name is none", () => {
  const wrong = [
    null, "", "length", "length-3-big", "length-4", "length-4-middle", "text-0", "text-21", "text-4-big", "fixed-65537",
    "fixed--1", "delimiter-", `delimiter-${"x".repeat(101)}`,
  ];
  for (const name of wrong) assert.equal(framingNamed(name), undefined, String(name));
});

test("a delimiter is typed with escapes", () => {
  for (const text of ["\n", "\r\n", "|", "\\", "\\n", "a\tb\0"]) assert.equal(unescaped(escaped(text)), text);
  assert.equal(unescaped("\\r\\n"), "\r\n");
  assert.equal(unescaped("\\q"), "\\q");
});
