/** The byte axis of one stream, as SVG: sends above, the bytes that wait in the middle, what recv returned below. */

import { axisLayout, fitting } from "../model/axis.js";
import { newStream } from "../model/streams.js";
import { zoomed } from "../model/viewport.js";
import { sign } from "../palette.js";
import { gridUnit, html, set, setText, svg, textWidth } from "./dom.js";
import { LABEL, RIGHT, gridOf } from "./grid.js";
import { rangesView } from "./ranges.js";
import { newBar, newReading, updateReading, updateTransfer } from "./reading.js";
import { letZoom, onWheel, zoomAt, zoomButtons } from "./zoom.js";

/**
 * @typedef {import("../model/state.js").Stream} Stream
 * @typedef {import("../model/axis.js").Viewport} Viewport
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("./axis.js").Shown} Shown
 * @typedef {import("./filling.js").Filling} Filling
 */

/** Between two streams beside each other, in units. */
const GAP = 40;
/**
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {Map<string, Viewport>} viewports
 * @param {() => void} changed
 * @returns {HTMLElement}
 */
export function newSection(shown, words, viewports, changed) {
  /** @param {Viewport | null} viewport */
  const choose = (viewport) => {
    if (viewport) viewports.set(shown.id, viewport);
    else viewports.delete(shown.id);
    changed();
  };
  const node = html(
    "section", { class: "stream", "data-stream": shown.id },
    html(
      "header", {}, html("h3"), html("p", { class: "stream-quiet" }), newBar(words, "ui.stream_progress"),
      zoomButtons(words, (factor) => zoomAt(node, factor, 0.5)),
    ),
  );
  const drawing = svg("svg", { class: "axis", role: "img" });
  node.append(drawing, newReading(words));
  letZoom(node, (factor, share) => {
    const extent = Number(node.dataset.extent);
    const viewport = viewports.get(shown.id) ?? { from: 0, to: extent };
    const to = zoomed(viewport, extent, factor, viewport.from + share * (viewport.to - viewport.from));
    choose(factor === 0 || to.to - to.from >= extent ? null : to);
  });
  const wheel = (/** @type {WheelEvent} */ event) => onWheel(event, node, viewports.get(shown.id), choose);
  drawing.addEventListener("wheel", wheel, { passive: false });
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {{chosen: Viewport | undefined, roomy: boolean, room: number, filling: Filling}} view  `room` is the width
 *   there is, in px
 */
export function updateStream(node, shown, words, { chosen, roomy, room, filling }) {
  const { stream, extent, title } = shown;
  const [header, drawing, reading] = /** @type {[HTMLElement, SVGSVGElement, HTMLElement]} */ (
    /** @type {unknown} */ ([...node.children])
  );
  const [heading, quiet, bar] = /** @type {HTMLCollectionOf<HTMLElement>} */ (header.children);
  setText(heading, title);
  set(node, { "data-extent": extent, "data-empty": extent === 0 });
  setText(quiet, extent === 0 ? quietText(stream, words) : "");
  updateTransfer(bar, stream, shown.total, words);
  updateReading(reading, extent > 0 ? stream : undefined, shown.framing, shown.reader, words);
  set(drawing, { "aria-label": title, "data-roomy": roomy });
  const viewport = chosen ?? { from: 0, to: extent };
  if (extent > 0) {
    const unit = gridUnit() * filling.scale;
    const width = (room - (filling.columns - 1) * GAP * gridUnit()) / filling.columns - (LABEL + RIGHT) * unit;
    draw(drawing, shown, words, { viewport, width, roomy, unit, filling });
  }
}

/**
 * @param {Stream | undefined} stream
 * @param {Catalog} words
 */
function quietText(stream, words) {
  return stream?.bare ? words.text("ui.no_data_bare", { n: stream.bare }) : words.text("ui.no_data_this_way");
}

/**
 * @param {SVGSVGElement} drawing
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {{viewport: Viewport, width: number, roomy: boolean, unit: number, filling: Filling}} view  `width` of the track
 */
function draw(drawing, { id, stream = newStream(id), extent, derived, framing, underway }, words, { viewport, width, roomy, unit, filling }) {
  if (width <= 0) return;
  const font = fontOf(drawing, unit, roomy);
  const measure = (/** @type {string} */ text) => textWidth(text, font.small);
  const layout = axisLayout(stream, { viewport, width, unit, measure, framing, underway });
  const counted = derived ? countedOf(stream, viewport, width) : null;
  const grid = gridOf({
    segments: stream.segments.length > 0 || stream.wire !== null || counted !== null,
    again: layout.again.length > 0, queues: stream.wire !== null,
    frames: layout.frames !== null, note: filling.large || layout.note !== null, roomy,
    rows: filling.rows, large: filling.large,
  });
  set(drawing, { viewBox: `0 0 ${width + (LABEL + RIGHT) * unit} ${grid.height * unit}` });
  drawing.style.height = `${grid.height * unit}px`;
  /** @type {(texts: string[], room: number) => string} */
  const fit = (texts, room) => fitting(texts, room, (text) => textWidth(text, font.bold));
  /** @type {(texts: string[], room: number) => string} */
  const fitSmall = (texts, room) => fitting(texts, room, measure);
  rangesView(drawing, layout, { unit, width, words, grid, end: extent, fit, fitSmall, sign, counted });
}

/**
 * @param {Stream} stream
 * @param {Viewport} viewport
 * @param {number} width
 * @returns {import("./ranges.js").Counted | null} what the kernel's counters say of the segments with data
 */
function countedOf({ sender }, { from, to }, width) {
  if (!sender || !sender.segments || sender.written === null) return null;
  const end = sender.written - (sender.unsent ?? 0);
  const scale = width / (to - from);
  const [left, right] = [Math.max(0, -from * scale), Math.min(width, (end - from) * scale)];
  return right > left ? { start: 0, end, x: left, width: right - left, count: sender.segments } : null;
}

/** That of the drawings, which is the same for all of them. */
let family = "";

/**
 * @param {Element} node
 * @param {number} unit
 * @param {boolean} roomy
 * @returns {{small: string, bold: string}}  as static/css/axis.css has them
 */
function fontOf(node, unit, roomy) {
  family ||= getComputedStyle(node).fontFamily;
  return { small: `${17 * unit}px ${family}`, bold: `600 ${(roomy ? 24 : 20) * unit}px ${family}` };
}
