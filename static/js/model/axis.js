/**
 * Where everything of one stream stands on its byte axis. Pure: widths of text come from the caller's `measure`.
 * Lengths are in px; bytes are offsets in the stream.
 */

import { cellsOf } from "./cells.js";
import { entries, newest } from "./log.js";
import { sentEnd } from "./streams.js";

/**
 * @typedef {import("./reduce.js").Stream} Stream
 * @typedef {{from: number, to: number}} Viewport  bytes
 * @typedef {{start: number, end: number, x: number, width: number}} Box
 * @typedef {Box & {number: number}} Share  the part of a box that one send wrote; `number` 0 when unknown
 * @typedef {Box & {call: number, number: number, op: string, args: string, pending: boolean}} SendBox
 * @typedef {Box & {call: number, op: string, args: string, shares: Share[]}} ReceiveBox
 * @typedef {Box & {shares: Share[]}} WaitingBox
 * @typedef {Box & {char: string, hex: string, number: number, row: "waiting" | "receive"}} CellBox
 * @typedef {{byte: number, x: number, label: boolean}} Tick
 * @typedef {{byte: number, x: number, kind: "sticky" | "split", sign: boolean}} Cut  `sign` where there is room for one
 * @typedef {{sends: SendBox[], waiting: WaitingBox | null, receives: ReceiveBox[], cells: CellBox[], ticks: Tick[],
 *   cuts: Cut[], note: {x: number, finding: import("./reduce.js").Finding} | null, readable: boolean}} AxisLayout
 */

/** A byte narrower than this, in units of the page's grid, is not drawn as a cell but as part of a bar. */
export const CELL_UNITS = 14;
/** Dotted lines closer than this, in px, would be a grey area. */
const TICK_GAP_PX = 5;

/**
 * @param {Stream} stream
 * @param {{viewport: Viewport, width: number, unit: number, measure: (text: string) => number}} frame
 *   `width` of the track, `unit` of the page's grid (1 px at 1080p)
 * @returns {AxisLayout}
 */
export function axisLayout(stream, frame) {
  const scale = frame.width / (frame.viewport.to - frame.viewport.from);
  const place = placer(frame, scale);
  const senders = [...entries(stream.sends), ...pendingOf(stream)];
  const readable = scale >= CELL_UNITS * frame.unit;
  const waiting = place(stream.received, sentEnd(stream));
  const receives = visibleBoxes(entries(stream.receives), place).map(([range, box]) => ({
    ...box, call: range.call, op: range.op, args: range.args, shares: shares(senders, box, place),
  }));
  const last = newest(stream.findings);
  return {
    sends: visibleBoxes(senders, place).map(([range, box]) => ({
      ...box, call: range.call, number: range.number, op: range.op, args: range.args,
      pending: !("data" in range),
    })),
    waiting: waiting && { ...waiting, shares: shares(senders, waiting, place) },
    receives,
    cells: readable ? cells(stream, senders, [...receives, ...(waiting ? [waiting] : [])], place, scale) : [],
    ticks: ticks([...senders, ...entries(stream.receives)], frame, scale),
    cuts: cuts(stream, frame, scale),
    note: last ? { finding: last, x: x(frame, scale, (last.start + last.end) / 2) } : null,
    readable,
  };
}

/**
 * @param {Stream} stream
 * @returns {{call: number, number: number, op: string, args: string, start: number, end: number}[]}
 */
function pendingOf(stream) {
  return Object.values(stream.pending).map((call) => ({ ...call, start: call.start ?? 0, end: call.end ?? 0 }));
}

/**
 * @param {Viewport} viewport
 * @param {number} byte
 */
function inside(viewport, byte) {
  return byte >= viewport.from && byte <= viewport.to;
}

/**
 * @param {{viewport: Viewport}} frame
 * @param {number} scale
 * @param {number} byte
 */
function x(frame, scale, byte) {
  return (byte - frame.viewport.from) * scale;
}

/**
 * @typedef {(start: number, end: number) => Box | null} Place  null when out of view or empty
 *
 * @param {{viewport: Viewport, width: number}} frame
 * @param {number} scale
 * @returns {Place}
 */
function placer(frame, scale) {
  return (start, end) => {
    const left = Math.max(0, x(frame, scale, start));
    const right = Math.min(frame.width, x(frame, scale, end));
    return end > start && right > left ? { start, end, x: left, width: right - left } : null;
  };
}

/**
 * The ranges in view with their boxes. Of ranges that fall on the same pixel only the first is kept: a screen cannot
 * show more, and there may be thousands.
 *
 * @template {{start: number, end: number}} T
 * @param {T[]} ranges
 * @param {Place} place
 * @returns {[T, Box][]}
 */
function visibleBoxes(ranges, place) {
  let drawn = -1;
  /** @type {[T, Box][]} */
  const boxes = [];
  for (const range of ranges) {
    const box = place(range.start, range.end);
    if (!box) continue;
    const pixel = Math.floor(box.x + box.width);
    if (box.width < 1 && pixel === drawn) continue;
    drawn = pixel;
    boxes.push([range, box]);
  }
  return boxes;
}

