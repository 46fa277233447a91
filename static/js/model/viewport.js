/** The part of a stream that is in view, in bytes. Pure. */

/** @typedef {import("./axis.js").Viewport} Viewport */

/**
 * The viewport after a zoom around a place that stays where it is, within [0, extent].
 *
 * @param {Viewport} viewport
 * @param {number} extent length of the stream in bytes
 * @param {number} factor below 1 shows fewer bytes
 * @param {number} anchor in bytes
 * @returns {Viewport}
 */
export function zoomed(viewport, extent, factor, anchor) {
  const length = Math.min(extent, Math.max(Math.min(4, extent), (viewport.to - viewport.from) * factor));
  const share = (anchor - viewport.from) / (viewport.to - viewport.from);
  return panned({ from: anchor - share * length, to: anchor - share * length + length }, extent, 0);
}

/**
 * @param {Viewport} viewport
 * @param {number} extent
 * @param {number} bytes to the right
 * @returns {Viewport}
 */
export function panned(viewport, extent, bytes) {
  const length = viewport.to - viewport.from;
  const from = Math.max(0, Math.min(viewport.from + bytes, extent - length));
  return { from, to: from + length };
}
