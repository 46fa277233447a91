/** The cells of a stream's bytes: what of their content is known, where each stands, and whose send it is of. Pure. */

import { cellsOf } from "./cells.js";
import { firstAfter } from "./fold.js";

/**
 * @typedef {import("./axis.js").Box} Box
 * @typedef {Box & {char: string, hex: string, number: number, row: "waiting" | "receive"}} CellBox
 */

/**
 * A character cut by a recv is shown cut: each box has its own cells.
 *
 * @param {import("./known.js").Known} known
 * @param {{start: number, end: number, number: number}[]} senders in the order of their bytes
 * @param {{receives: Box[], waiting: Box | null}} boxes
 * @param {import("./axis.js").Place} place
 * @param {number} scale
 * @returns {CellBox[]}
 */
export function cells(known, senders, { receives, waiting }, place, scale) {
  const starts = senders.map(({ start }) => start);
  /** @type {(row: CellBox["row"]) => (box: Box) => CellBox[]} */
  const cellsIn = (row) => (box) =>
    knownRuns(known, box).flatMap(({ from, bytes }) =>
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
 * The bytes of a box that are known, as runs without holes.
 *
 * @param {import("./known.js").Known} known
 * @param {{start: number, end: number}} box
 * @returns {{from: number, bytes: Uint8Array}[]}
 */
function knownRuns(known, box) {
  const end = Math.min(box.end, box.start + CONTENT_BYTES);
  const runs = [];
  for (let from = known.next(box.start); from < end;) {
    const bytes = known.bytes(from, end);
    runs.push({ from, bytes });
    from = known.next(from + bytes.length);
  }
  return runs;
}
