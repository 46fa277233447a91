/** The cells of a stream's bytes: what of their content is known, where each stands, and whose send it is of. Pure. */

import { cellsOf } from "./cells.js";
import { firstAfter } from "./fold.js";
import { entries } from "./log.js";

/**
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("./axis.js").Box} Box
 * @typedef {Box & {char: string, hex: string, number: number, row: "waiting" | "receive"}} CellBox
 */

/**
 * A character cut by a recv is shown cut: each box has its own cells.
 *
 * @param {Stream} stream
 * @param {{start: number, end: number, number: number}[]} senders in the order of their bytes
 * @param {{receives: Box[], waiting: Box | null}} boxes
 * @param {import("./axis.js").Place} place
 * @param {number} scale
 * @returns {CellBox[]}
 */
export function cells(stream, senders, { receives, waiting }, place, scale) {
  const starts = senders.map(({ start }) => start);
  /** @type {(row: CellBox["row"]) => (box: Box) => CellBox[]} */
  const cellsIn = (row) => (box) =>
    knownRuns(stream, box).flatMap(({ from, bytes }) =>
      cellsOf(bytes, from).flatMap((cell) => {
        const at = place(cell.start, cell.end);
        if (!at) return [];
        const sender = senders[firstAfter(starts, cell.start) - 1];
        const number = sender && cell.start < sender.end ? sender.number : 0;
        const content = cut(cell, at, scale) ? { char: "", hex: "" } : { char: cell.char, hex: cell.hex };
        return [{ ...at, ...content, number, row }];
      }));
  return [...receives.flatMap(cellsIn("receive")), ...(waiting ? [waiting] : []).flatMap(cellsIn("waiting"))];
}

/**
 * Whether the edge of the view cuts a cell, so that there is no room for what it says.
 *
 * @param {{start: number, end: number}} cell
 * @param {Box} box
 * @param {number} scale
 */
function cut(cell, box, scale) {
  return box.width < (cell.end - cell.start) * scale * 0.9;
}

/** Content is drawn for at most this many bytes of one box; more than fit on any screen. */
const CONTENT_BYTES = 4096;

/**
 * The bytes of a box that are known, as runs without holes. Of a send that has not returned the content is not known
 * yet, but a recv may have returned it already.
 *
 * @param {Stream} stream
 * @param {{start: number, end: number}} box
 * @returns {{from: number, bytes: Uint8Array}[]}
 */
function knownRuns(stream, box) {
  const size = Math.min(box.end - box.start, CONTENT_BYTES);
  const bytes = new Uint8Array(size);
  const known = new Uint8Array(size);
  for (const range of [...entries(stream.sends), ...entries(stream.receives)]) {
    const from = Math.max(range.start, box.start);
    const to = Math.min(range.start + range.data.length, box.start + size);
    if (from >= to) continue;
    bytes.set(range.data.subarray(from - range.start, to - range.start), from - box.start);
    known.fill(1, from - box.start, to - box.start);
  }
  return runs(known).map(([from, to]) => ({ from: box.start + from, bytes: bytes.subarray(from, to) }));
}

/**
 * @param {Uint8Array} flags
 * @returns {[from: number, to: number][]} where they are 1
 */
function runs(flags) {
  /** @type {[number, number][]} */
  const found = [];
  let from = flags.indexOf(1);
  while (from >= 0) {
    const zero = flags.indexOf(0, from);
    const to = zero < 0 ? flags.length : zero;
    found.push([from, to]);
    from = flags.indexOf(1, to);
  }
  return found;
}
