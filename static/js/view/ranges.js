/** Draws one stream's layout into its SVG. */

import { SPACE } from "../model/cells.js";
import { isDrawn, keyed, set, setText, svg } from "./dom.js";
import { framingText, updateFrames } from "./frames.js";
import { middle } from "./grid.js";
import { sendClass, sendFill } from "./marks.js";
import { updateKept, updateWaiting } from "./queues.js";
import { updateReceiveCaptions, updateReceives } from "./receives.js";
import { updateCounted, updateSegments } from "./segments.js";
import { inset } from "./shares.js";

/**
 * @typedef {import("../model/axis.js").AxisLayout} AxisLayout
 * @typedef {import("../model/axis.js").SendBox} SendBox
 * @typedef {import("../model/content.js").CellBox} CellBox
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {import("../model/axis.js").Box & {count: number}} Counted  segments of which only the number is known
 * @typedef {{unit: number, width: number, end: number, grid: Grid, words: import("../messages.js").Catalog,
 *   fit: (texts: string[], width: number) => string, fitSmall: (texts: string[], width: number) => string,
 *   sign: (number: number) => string, counted: Counted | null}} Frame
 *   `width` of the track in px, `end` of the stream in bytes
 */

/** The layers, back to front. */
const LAYERS = [
  "labels", "ticks", "send", "segment", "again", "counted", "kept", "waiting", "receive", "lost", "cells", "frames",
  "cuts", "captions", "note",
];

/** The row a layer is, as the page's readers know it. @type {Record<string, string>} */
const ROWS = {
  send: "send", segment: "segment", again: "segment", counted: "segment", receive: "receive", lost: "lost",
  frames: "frame",
};

/**
 * @param {SVGSVGElement} drawing
 * @param {AxisLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function rangesView(drawing, layout, frame) {
  const layers = layersOf(drawing, frame);
  updateLabels(layers.labels, layout, frame);
  updateTicks(layers.ticks, layout, frame);
  updateSends(layers.send, layout.sends, frame);
  updateSegments(layers.segment, layout.segments, "segment", frame);
  updateSegments(layers.again, layout.again, "again", frame);
  updateCounted(layers.counted, frame.counted, frame);
  updateKept(layers.kept, layout, frame);
  updateWaiting(layers.waiting, layout, frame);
  updateReceives(layers.receive, layout, frame);
  updateCells(layers.cells, layout.cells.filter(({ row }) => frame.grid.rows[row].height), frame);
  set(layers.cells, { "data-derived": layout.evidence.receive === "derived" });
  updateFrames(layers.frames, layout.frames, frame);
  updateLost(layers.lost, layout, frame);
  updateCuts(layers.cuts, layout, frame);
  updateReceiveCaptions(layers.captions, layout, frame);
  updateNote(layers.note, layout, frame);
}

/**
 * @param {SVGSVGElement} drawing
 * @param {Frame} frame
 * @returns {Record<string, SVGGElement>}
 */
function layersOf(drawing, { unit, grid }) {
  if (!drawing.firstElementChild) {
    drawing.append(...LAYERS.map((name) => svg("g", { class: `layer-${name}`, "data-row": ROWS[name] })));
  }
  const layers = /** @type {SVGGElement[]} */ ([...drawing.children]);
  for (const layer of layers.slice(1)) set(layer, { transform: `translate(${grid.label * unit} 0)` });
  const { queues } = grid;
  set(layers[LAYERS.indexOf("kept")], { "data-row": queues ? "send-queue" : null });
  set(layers[LAYERS.indexOf("waiting")], { "data-row": queues ? "receive-queue" : "waiting" });
  return Object.fromEntries(LAYERS.map((name, i) => [name, layers[i]]));
}

/**
 * A row's name, and under it how it is known.
 *
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateLabels(layer, layout, frame) {
  const { unit, words, grid } = frame;
  const { queues } = grid;
  const rows = [
    { row: grid.rows.send, name: "ui.row_send", note: "" },
    {
      row: grid.rows.segment, name: layout.datagrams ? "ui.row_datagram" : "ui.row_segment",
      note: frame.counted ? words.text("ui.row_counted") : "",
    },
    { row: grid.rows.kept, name: "ui.row_send_queue", note: words.text(EVIDENCE[layout.evidence.send]) },
    queues
      ? { row: grid.rows.waiting, name: "ui.row_receive_queue", note: words.text(EVIDENCE[layout.evidence.receive]) }
      : { row: grid.rows.waiting, name: "ui.row_waiting", note: words.text("ui.row_derived") },
    { row: grid.rows.receive, name: "ui.row_receive", note: crossText(layout, frame) },
    {
      row: grid.rows.frame, name: "ui.row_frame",
      note: layout.frames ? framingText(words, layout.frames.framing) : "",
    },
  ];
  const texts = rows.filter(({ row }) => row.height).flatMap(({ row, name, note }) => {
    const y = middle(row);
    const shift = note ? 9 : 0;
    return [
      { key: name, x: 0, text: words.text(name), y: y - shift, small: false },
      { key: `${name} note`, x: 0, text: note, y: y + shift + 2, small: true },
    ];
  });
  keyed(layer, [...texts, ...empties(layout, frame)], ({ key }) => key, () => svg("text"), (node, item) => {
    set(node, { x: item.x * unit, y: item.y * unit, class: item.small ? "row-note" : "row-label" });
    setText(node, item.text);
  });
}

/**
 * Where what was cut off is too narrow for a word, a cross stands for it.
 *
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function crossText({ lost }, { words, fit, unit }) {
  const narrow = lost.find((box) => box.kind === "truncated" && !fit([lostText(box, words)], box.width - 8 * unit));
  return narrow ? `× ${lostText(narrow, words)}` : "";
}

/** @type {Record<import("../types.js").Evidence, string>} */
const EVIDENCE = { measured: "ui.row_measured", derived: "ui.row_derived_wire" };

