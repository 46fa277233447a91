/** Draws which parts of a box which send has written. */

import { keyed, set, svg } from "./dom.js";
import { sendClass, sendFill } from "./marks.js";

/**
 * A box with a small gap on both sides, so that neighbours are told apart without colour.
 *
 * @param {{x: number, width: number}} box
 * @param {number} unit
 * @returns {{x: number, width: number}}
 */
export function inset(box, unit) {
  const gap = Math.min(1.5 * unit, box.width / 4);
  return { x: box.x + gap, width: box.width - 2 * gap };
}

/**
 * @param {Element} group
 * @param {import("../model/axis.js").Share[]} shares
 * @param {import("./grid.js").Place} place units
 * @param {number} unit
 * @returns {void}
 */
export function updateShares(group, shares, { top, height }, unit) {
  keyed(group, shares, (share) => share.start, () => svg("rect"), (node, share) => {
    set(node, {
      class: `share ${sendClass(share.number)}`, ...inset(share, unit), y: top * unit, height: height * unit,
      fill: sendFill(share.number),
    });
  });
}
