/**
 * What of a stream's content is known: of a long call only the first bytes are kept; what a send that has not returned
 * wrote is told by a recv that has returned it already, or by its own return later in the recording. Pure.
 */

import { firstAfter } from "./fold.js";
import { entries } from "./log.js";

/**
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("./state.js").Range} Range
 * @typedef {{start: number, data: Uint8Array}} Piece
 * @typedef {{starts: number[], ranges: Piece[]}} Pieces  those with content, in the order of their bytes
 * @typedef {{
 *   bytes: (start: number, end: number) => Uint8Array, next: (at: number) => number}} Known
 *   `bytes` gives those from `start` on that are known without a hole, up to `end`; `next` the first known offset that
 *   is not before `at`, Infinity when there is none
 */

/** By log: what else happens to a stream does not change them. @type {WeakMap<object, Pieces>} */
const made = new WeakMap();

/**
 * @param {Stream} stream
 * @param {Piece[]} [underway] what the sends write that have not returned
 * @returns {Known}
 */
export function knownOf(stream, underway = []) {
  const sides = [piecesOf(stream.sends), piecesOf(stream.receives), sorted(underway)];
  return {
    bytes: (start, end) => collected(sides, start, end),
    next: (at) => (sides.some((side) => rest(side, at)) ? at : Math.min(...sides.map((side) => startAfter(side, at)))),
  };
}

/**
 * @param {import("./log.js").Log<Range>} log
 * @returns {Pieces}
 */
function piecesOf(log) {
  const before = made.get(log);
  if (before) return before;
  const pieces = sorted(entries(log));
  made.set(log, pieces);
  return pieces;
}

/**
 * @param {Piece[]} some
 * @returns {Pieces}
 */
function sorted(some) {
  const ranges = some.filter(({ data }) => data.length > 0).sort((a, b) => a.start - b.start);
  return { starts: ranges.map(({ start }) => start), ranges };
}

/**
 * @param {Pieces} pieces
 * @param {number} at
 * @returns {Uint8Array | null} what one call says from this byte on
 */
function rest({ starts, ranges }, at) {
  const range = ranges[firstAfter(starts, at) - 1];
  return range && at < range.start + range.data.length ? range.data.subarray(at - range.start) : null;
}

/**
 * @param {Pieces} pieces
 * @param {number} at
 * @returns {number}
 */
function startAfter({ starts }, at) {
  return starts[firstAfter(starts, at)] ?? Infinity;
}

/**
 * @param {Pieces[]} sides
 * @param {number} start
 * @param {number} end
 * @returns {Uint8Array}
 */
function collected(sides, start, end) {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let at = start;
  while (at < end) {
    const piece = sides.map((side) => rest(side, at)).find((found) => found !== null);
    if (!piece) break;
    const part = piece.subarray(0, end - at);
    bytes.set(part, at - start);
    at += part.length;
  }
  return bytes.subarray(0, at - start);
}
