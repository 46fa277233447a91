/** Draws the row of segments: a rounded range for each that carries data, outlined in the colours of its sends. */

import { isDrawn, keyed, set, setText, svg } from "./dom.js";
import { middle } from "./grid.js";
import { sendClass } from "./marks.js";

/**
 * @typedef {import("../model/axis.js").SegmentBox} SegmentBox
 * @typedef {import("./ranges.js").Frame} Frame
 */

/** The width of the outline, in units. */
const OUTLINE = 3;

/**
 * @param {SVGGElement} layer
 * @param {SegmentBox[]} segments
 * @param {"segment" | "again"} row
 * @param {Frame} frame
 * @returns {void}
 */
export function updateSegments(layer, segments, row, frame) {
  const { unit, fitSmall, grid, words } = frame;
  const place = grid.rows[row];
  const create = () => svg("g", {}, svg("g"), svg("path", { class: "inside" }), svg("text"), svg("title"));
  keyed(layer, segments, (segment) => segment.seq, create, (node, segment) => {
    const { sequence, flags, order, end, start, shares } = segment;
    const coloured = shares.flatMap((share) => [share.x, share.width, share.start, share.number]);
    const where = [start, end, segment.x, segment.width, unit, place.top, grid.roomy];
    if (isDrawn(node, [sequence, flags, order, ...where, ...coloured])) return;
    const [outline, inside, label, title] = node.children;
    const texts = textsOf(segment, row, words);
    set(node, {
      class: row === "again" ? "segment again" : "segment", "data-start": start, "data-end": end,
      "data-seq": sequence, "data-flags": flags, "data-order": order || null,
    });
    const pill = { x: segment.x, width: segment.width, y: place.top * unit, height: place.height * unit };
    updateOutline(outline, segment, pill, unit);
    const thick = Math.min(OUTLINE * unit, segment.width / 3);
    set(inside, { d: pillPath(inner(pill, thick), true, true) });
    const text = fitSmall(texts, segment.width - 26 * unit);
    set(label, { x: segment.x + segment.width / 2, y: (middle(place) - 1) * unit, "text-anchor": "middle" });
    setText(label, text || fitSmall(texts.slice(-1), segment.width - 8 * unit));
    setText(title, `${texts[0]} [${start}, ${end})`);
  });
}

/**
 * Of segments that were not captured only how many there were is known, not where one ends and the next begins.
 *
 * @param {SVGGElement} layer
 * @param {{start: number, end: number, x: number, width: number, count: number} | null} counted
 * @param {Frame} frame
 * @returns {void}
 */
export function updateCounted(layer, counted, { unit, fitSmall, grid, words }) {
  const place = grid.rows.segment;
  const create = () => svg("g", { class: "counted" }, svg("rect"), svg("text"), svg("title"));
  keyed(layer, counted ? [counted] : [], () => "counted", create, (node, box) => {
    const [rect, label, title] = node.children;
    const text = words.text("ui.segments_counted", { n: box.count });
    set(node, { "data-start": box.start, "data-end": box.end, "data-evidence": "derived", "data-count": box.count });
    set(rect, {
      x: box.x, width: box.width, y: place.top * unit, height: place.height * unit, rx: (place.height / 2) * unit,
    });
    set(label, { x: box.x + box.width / 2, y: (middle(place) - 1) * unit, "text-anchor": "middle" });
    setText(label, fitSmall([text, String(box.count)], box.width - 26 * unit));
    setText(title, text);
  });
}

/**
 * @param {SegmentBox} segment
 * @param {"segment" | "again"} row
 * @param {import("../messages.js").Catalog} words
 * @returns {string[]} longest first
 */
function textsOf({ sequence, flags, start, end }, row, words) {
  const bytes = `${end - start} B`;
  const again = row === "again" ? [words.text("ui.segment_again")] : [];
  const seq = sequence === null ? "" : `seq ${sequence}`;
  const texts = [[...again, seq, flags, bytes], [...again, seq, bytes], [...again, bytes], [bytes]];
  return texts.map((parts) => parts.filter(Boolean).join(" · "));
}

/**
 * The pill in the colours of the sends the segment carries; what stands inside leaves its edge free.
 *
 * @param {Element} group
 * @param {SegmentBox} segment
 * @param {Pill} pill
 * @param {number} unit
 */
function updateOutline(group, segment, pill, unit) {
  const { shares } = segment;
  const whole = { x: segment.x, width: segment.width, start: segment.start, number: 0 };
  const parts = shares.length ? shares : [whole];
  const gap = Math.min(1.5 * unit, segment.width / 4);
  keyed(group, parts, (part) => part.start, () => svg("path"), (node, part) => {
    const [first, last] = [part === parts[0], part === parts[parts.length - 1]];
    const x = part.x + (first ? gap : 0);
    const width = Math.max(0.5, part.width - (first ? gap : 0) - (last ? gap : 0));
    const d = pillPath({ ...pill, x, width }, first, last);
    set(node, { class: sendClass(part.number), d });
  });
}

/** @typedef {{x: number, y: number, width: number, height: number}} Pill */

/**
 * @param {Pill} pill
 * @param {number} by
 * @returns {Pill}
 */
function inner({ x, y, width, height }, by) {
  return { x: x + by * 1.5, y: y + by, width: Math.max(0, width - 3 * by), height: height - 2 * by };
}

/**
 * @param {Pill} pill
 * @param {boolean} left whether its left end is round
 * @param {boolean} right
 * @returns {string}
 */
function pillPath({ x, y, width, height }, left, right) {
  const radius = Math.min(height / 2, width / 2);
  const [a, b] = [left ? radius : 0, right ? radius : 0];
  const bottom = y + height;
  return `M${x + a} ${y}H${x + width - b}A${b} ${b} 0 0 1 ${x + width} ${y + b}V${bottom - b}`
    + `A${b} ${b} 0 0 1 ${x + width - b} ${bottom}H${x + a}A${a} ${a} 0 0 1 ${x} ${bottom - a}V${y + a}`
    + `A${a} ${a} 0 0 1 ${x + a} ${y}Z`;
}