/**
 * @param {{start: number, end: number, number: number}[]} senders
 * @param {Box} box
 * @param {Place} place
 * @returns {Share[]}
 */
function shares(senders, box, place) {
  return senders.flatMap((sender) => {
    const part = place(Math.max(sender.start, box.start), Math.min(sender.end, box.end));
    return part ? [{ ...part, number: sender.number }] : [];
  });
}

/**
 * @param {Stream} stream
 * @param {{start: number, end: number, number: number}[]} senders
 * @param {Box[]} boxes receives, and the waiting bytes last: a character cut by a recv is shown cut
 * @param {Place} place
 * @param {number} scale
 * @returns {CellBox[]}
 */
function cells(stream, senders, boxes, place, scale) {
  return boxes.flatMap((box) =>
    knownRuns(stream, box).flatMap(({ from, bytes }) =>
      cellsOf(bytes, from).flatMap((cell) => {
        const at = place(cell.start, cell.end);
        const sender = senders.find(({ start, end }) => start <= cell.start && cell.start < end);
        /** @type {CellBox["row"]} */
        const row = box.start >= stream.received ? "waiting" : "receive";
        if (!at) return [];
        const content = cut(cell, at, scale) ? { char: "", hex: "" } : { char: cell.char, hex: cell.hex };
        return [{ ...at, ...content, number: sender?.number ?? 0, row }];
      })));
}

/**
 * Whether the edge of the view cuts a cell, so that there is no room for what it says.
 *
 * @param {{start: number, end: number}} cell
 * @param {Box} box
 * @param {number} scale
 */
function cut(cell, box, scale) {
  return box.width < (cell.end - cell.start) * scale * 0.9;
}

/** Content is drawn for at most this many bytes of one box; more than fit on any screen. */
const CONTENT_BYTES = 4096;

/**
 * The bytes of a box that are known, as runs without holes. Of a send that has not returned the content is not known
 * yet, but a recv may have returned it already.
 *
 * @param {Stream} stream
 * @param {{start: number, end: number}} box
 * @returns {{from: number, bytes: Uint8Array}[]}
 */
function knownRuns(stream, box) {
  const size = Math.min(box.end - box.start, CONTENT_BYTES);
  const bytes = new Uint8Array(size);
  const known = new Uint8Array(size);
  for (const range of [...entries(stream.sends), ...entries(stream.receives)]) {
    const from = Math.max(range.start, box.start);
    const to = Math.min(range.start + range.data.length, box.start + size);
    if (from >= to) continue;
    bytes.set(range.data.subarray(from - range.start, to - range.start), from - box.start);
    known.fill(1, from - box.start, to - box.start);
  }
  return runs(known).map(([from, to]) => ({ from: box.start + from, bytes: bytes.subarray(from, to) }));
}

/**
 * @param {Uint8Array} flags
 * @returns {[from: number, to: number][]} where they are 1
 */
function runs(flags) {
  /** @type {[number, number][]} */
  const found = [];
  let from = flags.indexOf(1);
  while (from >= 0) {
    const zero = flags.indexOf(0, from);
    const to = zero < 0 ? flags.length : zero;
    found.push([from, to]);
    from = flags.indexOf(1, to);
  }
  return found;
}

/**
 * @param {{start: number, end: number}[]} ranges
 * @param {{viewport: Viewport, width: number, measure: (text: string) => number}} frame
 * @param {number} scale
 * @returns {Tick[]} a tick at each boundary in view, with a label where there is room for one
 */
function ticks(ranges, frame, scale) {
  const bytes = [...new Set([0, ...ranges.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  /** @type {Tick[]} */
  const found = [];
  let free = -Infinity;
  let drawn = -Infinity;
  for (const byte of bytes) {
    if (!inside(frame.viewport, byte)) continue;
    const at = x(frame, scale, byte);
    if (at - drawn < TICK_GAP_PX) continue;
    const half = frame.measure(`${byte} B`) / 2;
    const label = at - half >= free;
    found.push({ byte, x: at, label });
    drawn = at;
    if (label) free = at + half * 1.4;
  }
  return found;
}

/** The width of a cut's sign, in units. */
const SIGN_UNITS = 30;

/**
 * @param {Stream} stream
 * @param {{viewport: Viewport, unit: number}} frame
 * @param {number} scale
 * @returns {Cut[]}
 */
function cuts(stream, frame, scale) {
  let free = -Infinity;
  return entries(stream.findings).flatMap((finding) =>
    finding.cuts.filter((byte) => inside(frame.viewport, byte)).map((byte) => {
      const at = x(frame, scale, byte);
      const sign = finding.kind === "sticky" && at >= free;
      if (sign) free = at + SIGN_UNITS * frame.unit;
      return { byte, kind: finding.kind, x: at, sign };
    }));
}

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

/**
 * The longest of the texts that fits.
 *
 * @param {string[]} texts longest first
 * @param {number} width px
 * @param {(text: string) => number} measure
 * @returns {string} empty when none fits
 */
export function fitting(texts, width, measure) {
  return texts.find((text) => measure(text) <= width) ?? "";
}
