/** In projector mode the streams fill the middle: how large each is drawn, with which rows, and which of them. */

import { CELL_UNITS } from "../model/axis.js";
import { newest } from "../model/log.js";
import { keepingCells, spread } from "../model/spread.js";
import { gridUnit, set } from "./dom.js";
import { LABEL, RIGHT, gridOf } from "./grid.js";

/**
 * @typedef {import("./axis.js").Shown} Shown
 * @typedef {import("../model/spread.js").Rows} Rows
 * @typedef {{scale: number, rows: Rows, columns: number, ids: Set<string>, large: boolean}} Filling
 *   `ids` of the streams that are drawn; when they are `large`, there is room for a note from the start, so that nothing
 *   moves, and none for the hex of bytes where several streams share the screen
 */

/** The heading of a stream, what is between two streams, and the words about their messages, in units. */
const HEADING = 28;
const BETWEEN = 12;
const READING = 56;

/**
 * @param {Shown[]} shown
 * @param {{width: number, height: number}} room px
 * @returns {Filling}
 */
export function fillingOf(shown, { width, height }) {
  const unit = gridUnit();
  const some = shown.filter(({ extent }) => extent > 0);
  const framed = some.some(({ framing }) => framing !== null);
  const queues = some.some(({ stream }) => stream?.wire);
  const tall = (/** @type {Rows} */ rows) => HEADING + BETWEEN + (framed ? READING : 0) + gridOf({
    segments: true, again: false, queues, frames: framed, note: true, roomy: some.length === 1, large: true, rows,
  }).height;
  const plan = spread(some.length, height / unit + BETWEEN, tall);
  const chosen = [...some].sort((a, b) => lastCall(b) - lastCall(a)).slice(0, plan.count);
  const scale = keepingCells(plan.scale, {
    extent: Math.max(1, ...chosen.map(({ extent }) => extent)), width: width / plan.columns / unit,
    label: LABEL + RIGHT, cell: CELL_UNITS,
  });
  return { ...plan, scale, ids: new Set(chosen.map(({ id }) => id)), large: true };
}

/** What else stands in the middle of the stage, in units; and below which scale the words could not be read at a desk. */
const BESIDE = 226;
const SMALLEST = 0.72;

/**
 * On the stage several streams are drawn somewhat smaller, when that lets both directions be seen without scrolling.
 *
 * @param {Shown[]} shown
 * @param {number} height of the middle, px
 * @returns {Filling}
 */
export function sharedFilling(shown, height) {
  const some = shown.filter(({ extent }) => extent > 0);
  if (some.length < 2) return USUAL;
  const tall = some.map(({ framing, stream }) => (framing ? READING : 0) + gridOf({
    segments: true, again: false, queues: Boolean(stream?.wire), frames: framing !== null, roomy: false,
    note: stream !== undefined && newest(stream.findings) !== undefined,
    rows: "all", large: false,
  }).height);
  const there = height / gridUnit() - BESIDE;
  const scale = Math.min(1, there / tall.slice(0, 2).reduce((sum, one) => sum + one, 0));
  return { ...USUAL, scale: Math.max(SMALLEST, scale) };
}

/** @param {Shown} shown */
function lastCall({ stream }) {
  return stream ? Math.max(newest(stream.sends)?.call ?? 0, newest(stream.receives)?.call ?? 0) : 0;
}

/** As the stage has it. @type {Filling} */
export const USUAL = { scale: 1, rows: "all", columns: 1, ids: new Set(), large: false };

/**
 * @param {HTMLElement} root of the streams
 * @param {Filling} filling
 * @returns {void}
 */
export function applyFilling(root, { scale, columns }) {
  set(root, { "data-columns": columns > 1 ? columns : null });
  root.style.fontSize = scale === 1 ? "" : `${scale}rem`;
}