/**
 * An empty queue says that it is empty.
 *
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function empties({ kept, waiting }, { words, grid }) {
  const { rows, label } = grid;
  const queues = grid.queues;
  const sent = rows.kept.height && kept.length === 0 ? words.text("ui.nothing_kept") : "";
  const received = waiting || !rows.waiting.height ? "" : words.text("ui.nothing_waiting");
  return [
    { key: "nothing kept", x: label + 14, text: sent, y: middle(rows.kept) - 1, small: true },
    { key: "nothing waiting", x: label + 14, text: received, y: middle(rows.waiting) - 1, small: true },
  ];
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateTicks(layer, layout, { unit, end, grid }) {
  const bottom = grid.foot + 8;
  keyed(layer, layout.ticks, (tick) => tick.byte, () => svg("g", {}, svg("path"), svg("text")), (node, tick) => {
    const [line, label] = node.children;
    set(node, { transform: `translate(${tick.x} 0)` });
    set(line, { d: `M0 ${grid.rows.send.top * unit}V${bottom * unit}` });
    set(label, { y: (bottom + 19) * unit, "text-anchor": "middle" });
    setText(label, tick.label ? (tick.byte === end ? `${tick.byte} B` : String(tick.byte)) : "");
  });
}

/**
 * @param {SVGGElement} layer
 * @param {SendBox[]} sends
 * @param {Frame} frame
 */
function updateSends(layer, sends, frame) {
  const { unit, fit, sign, grid, words } = frame;
  const { top, height } = grid.rows.send;
  keyed(layer, sends, (send) => send.call, () => svg("g", {}, svg("rect"), svg("text"), svg("title")), (node, send) => {
    const { start, end, x: left, width, number, op, pending } = send;
    if (isDrawn(node, [start, end, left, width, number, op, pending, top, height, unit, grid.roomy])) return;
    const [rect, label, title] = node.children;
    const bytes = `${send.end - send.start} B`;
    const mark = send.number ? sign(send.number) : "";
    const full = send.number ? `${mark} ${send.op} → ${bytes}` : words.text("ui.moved_outside", { bytes });
    set(node, {
      class: `send ${sendClass(send.number)}`, "data-start": send.start, "data-end": send.end, "data-call": send.call,
      "data-pending": send.pending, "data-number": send.number,
    });
    set(rect, {
      ...inset(send, unit), y: top * unit, height: height * unit, rx: 8 * unit,
      fill: send.pending ? "none" : sendFill(send.number),
    });
    const text = fit([full, `${mark} ${bytes}`.trim()], send.width - 22 * unit);
    const x = text ? send.x + 14 * unit : send.x + send.width / 2;
    set(label, { x, y: middle(grid.rows.send) * unit, "text-anchor": text ? "start" : "middle" });
    setText(label, text || fit([mark], send.width + 2 * unit));
    setText(title, `${full} [${send.start}, ${send.end})`);
  });
}

/** A space stands below the line of the letters, where the hex is: so much higher, of a cell's height, it is above it. */
const LIFT = 0.14;

/**
 * A cell keeps its node when its bytes are read, so that it is seen to move from the kernel to the program.
 *
 * @param {SVGGElement} layer
 * @param {CellBox[]} cells
 * @param {Frame} frame
 */
