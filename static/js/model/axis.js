/**
 * Where everything of one stream stands on its byte axis. Pure: widths of text come from the caller's `measure`.
 * Lengths are in px; bytes are offsets in the stream.
 */

import { placer, shares, visibleBoxes, x } from "./boxes.js";
import { cells } from "./content.js";
import { frameRow } from "./frames.js";
import { knownOf } from "./known.js";
import { entries, newest } from "./log.js";
import { queuesOf } from "./queues.js";
import { lostBoxes, waitingEnd } from "./lost.js";
import { sentEnd } from "./streams.js";

/**
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("../types.js").Evidence} Evidence
 * @typedef {{from: number, to: number}} Viewport  bytes
 * @typedef {import("./boxes.js").Box} Box
 * @typedef {import("./boxes.js").Place} Place
 * @typedef {import("./boxes.js").Share} Share
 * @typedef {Box & {call: number, number: number, op: string, args: string, pending: boolean}} SendBox
 * @typedef {Box & {call: number, op: string, args: string, shares: Share[]}} ReceiveBox
 * @typedef {Box & {seq: number, sequence: number | null, flags: string, order: string, shares: Share[]}} SegmentBox
 *   `seq` of its event; `sequence` is the number of its first byte, null of a datagram
 * @typedef {Box & {part: "unacked" | "unsent", evidence: Evidence, shares: Share[]}} KeptBox
 * @typedef {Box & {evidence: Evidence, shares: Share[]}} WaitingBox
 * @typedef {{byte: number, x: number, label: boolean}} Tick
 * @typedef {{byte: number, x: number, kind: import("../types.js").FindingKind, sign: boolean}} Cut
 *   `sign` where there is room for one
 * @typedef {{sends: SendBox[], segments: SegmentBox[], again: SegmentBox[], kept: KeptBox[],
 *   waiting: WaitingBox | null, receives: ReceiveBox[], cells: import("./content.js").CellBox[], ticks: Tick[],
 *   lost: import("./lost.js").LostBox[], cuts: Cut[], datagrams: boolean, frames: import("./frames.js").FrameRow | null,
 *   note: {x: number, finding: import("./state.js").Finding} | null, readable: boolean,
 *   evidence: {send: Evidence, receive: Evidence}}} AxisLayout
 *   `again` are the retransmissions; `kept` is the sender's queue, `waiting` the receiver's, or, of a stream whose
 *   segments are not known, what was handed over and not read
 */

/** A byte narrower than this, in units of the page's grid, is not drawn as a cell but as part of a bar. */
export const CELL_UNITS = 14;
/** In a narrower one, in px, nothing can be read, however small the letters are. */
const CELL_PX = 13;
/** Dotted lines closer than this, in px, would be a grey area. */
const TICK_GAP_PX = 12;

/**
 * @param {Stream} stream
 * @param {{viewport: Viewport, width: number, unit: number, measure: (text: string) => number,
 *   framing?: import("./framing.js").Framing | null, underway?: import("./known.js").Piece[]}} frame
 *   `width` of the track, `unit` of the page's grid (1 px at 1080p); `framing` when messages are to be told; `underway` is
 *   what the sends write that have not returned
 * @returns {AxisLayout}
 */
