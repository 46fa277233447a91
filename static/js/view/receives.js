/** Draws what recv returned. */

import { isDrawn, keyed, set, setText, svg } from "./dom.js";
import { inset, updateShares } from "./shares.js";

/**
 * @typedef {import("../model/axis.js").AxisLayout} AxisLayout
 * @typedef {import("../model/axis.js").ReceiveBox} ReceiveBox
 * @typedef {import("./ranges.js").Frame} Frame
 */

/** A box narrower than this, in units, would be all border. */
const NARROW = 14;

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function updateReceives(layer, layout, frame) {
  const { unit, grid } = frame;
  const { top, height } = grid.rows.receive;
  const marks = layout.readable
    ? { top: top + height - 9, height: 6 } : { top: top + grid.strip, height: height - grid.strip - 8 };
  const create = () => svg(
    "g", { class: "receive" }, svg("rect", { class: "ground" }), svg("g"), svg("rect", { class: "box" }), svg("title"),
  );
  keyed(layer, layout.receives, (receive) => receive.call, create, (node, receive) => {
    const { start, end, x, width, op, args, shares } = receive;
    const coloured = shares.flatMap((share) => [share.x, share.width, share.start, share.number]);
    if (isDrawn(node, [start, end, x, width, op, args, unit, top, height, marks.top, ...coloured])) return;
    const [ground, parts, box, title] = node.children;
    const place = { ...inset(receive, unit), y: top * unit, height: height * unit, rx: 8 * unit };
    set(node, {
      "data-start": receive.start, "data-end": receive.end, "data-call": receive.call,
      "data-narrow": receive.width < NARROW * unit,
    });
    set(ground, place);
    set(box, place);
    updateShares(parts, receive.shares, marks, unit);
    setText(title, `${textsOf(receive, frame)[0]} [${receive.start}, ${receive.end})`);
  });
}

/**
 * What a receive returned is written over the cuts, of which there may be many.
 *
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function updateReceiveCaptions(layer, layout, frame) {
  const { unit, fit, grid } = frame;
  const y = (grid.rows.receive.top + grid.strip * 0.76) * unit;
  keyed(layer, layout.receives, (receive) => receive.call, () => svg("text"), (node, receive) => {
    const { start, end, x, width, op, args } = receive;
    if (isDrawn(node, [start, end, x, width, op, args, unit, y, grid.roomy])) return;
    set(node, { class: "receive-caption", x: x + 14 * unit, y });
    setText(node, fit(textsOf(receive, frame), width - 22 * unit));
  });
}

/**
 * @param {ReceiveBox} receive
 * @param {Frame} frame
 * @returns {string[]} longest first
 */
function textsOf({ op, args, start, end }, { words }) {
  const bytes = `${end - start} B`;
  if (!op) return [words.text("ui.moved_outside", { bytes }), bytes];
  return [`${op}(${args}) → ${bytes}`, `→ ${bytes}`, bytes];
}
