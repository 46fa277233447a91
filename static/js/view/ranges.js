/** Draws one stream's layout into its SVG. */

import { keyed, set, setText, svg } from "./dom.js";
import { sendClass, sendFill } from "./marks.js";

/**
 * @typedef {import("../model/axis.js").AxisLayout} AxisLayout
 * @typedef {import("../model/axis.js").SendBox} SendBox
 * @typedef {import("../model/axis.js").ReceiveBox} ReceiveBox
 * @typedef {import("../model/axis.js").WaitingBox} WaitingBox
 * @typedef {import("../model/axis.js").CellBox} CellBox
 * @typedef {{unit: number, width: number, end: number, grid: Grid, words: import("../messages.js").Catalog,
 *   fit: (texts: string[], width: number) => string, sign: (number: number) => string}} Frame
 *   `width` of the track in px, `end` of the stream in bytes
 */

/**
 * The grid of one stream, in units (1 px at 1080p): the labels' column, and heights of rows, of the gaps between them,
 * of a receive's caption (`strip`), of a cell, and of what stands below.
 *
 * @typedef {{label: number, right: number, gap: number, send: number, waiting: number, receive: number, strip: number,
 *   cell: number, foot: number, top: {send: number, waiting: number, receive: number, foot: number},
 *   height: number}} Grid
 */

/**
 * @param {{gap: number, send: number, waiting: number, strip: number, cell: number}} sizes
 * @returns {Grid}
 */
function gridOf({ gap, send, waiting, strip, cell }) {
  const receive = strip + cell + 16;
  const top = { send: 4, waiting: 4 + send + gap, receive: 4 + send + waiting + 2 * gap, foot: 0 };
  top.foot = top.receive + receive;
  return { label: 150, right: 24, gap, send, waiting, receive, strip, cell, foot: 76, top, height: top.foot + 76 };
}

/** One stream has the middle to itself; several share it. */
export const ROOMY = gridOf({ gap: 30, send: 50, waiting: 66, strip: 40, cell: 54 });
export const COMPACT = gridOf({ gap: 18, send: 44, waiting: 56, strip: 32, cell: 44 });

/** The layers, back to front. */
const LAYERS = ["labels", "ticks", "send", "waiting", "receive", "cells", "cuts", "note"];

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
  updateWaiting(layers.waiting, layout, frame);
  updateReceives(layers.receive, layout, frame);
  updateCells(layers.cells, layout.cells, frame);
  updateCuts(layers.cuts, layout, frame);
  updateNote(layers.note, layout, frame);
}

/**
 * @param {SVGSVGElement} drawing
 * @param {Frame} frame
 * @returns {Record<string, SVGGElement>}
 */
