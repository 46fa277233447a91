/**
 * The rows of one stream's drawing. Sizes are in units of the page's grid (1 px at 1080p).
 *
 * @typedef {"send" | "segment" | "again" | "kept" | "waiting" | "receive" | "frame"} Row
 * @typedef {{top: number, height: number}} Place
 * @typedef {{label: number, right: number, strip: number, cell: number, rows: Record<Row, Place>, foot: number,
 *   height: number, roomy: boolean, queues: boolean, hex: number}} Grid
 *   `label` is the width of the labels' column, `strip` the height of a receive's caption, `cell` that of a cell,
 *   `foot` the end of the last row; a row that is not shown has no height;
 *   `queues` when what the kernels hold is known; `hex` is how wide the cell of a byte is that has room for its hex
 * @typedef {{segments: boolean, again: boolean, queues: boolean, frames: boolean, note: boolean,
 *   roomy: boolean, rows: import("../model/spread.js").Rows, large: boolean}} Shape  what is shown
 */

/** The labels' column, and what is kept free on the right. */
export const LABEL = 150;
export const RIGHT = 24;

/** One stream has the middle to itself; several share it. */
const ROOMY = { gap: 16, send: 46, segment: 38, again: 28, kept: 34, waiting: 58, strip: 36, cell: 48, frame: 42 };
const COMPACT = { gap: 10, send: 38, segment: 30, again: 24, kept: 28, waiting: 46, strip: 28, cell: 38, frame: 32 };
/** Between the two queues of the kernel, which belong together, and between a segment and its retransmission. */
const NEAR = 6;
/** The signs above what recv returned need this, where no row of the kernel's is above it. */
const SIGN = 26;
/** Narrower than this, a cell has no room for its hex. */
const HEX = 22;
const LARGE_HEX = 34;
/** The byte numbers below, and the note below them. */
const FOOT = 30;
const NOTE = 36;

/**
 * @param {Shape} shape
 * @returns {Grid}
 */
export function gridOf({ segments, again, queues, frames, note, roomy, rows: kinds, large }) {
  const sizes = roomy ? ROOMY : COMPACT;
  const kept = queues && kinds === "all";
  /** @type {[Row, number, number][]} */
  const wanted = [
    ["send", sizes.send, 0],
    ["segment", segments ? sizes.segment : 0, sizes.gap],
    ["again", again ? sizes.again : 0, NEAR],
    ["kept", kept ? sizes.kept : 0, sizes.gap],
    ["waiting", kinds === "bare" ? 0 : sizes.waiting, kept ? NEAR : sizes.gap],
    ["receive", sizes.strip + sizes.cell + 11, kinds === "bare" ? SIGN : sizes.gap],
    ["frame", frames ? sizes.frame : 0, sizes.gap],
  ];
  let foot = 4;
  /** @type {[Row, Place][]} */
  const rows = wanted.map(([row, height, gap]) => {
    const top = foot + (height ? gap : 0);
    foot = height ? top + height : foot;
    return [row, { top, height }];
  });
  return {
    label: LABEL, right: RIGHT, strip: sizes.strip, cell: sizes.cell, foot, roomy, queues, hex: large ? (roomy ? LARGE_HEX : Infinity) : HEX,
    rows: /** @type {Record<Row, Place>} */ (Object.fromEntries(rows)),
    height: foot + FOOT + (note ? NOTE : 0),
  };
}

/**
 * Where the baseline of a line of text stands that is to be in the middle of a row.
 *
 * @param {Place} row
 * @returns {number}
 */
export function middle({ top, height }) {
  return top + height / 2 + 7;
}
