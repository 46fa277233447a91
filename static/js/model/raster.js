/**
 * Readiness call by call: a column for each wait, a row for each descriptor or, where they do not fit, for several.
 * Pure; lengths are in px.
 *
 * @typedef {import("./waits.js").Waits} Waits
 * @typedef {import("./waits.js").Asker} Asker
 * @typedef {{wait: number, x: number}} Column  `wait` is its place in `Waits`, `x` its left edge
 * @typedef {{fd: number, mask: number, x: number, y: number, height: number}} Mark
 * @typedef {{fd: number, y: number, height: number}} Row
 * @typedef {{x: number, y: number}} Dot  asked about, and not ready
 * @typedef {{columns: Column[], first: number, pitch: number, current: number, rows: Row[], dots: Dot[], marks: Mark[],
 *   perRow: number, height: number, hidden: number}} Raster
 *   `first` is the number, among those of its poller, of the first column's wait, `current` the index of the framed
 *   column; without `rows` the descriptors are `perRow` to a px; `hidden` waits
 *   have no column
 * @typedef {{width: number, height: number, row: number, pitch: number, least: number}} Frame
 *   `row` the height of a row that can be read, `pitch` the usual and `least` the smallest width of a column
 */

import { BIN } from "./waits.js";

/**
 * @param {Waits} waits
 * @param {Asker} asker
 * @param {number} done how many of its waits have returned so far
 * @param {Frame} frame
 * @returns {Raster}
 */
export function rasterOf(waits, asker, done, frame) {
  const all = asker.waits.length;
  const pitch = Math.max(frame.least, Math.min(frame.pitch, frame.width / Math.max(1, all)));
  const fitting = Math.max(1, Math.floor(frame.width / pitch));
  const first = Math.max(0, Math.min(all, Math.max(done, Math.min(all, fitting))) - fitting);
  const columns = Array.from({ length: Math.min(fitting, all - first) }, (_, i) => (
    { wait: asker.waits.at(first + i), x: i * pitch }
  ));
  const fds = readable(asker, first, first + columns.length, Math.floor(frame.height / frame.row));
  const shape = fds ? rowsOf(fds, frame) : { rows: [], height: frame.height, perRow: perRowOf(asker, frame) };
  const yOf = placer(asker, shape, frame);
  const marks = columns.flatMap(({ wait, x }) => waits.reported(wait).flatMap(([fd, mask]) => {
    const at = yOf(fd);
    return at ? [{ fd, mask, x, ...at }] : [];
  }));
  return {
    columns, first, pitch, current: done - 1 - first, ...shape, dots: dotsOf(asker, first, columns, shape.rows), marks,
    hidden: all - columns.length,
  };
}

/**
 * @param {Asker} asker
 * @param {number} from
 * @param {number} to
 * @param {number} most
 * @returns {number[] | null} the descriptors asked about by these waits; null when they are more than can be read
 */
function readable(asker, from, to, most) {
  if (asker.tracks.size > most * 8) return null;
  const fds = [...asker.tracks].filter(([, { spans }]) => spans.some((span) => span[0] < to && span[1] > from));
  return fds.length > most ? null : fds.map(([fd]) => fd).sort((a, b) => a - b);
}

/**
 * @param {number[]} fds
 * @param {Frame} frame
 */
function rowsOf(fds, { row }) {
  return { rows: fds.map((fd, i) => ({ fd, y: i * row, height: row })), height: fds.length * row, perRow: 1 };
}

/**
 * @param {Asker} asker
 * @param {Frame} frame
 */
function perRowOf({ low, high }, { height }) {
  return Math.max(1, (high - low + 1) / height);
}

/**
 * @param {Asker} asker
 * @param {{rows: Row[]}} shape
 * @param {Frame} frame
 * @returns {(fd: number) => {y: number, height: number} | null}
 */
function placer({ low, high }, { rows }, { height }) {
  const known = new Map(rows.map((row) => [row.fd, row]));
  if (rows.length) return (fd) => known.get(fd) ?? null;
  const each = height / Math.max(1, high - low + 1);
  return (fd) => (fd < low || fd > high ? null : { y: (fd - low) * each, height: each });
}

/**
 * @param {Asker} asker
 * @param {number} first number of the first column's wait
 * @param {Column[]} columns
 * @param {Row[]} rows
 * @returns {Dot[]}
 */
function dotsOf(asker, first, columns, rows) {
  return rows.flatMap(({ fd, y }) => {
    const spans = asker.tracks.get(fd)?.spans ?? [];
    const asked = columns.filter((_, i) => spans.some(([from, to]) => from <= first + i && first + i < to));
    return asked.map(({ x }) => ({ x, y }));
  });
}

/**
 * How much of each row of pixels was asked about, wait by wait.
 *
 * @param {Asker} asker
 * @param {Raster} raster
 * @param {number} rows
 * @returns {Float32Array} columns × rows, column by column, from 0 to 1
 */
export function shades(asker, { columns, first }, rows) {
  const shade = new Float32Array(columns.length * rows);
  const { low, high } = asker;
  const each = Math.max(1, high - low + 1) / rows;
  for (let i = 0; i < columns.length; i += 1) {
    const bins = asker.asked[first + i];
    // Neighbours that were asked about the same share their shades.
    if (i > 0 && bins === asker.asked[first + i - 1]) {
      shade.copyWithin(i * rows, (i - 1) * rows, i * rows);
      continue;
    }
    for (let row = 0; row < rows; row += 1) {
      const bin = Math.floor((low + row * each) / BIN);
      const to = Math.max(bin + 1, Math.ceil((low + (row + 1) * each) / BIN));
      let some = 0;
      for (let at = bin; at < to; at += 1) some += bins[at] ?? 0;
      shade[i * rows + row] = some / ((to - bin) * BIN);
    }
  }
  return shade;
}

/**
 * @param {Raster} raster
 * @param {number} x
 * @returns {number | null} place of the wait whose column is there
 */
export function waitAt({ columns, pitch }, x) {
  return columns[Math.max(0, Math.min(columns.length - 1, Math.floor(x / pitch)))]?.wait ?? null;
}
