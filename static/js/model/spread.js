/**
 * How the streams with bytes share the screen in projector mode: as large as fits, with fewer rows before small text.
 * Pure; lengths are in units of the page's grid.
 *
 * @typedef {"all" | "lean" | "bare"} Rows  lean goes without the sender's queue, bare without the receiver's as well
 * @typedef {{rows: Rows, columns: number, scale: number, count: number}} Spread  `count` of the streams are drawn
 */

/** Below this the labels, whose text has a least size, would run into the bytes. */
const LEAST = 0.95;
/** With two beside each other there is half the width. */
const MOST = [0, 1.8, 1.2];
/** @type {Rows[]} */
const ROWS = ["all", "lean", "bare"];

/**
 * @param {number} count
 * @param {number} height there is
 * @param {(rows: Rows) => number} tall the height of one stream at scale 1
 * @returns {Spread}
 */
export function spread(count, height, tall) {
  const widest = count > 2 ? 2 : 1;
  for (const rows of ROWS) {
    for (let columns = 1; columns <= widest; columns += 1) {
      const scale = height / (Math.ceil(count / columns) * tall(rows));
      if (scale >= LEAST) return { rows, columns, scale: Math.min(MOST[columns], scale), count };
    }
  }
  const lines = Math.max(1, Math.floor(height / (LEAST * tall("bare"))));
  const scale = Math.max(LEAST, Math.min(MOST[widest], height / (lines * tall("bare"))));
  return { rows: "bare", columns: widest, scale, count: lines * widest };
}

/**
 * Text may grow as long as the bytes that can be read keep cells of their own.
 *
 * @param {number} scale
 * @param {{extent: number, width: number, label: number, cell: number}} axis  `width` of the longest axis with its
 *   labels, `label` the labels' part of it at scale 1, `cell` the narrowest cell at scale 1
 * @returns {number}
 */
export function keepingCells(scale, { extent, width, label, cell }) {
  const most = width / (label + extent * cell);
  return most >= LEAST ? Math.min(scale, most) : scale;
}