function layersOf(drawing, { unit, grid }) {
  if (!drawing.firstElementChild) {
    drawing.append(...LAYERS.map((name) => svg("g", { class: `layer-${name}` })));
    set(drawing.children[LAYERS.indexOf("send")], { "data-row": "send" });
    set(drawing.children[LAYERS.indexOf("waiting")], { "data-row": "waiting", "data-evidence": "derived" });
    set(drawing.children[LAYERS.indexOf("receive")], { "data-row": "receive" });
  }
  const layers = /** @type {SVGGElement[]} */ ([...drawing.children]);
  for (const layer of layers.slice(1)) set(layer, { transform: `translate(${grid.label * unit} 0)` });
  return Object.fromEntries(LAYERS.map((name, i) => [name, layers[i]]));
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateLabels(layer, layout, { unit, words, grid }) {
  const middle = grid.top.waiting + grid.waiting / 2;
  const received = grid.top.receive + grid.receive / 2;
  const nothing = layout.waiting ? "" : words.text("ui.nothing_waiting");
  const rows = [
    { key: "send", x: 0, text: words.text("ui.row_send"), y: grid.top.send + grid.send / 2 + 7, small: false },
    { key: "waiting", x: 0, text: words.text("ui.row_waiting"), y: middle - 3, small: false },
    { key: "derived", x: 0, text: words.text("ui.row_derived"), y: middle + 20, small: true },
    { key: "nothing", x: grid.label + 14, text: nothing, y: middle + 7, small: true },
    { key: "receive", x: 0, text: words.text("ui.row_receive"), y: received + 7, small: false },
  ];
  keyed(layer, rows, (row) => row.key, () => svg("text"), (node, row) => {
    set(node, { x: row.x * unit, y: row.y * unit, class: row.small ? "row-note" : "row-label" });
    setText(node, row.text);
  });
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateTicks(layer, layout, { unit, end, grid }) {
  const bottom = grid.top.foot + 8;
  keyed(layer, layout.ticks, (tick) => tick.byte, () => svg("g", {}, svg("path"), svg("text")), (node, tick) => {
    const [line, label] = node.children;
    set(node, { transform: `translate(${tick.x} 0)` });
    set(line, { d: `M0 ${grid.top.send * unit}V${bottom * unit}` });
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
  const { unit, fit, sign, grid } = frame;
  const height = grid.send * unit;
  keyed(layer, sends, (send) => send.call, () => svg("g", {}, svg("rect"), svg("text"), svg("title")), (node, send) => {
    const [rect, label, title] = node.children;
    const bytes = `${send.end - send.start} B`;
    const full = `${sign(send.number)} ${send.op} → ${bytes}`;
    set(node, {
      class: `send ${sendClass(send.number)}`, "data-start": send.start, "data-end": send.end, "data-call": send.call,
      "data-pending": send.pending, "data-number": send.number,
    });
    set(rect, {
      ...inset(send, unit), y: grid.top.send * unit, height, rx: 8 * unit,
      fill: send.pending ? "none" : sendFill(send.number),
    });
    const text = fit([full, `${sign(send.number)} ${bytes}`], send.width - 22 * unit);
    const x = text ? send.x + 14 * unit : send.x + send.width / 2;
    set(label, { x, y: (grid.top.send + grid.send / 2 + 7) * unit, "text-anchor": text ? "start" : "middle" });
    setText(label, text || fit([sign(send.number)], send.width + 2 * unit));
    setText(title, `${full} [${send.start}, ${send.end})`);
  });
}

/**
 * A box with a small gap on both sides, so that neighbours are told apart without colour.
 *
 * @param {{x: number, width: number}} box
 * @param {number} unit
 * @returns {{x: number, width: number}}
 */
function inset(box, unit) {
  const gap = Math.min(1.5 * unit, box.width / 4);
  return { x: box.x + gap, width: box.width - 2 * gap };
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateWaiting(layer, layout, { unit, words, fit, grid }) {
  const { waiting, readable } = layout;
  const items = waiting ? [waiting] : [];
  const create = () => svg("g", {}, svg("rect"), svg("g"), svg("text"), svg("title"));
  keyed(layer, items, () => "waiting", create, (node, box) => {
    const [rect, parts, label, title] = node.children;
    const text = words.text("ui.waiting_bytes", { n: box.end - box.start });
    set(node, { class: "waiting", "data-start": box.start, "data-end": box.end, "data-evidence": "derived" });
    set(rect, { ...inset(box, unit), y: grid.top.waiting * unit, height: grid.waiting * unit, rx: 8 * unit });
    updateShares(parts, readable ? [] : box.shares, grid.top.waiting + 8, grid.waiting - 16, unit);
    set(label, { x: box.x + 14 * unit, y: (grid.top.waiting + grid.waiting / 2 + 7) * unit });
    setText(label, readable ? "" : fit([text, `${box.end - box.start} B`], box.width - 22 * unit));
    setText(title, text);
  });
}

/**
 * @param {Element} group
 * @param {import("../model/axis.js").Share[]} shares
 * @param {number} y units
 * @param {number} height units
 * @param {number} unit
 */
function updateShares(group, shares, y, height, unit) {
  keyed(group, shares, (share) => share.start, () => svg("rect"), (node, share) => {
    set(node, {
      class: `share ${sendClass(share.number)}`, x: share.x, width: share.width, y: y * unit, height: height * unit,
      fill: sendFill(share.number),
    });
  });
}

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateReceives(layer, layout, { unit, fit, grid }) {
  const bars = !layout.readable;
  const create = () => svg(
    "g", { class: "receive" }, svg("rect", { class: "ground" }), svg("g"), svg("rect", { class: "box" }), svg("text"),
    svg("title"),
  );
  keyed(layer, layout.receives, (receive) => receive.call, create, (node, receive) => {
    const [ground, parts, box, label, title] = node.children;
    const bytes = `${receive.end - receive.start} B`;
    const full = `${receive.op}(${receive.args}) → ${bytes}`;
    const place = { ...inset(receive, unit), y: grid.top.receive * unit, height: grid.receive * unit, rx: 8 * unit };
    set(node, { "data-start": receive.start, "data-end": receive.end, "data-call": receive.call });
    set(ground, place);
    set(box, place);
    updateShares(parts, receive.shares, bars ? grid.top.receive + grid.strip : grid.top.receive + grid.receive - 10,
      bars ? grid.receive - grid.strip - 8 : 6, unit);
    set(label, { x: receive.x + 14 * unit, y: (grid.top.receive + grid.strip * 0.74) * unit });
    setText(label, fit([full, `→ ${bytes}`, bytes], receive.width - 22 * unit));
    setText(title, `${full} [${receive.start}, ${receive.end})`);
  });
}

/** Narrower than this, a cell has no room for its hex. */
const HEX_UNITS = 22;

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
    const inside = cell.row === "waiting" ? (grid.waiting - grid.cell) / 2 : grid.strip;
    const top = grid.top[cell.row] + inside;
    const showHex = cell.width >= HEX_UNITS * (cell.end - cell.start) * unit;
    set(node, { class: `cell in-${cell.row} ${sendClass(cell.number)}`, "data-byte": cell.start });
    node.style.transform = `translate(${cell.x}px, ${top * unit}px)`;
    set(rect, { x: 2 * unit, width: Math.max(1, cell.width - 4 * unit), height: grid.cell * unit, rx: 5 * unit });
    set(char, { x: cell.width / 2, y: grid.cell * (showHex ? 0.5 : 0.65) * unit });
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
  const middle = (grid.top.receive + grid.strip / 2) * unit;
  const create = () => svg("g", {}, svg("path"), svg("circle"), svg("text"));
  keyed(layer, layout.cuts, (cut) => `${cut.kind} ${cut.byte}`, create, (node, cut) => {
    const [line, dot, sign] = node.children;
    const sendFoot = grid.top.send + grid.send;
    const [from, to] =
      cut.kind === "sticky" ? [grid.top.receive - 14, grid.top.foot + 6] : [sendFoot - 10, sendFoot + 12];
    set(node, { class: `cut ${cut.kind}`, "data-cut": cut.byte, transform: `translate(${cut.x} 0)` });
    set(line, { d: `M0 ${from * unit}V${to * unit}` });
    set(dot, { cy: middle, r: cut.sign ? 13 * unit : 0 });
    set(sign, { y: middle + 7 * unit, "text-anchor": "middle" });
    setText(sign, cut.sign ? "≠" : "");
  });
}

/** @type {Record<"sticky" | "split", string>} */
const NOTES = { sticky: "ui.note_sticky", split: "ui.note_split" };

/**
 * @param {SVGGElement} layer
 * @param {AxisLayout} layout
 * @param {Frame} frame
 */
function updateNote(layer, layout, { unit, width, words, fit, grid }) {
  const items = layout.note ? [layout.note] : [];
  keyed(layer, items, () => "note", () => svg("text"), (node, { x, finding }) => {
    const text = words.text(NOTES[finding.kind], { n: finding.cuts.length + 1 });
    const half = textRoom(text, fit, width);
    set(node, {
      class: `note ${finding.kind}`, "text-anchor": "middle", y: (grid.top.foot + 64) * unit,
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