function updateCells(layer, cells, { unit, grid }) {
  const create = () => svg("g", {}, svg("rect"), svg("text", { class: "char" }), svg("text", { class: "hex" }));
  keyed(layer, cells, (cell) => `${cell.start}-${cell.end}`, create, (node, cell) => {
    const [rect, char, hex] = node.children;
    const row = grid.rows[cell.row];
    const top = row.top + (cell.row === "waiting" ? (row.height - grid.cell) / 2 : grid.strip);
    const moved = node.hasAttribute("class") && !node.classList.contains(`in-${cell.row}`);
    const showHex = cell.width >= grid.hex * (cell.end - cell.start) * unit;
    set(node, { class: `cell in-${cell.row} ${sendClass(cell.number)}`, "data-byte": cell.start });
    const place = `translate(${cell.x}px, ${top * unit}px)`;
    // The browser writes it in its own way, so what was written last is kept beside it.
    if (node.dataset.place !== place) {
      set(node, { "data-place": place, "data-moved": moved });
      node.style.transform = place;
    }
    set(rect, { x: 2 * unit, width: Math.max(1, cell.width - 4 * unit), height: grid.cell * unit, rx: 5 * unit });
    const lift = cell.char === SPACE && showHex ? LIFT : 0;
    set(char, { x: cell.width / 2, y: grid.cell * ((showHex ? 0.5 : 0.65) - lift) * unit });
    set(hex, { x: cell.width / 2, y: grid.cell * (cell.char ? 0.85 : 0.62) * unit });
    setText(char, cell.char);
    setText(hex, showHex || !cell.char ? cell.hex : "");
  });
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateCuts(layer, layout, { unit, grid }) {
  const { send, receive } = grid.rows;
  // Above the box, in which its caption stands.
  const centre = (receive.top - 12) * unit;
  const create = () => svg("g", {}, svg("path"), svg("circle"), svg("text"));
  keyed(layer, layout.cuts, (cut) => `${cut.kind} ${cut.byte}`, create, (node, cut) => {
    const [line, dot, sign] = node.children;
    const sendFoot = send.top + send.height;
    const [from, to] = cut.kind === "split" ? [sendFoot - 10, sendFoot + 12] : [receive.top - 12, receive.top + receive.height + 6];
    set(node, { class: `cut ${cut.kind}`, "data-cut": cut.byte, transform: `translate(${cut.x} 0)` });
    set(line, { d: `M0 ${from * unit}V${to * unit}` });
    set(dot, { cy: centre, r: cut.sign ? 12 * unit : 0 });
    set(sign, { y: centre + 7 * unit, "text-anchor": "middle" });
    setText(sign, cut.sign ? (SIGNS[cut.kind] ?? "") : "");
  });
}

/** @type {Partial<Record<import("../types.js").FindingKind, string>>} */
const SIGNS = { sticky: "≠", character: "½" };

/** @type {Partial<Record<import("../types.js").FindingKind, string>>} */
const NOTES = {
  sticky: "ui.note_sticky", split: "ui.note_split", character: "ui.note_character", truncated: "ui.note_truncated",
  dropped: "ui.note_dropped", unreceived: "ui.note_unreceived", unreachable: "ui.note_unreachable", reset: "ui.note_reset",
};

/** @type {Partial<Record<import("../types.js").FindingKind, string>>} */
const LOST = {
  truncated: "ui.lost_truncated", dropped: "ui.lost_dropped", unreceived: "ui.lost_unreceived",
  unreachable: "ui.lost_unreachable",
  reset: "ui.lost_reset",
};

/**
 * @param {import("../model/lost.js").LostBox} lost
 * @param {import("../messages.js").Catalog} words
 * @returns {string}
 */
function lostText({ kind, lost, among }, words) {
  const text = words.text(LOST[kind] ?? "");
  return among > lost ? `${text} ${lost}/${among}` : text;
}

/** Room for a cross, in units: in fonts for Chinese it is much narrower than its place. */
const CROSS = 10;

/**
 * What no receive will return, in the row of the receives.
 *
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateLost(layer, layout, { unit, words, fit, grid }) {
  const { top, height } = grid.rows.receive;
  const create = () => svg("g", { class: "lost" }, svg("rect"), svg("text"), svg("title"));
  keyed(layer, layout.lost, (lost) => `${lost.kind} ${lost.start}`, create, (node, lost) => {
    const [rect, label, title] = node.children;
    const counted = lostText(lost, words);
    set(node, { "data-start": lost.start, "data-end": lost.end, "data-kind": lost.kind });
    set(rect, { ...inset(lost, unit), y: top * unit, height: height * unit, rx: 8 * unit });
    set(label, { x: lost.x + lost.width / 2, y: (top + height / 2 + 7) * unit, "text-anchor": "middle" });
    setText(label, fit([counted], lost.width - 8 * unit) || (lost.width >= CROSS * unit ? "×" : ""));
    setText(title, `${counted} [${lost.start}, ${lost.end})`);
  });
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateNote(layer, layout, { unit, width, words, fit, grid }) {
  const items = layout.note ? [layout.note] : [];
  keyed(layer, items, () => "note", () => svg("text"), (node, { x, finding }) => {
    const text = words.text(NOTES[finding.kind] ?? "", { n: finding.lost || finding.cuts.length + 1 });
    const half = textRoom(text, fit, width);
    set(node, {
      class: `note ${finding.kind}`, "text-anchor": "middle", y: (grid.foot + 56) * unit,
      x: Math.max(half, Math.min(width - half, x)),
    });
    setText(node, text);
  });
}

/**
 * Half the room a centred text needs, found by asking what fits.
 *
 * @param {string} text
 * @param {(texts: string[], width: number) => string} fit
 * @param {number} width
 * @returns {number}
 */
function textRoom(text, fit, width) {
  let room = 0;
  while (room < width && !fit([text], room)) room += width / 40;
  return Math.min(width, room * 1.2) / 2;
}