export function axisLayout(stream, frame) {
  const scale = frame.width / (frame.viewport.to - frame.viewport.from);
  const place = placer(frame, scale);
  const senders = [...entries(stream.sends), ...pendingOf(stream)].sort((a, b) => a.start - b.start);
  const readable = scale >= Math.max(CELL_UNITS * frame.unit, CELL_PX);
  const queues = stream.wire ? queuesOf(stream) : null;
  /** @param {Box} box */
  const sharesOf = (box) => shares(senders, box, place);
  const { start, end, evidence } = queues?.receive ?? handedOver(stream);
  const waits = place(start, end);
  const waiting = waits && { ...waits, evidence, shares: sharesOf(waits) };
  const receives = visibleBoxes(entries(stream.receives), place).map(([range, box]) => ({
    ...box, call: range.call, op: range.op, args: range.args, shares: sharesOf(box),
  }));
  const segments = entries(stream.segments);
  const [first, again] = [segments.filter((item) => !isAgain(item)), segments.filter(isAgain)]
    .map((some) => segmentBoxes(some, place, sharesOf));
  const sends = visibleBoxes(senders, place).map(([range, box]) => ({
    ...box, call: range.call, number: range.number, op: range.op, args: range.args,
    pending: !("data" in range),
  }));
  const last = newest(stream.findings);
  return {
    sends,
    segments: first,
    again,
    kept: queues ? keptBoxes(queues.send, place, sharesOf) : [],
    waiting,
    receives,
    cells: readable ? cells(knownOf(stream, frame.underway), senders, { receives, waiting }, place, scale) : [],
    ticks: ticks([...sends, ...receives, ...first, ...again], frame, scale),
    lost: lostBoxes(entries(stream.findings), place),
    cuts: cuts(stream, frame, scale),
    frames: frame.framing ? frameRow(stream, frame.framing, place, frame.viewport.to) : null,
    note: last ? { finding: last, x: x(frame, scale, (last.start + last.end) / 2) } : null,
    readable,
    datagrams: segments.some((item) => item.protocol === "udp"),
    evidence: { send: queues?.send.evidence ?? "derived", receive: evidence },
  };
}

/**
 * Of a stream whose segments are not known.
 *
 * @param {Stream} stream
 * @returns {import("./queues.js").Queue}
 */
function handedOver(stream) {
  return { start: stream.received, end: waitingEnd(entries(stream.findings), sentEnd(stream)), evidence: "derived" };
}

/** @param {import("../types.js").SegmentCaptured} segment */
function isAgain(segment) {
  return segment.order === "retransmission";
}

/**
 * @param {import("../types.js").SegmentCaptured} segment
 * @returns {{start: number, end: number, segment: import("../types.js").SegmentCaptured}}
 */
function rangeOf(segment) {
  return { start: segment.start ?? 0, end: segment.end ?? 0, segment };
}

/**
 * @param {import("../types.js").SegmentCaptured[]} segments
 * @param {Place} place
 * @param {(box: Box) => Share[]} sharesOf
 * @returns {SegmentBox[]}
 */
function segmentBoxes(segments, place, sharesOf) {
  return visibleBoxes(segments.map(rangeOf), place).map(([{ segment }, box]) => ({
    ...box, seq: segment.seq, sequence: segment.sequence ?? null, flags: segment.flags ?? "",
    order: segment.order ?? "",
    shares: sharesOf(box),
  }));
}

/**
 * @param {import("./queues.js").Queues["send"]} queue
 * @param {Place} place
 * @param {(box: Box) => Share[]} sharesOf
 * @returns {KeptBox[]}
 */
function keptBoxes({ start, sent, end, evidence }, place, sharesOf) {
  /** @type {["unacked" | "unsent", Box | null][]} */
  const parts = [["unacked", place(start, sent)], ["unsent", place(sent, end)]];
  return parts.flatMap(([part, box]) => (box ? [{ ...box, part, evidence, shares: sharesOf(box) }] : []));
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

/** The findings that are about a place where a call's bytes end, and not about what is lost. */
const CUTTING = new Set(["sticky", "split", "character"]);
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
  return entries(stream.findings).filter(({ kind }) => CUTTING.has(kind)).flatMap((finding) =>
    finding.cuts.filter((byte) => inside(frame.viewport, byte)).map((byte) => {
      const at = x(frame, scale, byte);
      const sign = finding.kind !== "split" && at >= free;
      if (sign) free = at + SIGN_UNITS * frame.unit;
      return { byte, kind: finding.kind, x: at, sign };
    }));
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
