/** Which part of a stream is shown: buttons and the wheel. */

import { panned } from "../model/viewport.js";
import { html } from "./dom.js";
import { LABEL, RIGHT } from "./grid.js";

/**
 * @typedef {import("../model/axis.js").Viewport} Viewport
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/** @typedef {(factor: number, share: number) => void} Zoom */

/** @type {WeakMap<HTMLElement, Zoom>} */
const zooms = new WeakMap();

/**
 * @param {HTMLElement} node the section of a stream
 * @param {Zoom} zoom
 */
export function letZoom(node, zoom) {
  zooms.set(node, zoom);
}

/**
 * @param {HTMLElement} node
 * @param {number} factor 0 shows the whole stream
 * @param {number} share of the track where the zoom holds still
 */
export function zoomAt(node, factor, share) {
  zooms.get(node)?.(factor, share);
}

/**
 * Ctrl or plain wheel zooms where the pointer is; sideways, or with shift, it moves along the stream. A wheel that can
 * do neither is left to the page.
 *
 * @param {WheelEvent} event
 * @param {HTMLElement} node
 * @param {Viewport | undefined} viewport
 * @param {(viewport: Viewport) => void} choose
 */
export function onWheel(event, node, viewport, choose) {
  const extent = Number(node.dataset.extent);
  const { left, width } = track(node);
  const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (sideways && viewport) {
    event.preventDefault();
    const bytes = ((event.deltaX || event.deltaY) / width) * (viewport.to - viewport.from);
    choose(panned(viewport, extent, bytes));
  } else if (!sideways && (event.deltaY < 0 || viewport)) {
    event.preventDefault();
    zoomAt(node, Math.exp(event.deltaY * 0.002), Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }
}

/**
 * @param {HTMLElement} node
 * @returns {{left: number, width: number}} the track of its drawing, in px of the window
 */
function track(node) {
  const drawing = /** @type {SVGElement} */ (node.querySelector("svg.axis"));
  const unit = parseFloat(getComputedStyle(drawing).fontSize) / 20;
  const box = drawing.getBoundingClientRect();
  return { left: box.left + LABEL * unit, width: box.width - (LABEL + RIGHT) * unit };
}

/**
 * @param {Catalog} words
 * @param {(factor: number) => void} zoom
 * @returns {HTMLElement}
 */
export function zoomButtons(words, zoom) {
  const group = html("span", { class: "zoom", role: "group", "aria-label": words.text("ui.zoom") });
  for (const [sign, key, factor] of /** @type {[string, string, number][]} */ ([
    ["−", "ui.zoom_out", 2], ["+", "ui.zoom_in", 0.5], ["↔", "ui.zoom_all", 0],
  ])) {
    const button = html("button", { type: "button", "aria-label": words.text(key), title: words.text(key) }, sign);
    button.addEventListener("click", () => zoom(factor));
    group.append(button);
  }
  return group;
}
