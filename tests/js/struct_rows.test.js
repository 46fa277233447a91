import assert from "node:assert/strict";
import test from "node:test";

import { asked, familyOf, spaced } from "../../static/js/model/struct_rows.js";

test("a format is compared with its other orders and its other sign", () => {
  assert.deepEqual(asked("!I"), ["!I", "I", "<I", "i", "<i", "!i"]);
  assert.deepEqual(asked("i"), ["i", "<i", "!i", "I", "<I", "!I"]);
});

test("a format that is no single whole number stands alone", () => {
  for (const format of ["4s", "!IH", "d", "?", "", "zz"]) assert.deepEqual(asked(format), [format]);
});

test("each format says which order it is", () => {
  assert.deepEqual(["i", "@i", "<i", "!i", "=i"].map(familyOf), [
    "ui.struct_native", "ui.struct_native", "ui.struct_little", "ui.struct_network", "ui.struct_standard",
  ]);
});

test("bytes are written one by one", () => {
  assert.deepEqual(spaced("0000012c"), [[0, "00"], [1, "00"], [2, "01"], [3, "2c"]]);
  assert.deepEqual(spaced(null), []);
});
