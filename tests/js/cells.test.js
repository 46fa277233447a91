import assert from "node:assert/strict";
import test from "node:test";

import { cellsOf } from "../../static/js/model/cells.js";

const bytes = (text) => new TextEncoder().encode(text);
const shown = (cells) => cells.map((cell) => [cell.start, cell.end, cell.char, cell.hex]);

test("an ASCII byte is a cell with its character and hex, at its offset", () => {
  assert.deepEqual(shown(cellsOf(bytes("hi"), 12)), [[12, 13, "h", "68"], [13, 14, "i", "69"]]);
});

test("a multi-byte character is one cell over its bytes", () => {
  assert.deepEqual(shown(cellsOf(bytes("世é😀"), 0)), [
    [0, 3, "世", "e4 b8 96"], [3, 5, "é", "c3 a9"], [5, 9, "😀", "f0 9f 98 80"],
  ]);
});

test("a character cut in two shows its bytes without a character", () => {
  assert.deepEqual(shown(cellsOf(bytes("a世").subarray(0, 3), 0)), [[0, 1, "a", "61"], [1, 2, "", "e4"], [2, 3, "", "b8"]]);
  assert.deepEqual(shown(cellsOf(bytes("世b").subarray(2), 2)), [[2, 3, "", "96"], [3, 4, "b", "62"]]);
});

test("what is not UTF-8 never joins cells", () => {
  const cases = [[0xff, 0x41], [0xc0, 0xaf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]];
  for (const sequence of cases) {
    assert.deepEqual(cellsOf(Uint8Array.from(sequence), 0).map((cell) => cell.end - cell.start), sequence.map(() => 1));
  }
});

test("characters that cannot be seen have a sign, or are their hex", () => {
  assert.deepEqual(shown(cellsOf(bytes(" \n\t\0\x7f"), 0)), [
    [0, 1, "␣", "20"], [1, 2, "⏎", "0a"], [2, 3, "⇥", "09"], [3, 4, "", "00"], [4, 5, "", "7f"],
  ]);
});

test("the cells of any bytes cover each of them once", () => {
  for (let round = 0; round < 200; round += 1) {
    const some = Uint8Array.from({ length: 40 }, (_, i) => (round * 7919 + i * i * 104729 + (round >> 2) * i) % 256);
    const cells = cellsOf(some, 5);
    assert.equal(cells[0].start, 5);
    assert.equal(cells.at(-1).end, 45);
    cells.slice(1).forEach((cell, i) => assert.equal(cell.start, cells[i].end));
  }
});
