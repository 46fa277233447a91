/** Draws what the kernel holds of a stream: the sender's queue, and the bytes that wait for the receiver. */

import { keyed, set, setText, svg } from "./dom.js";
import { middle } from "./grid.js";
import { inset, updateShares } from "./shares.js";

/**
 * @typedef {import("../model/axis.js").AxisLayout} AxisLayout
 * @typedef {import("./ranges.js").Frame} Frame
 */

/** @type {Record<"unacked" | "unsent", string>} */
const PARTS = { unacked: "ui.bytes_unacked", unsent: "ui.bytes_unsent" };

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function updateKept(layer, layout, { unit, words, fitSmall, grid }) {
  const place = grid.rows.kept;
  const items = place.height ? layout.kept : [];
  const create = () => svg("g", {}, svg("rect"), svg("g"), svg("text"), svg("title"));
  keyed(layer, items, (box) => box.part, create, (node, box) => {
    const [rect, parts, label, title] = node.children;
    const bytes = box.end - box.start;
    const text = words.text(PARTS[box.part], { n: bytes });
    set(node, {
      class: "queue kept", "data-start": box.start, "data-end": box.end, "data-part": box.part,
      "data-evidence": box.evidence,
    });
    set(rect, { ...inset(box, unit), y: place.top * unit, height: place.height * unit, rx: 8 * unit });
    updateShares(parts, box.shares, { top: place.top + place.height - 8, height: 5 }, unit);
    set(label, { x: box.x + 14 * unit, y: (middle(place) - 3) * unit });
    setText(label, fitSmall([text, `${bytes} B`], box.width - 22 * unit));
    setText(title, `${text} [${box.start}, ${box.end})`);
  });
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function updateWaiting(layer, layout, { unit, words, fit, grid }) {
  const place = grid.rows.waiting;
  const { waiting, cells } = layout;
  const create = () => svg("g", {}, svg("rect"), svg("g"), svg("text"), svg("title"));
  keyed(layer, waiting && place.height ? [waiting] : [], () => "waiting", create, (node, box) => {
    const [rect, parts, label, title] = node.children;
    const bytes = box.end - box.start;
    const text = words.text("ui.waiting_bytes", { n: bytes });
    const filled = cells.some((cell) => cell.row === "waiting");
    set(node, {
      class: "queue waiting", "data-start": box.start, "data-end": box.end, "data-evidence": box.evidence,
    });
    set(rect, { ...inset(box, unit), y: place.top * unit, height: place.height * unit, rx: 8 * unit });
    updateShares(parts, filled ? [] : box.shares, { top: place.top + 8, height: place.height - 16 }, unit);
    set(label, { x: box.x + 14 * unit, y: middle(place) * unit });
    setText(label, filled ? "" : fit([text, `${bytes} B`], box.width - 22 * unit));
    setText(title, `${text} [${box.start}, ${box.end})`);
  });
}
