/**
 * Where calls, steps and breaks stand on the timeline. Pure; x is in px from the left of the whole (unscrolled) line.
 *
 * By event every step is one column of the same width, and the calls of a column share it. By time x is the folded
 * clock.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./calls.js").CallRow} CallRow
 * @typedef {{row: CallRow, lane: number, x: number, width: number, sleep: number | null}} Bar
 *   `sleep` is the x from which the call is known to sleep
 * @typedef {{x: number, ns: number}} Mark
 * @typedef {{lanes: string[], bars: Bar[], arrows: import("./arrows.js").Arrows, breaks: Mark[], times: Mark[],
 *   steps: number[], length: number,
 *   playhead: (step: number, cursor: number) => number}} TimelineLayout
 */

import { arrowsOf } from "./arrows.js";
import { FoldedClock, firstAfter } from "./fold.js";

/** Part of its column a bar leaves free on each side. */
const MARGIN = 0.03;

/**
 * @param {Store} store
 * @param {FoldedClock} clock of the steps
 * @param {{mode: import("./player.js").Mode, width: number, column: number, bar: number}} frame
 *   `width` of the view; the least width of a `column` and of a `bar`
 * @returns {TimelineLayout}
 */
export function timelineLayout(store, clock, frame) {
  return frame.mode === "event" ? byEvent(store, clock, frame) : byTime(store, clock, frame);
}

/**
 * @param {Store} store
 * @returns {{lanes: string[], firstServer: number}} a lane for each process, clients above servers as they are left of
 *   them
 */
function lanesOf(store) {
  const started = store.processes.map(({ name }) => name);
  const seen = [...new Set([...started, ...store.calls.rows.map((row) => row.process)])];
  const servers = new Set(store.processes.filter(({ role }) => role === "server").map(({ name }) => name));
  const clients = seen.filter((name) => !servers.has(name));
  return { lanes: [...clients, ...seen.filter((name) => servers.has(name))], firstServer: clients.length };
}

/**
 * @param {Store} store
 * @param {FoldedClock} clock
 * @param {{width: number, column: number}} frame
 * @returns {TimelineLayout}
 */
function byEvent(store, clock, frame) {
  const count = Math.max(1, store.stepCount);
  const column = Math.max(frame.column, frame.width / Math.max(count, 12));
  const slots = slotsOf(store);
  const { lanes, firstServer } = lanesOf(store);
  const bars = store.calls.rows.map((row) => {
    const from = slots[row.first];
    const to = row.last < 0 ? { column: count - 1, from: 0, to: 1 } : slots[row.last];
    const x = (from.column + from.from + MARGIN) * column;
    const end = (to.column + to.to - MARGIN) * column;
    const sleep = row.blocked < 0 ? null : (slots[row.blocked].column + slots[row.blocked].from + MARGIN) * column;
    return { row, lane: lanes.indexOf(row.process), x, width: end - x, sleep };
  });
  const steps = Array.from({ length: store.stepCount }, (_, step) => (step + 1) * column);
  const breaks = clock.folds.map(({ from, to }) => ({ x: firstAfter(clock.times, from) * column, ns: to - from }));
  const { segments } = store;
  const arrows = arrowsOf(segments, lanes, firstServer, (i) => {
    const slot = slots[segments.index.at(i)];
    return (slot.column + slot.from + MARGIN) * column;
  });
  return {
    lanes, bars, arrows, breaks, steps, length: count * column,
    times: steps.map((x, step) => ({ x: x - column, ns: store.stepTime(step) })),
    playhead: (step) => (step < 0 ? 0 : steps[step] ?? 0),
  };
}

/**
 * The part of its column each event has: the calls of one step stand side by side.
 *
 * @param {Store} store
 * @returns {{column: number, from: number, to: number}[]} by index of event
 */
function slotsOf(store) {
  /** @type {number[]} */
  const taken = [];
  const order = store.events.map((event, i) => {
    const column = store.steps.at(i);
    const before = taken[column] ?? 0;
    if (takesRoom(event)) taken[column] = before + 1;
    return { column, before };
  });
  return order.map(({ column, before }) => {
    const count = Math.max(1, taken[column] ?? 1);
    const at = Math.min(before, count - 1);
    return { column, from: at / count, to: (at + 1) / count };
  });
}

/**
 * @param {import("../types.js").Event} event
 */
function takesRoom(event) {
  return event.caption !== undefined || event.type.startsWith("call.");
}

/**
 * @param {Store} store
 * @param {FoldedClock} clock
 * @param {{width: number, bar: number}} frame
 * @returns {TimelineLayout}
 */
function byTime(store, clock, frame) {
  const { lanes, firstServer } = lanesOf(store);
  const scale = frame.width / (clock.length || 1);
  const newest = store.count ? store.times.at(store.count - 1) : 0;
  /** @param {number} ns */
  const at = (ns) => clock.place(ns) * scale;
  const bars = store.calls.rows.map((row) => {
    const end = at(row.ended < 0 ? newest : row.ended);
    const x = Math.min(at(row.began), frame.width - frame.bar);
    const sleep = row.sleepSince < 0 ? null : at(row.sleepSince);
    return { row, lane: lanes.indexOf(row.process), x, width: Math.max(frame.bar, end - x), sleep };
  });
  const steps = clock.places.map((place) => place * scale);
  return {
    lanes, bars, steps, length: frame.width,
    arrows: arrowsOf(store.segments, lanes, firstServer, (i) => at(store.segments.time.at(i))),
    breaks: clock.folds.map((fold) => ({ x: fold.at * scale, ns: fold.to - fold.from })),
    times: steps.map((x, step) => ({ x, ns: store.stepTime(step) })),
    playhead: (_, cursor) => Math.min(frame.width, cursor * scale),
  };
}

/**
 * The step whose place is nearest to x.
 *
 * @param {number[]} steps x of each, ascending
 * @param {number} x
 * @returns {number} -1 when there is none
 */
export function nearestStep(steps, x) {
  const after = firstAfter(steps, x);
  if (after === 0) return steps.length ? 0 : -1;
  if (after === steps.length) return after - 1;
  return x - steps[after - 1] <= steps[after] - x ? after - 1 : after;
}

/**
 * The marks of those that are far enough apart to be labelled.
 *
 * @param {Mark[]} marks ascending in x
 * @param {(mark: Mark) => number} width of its label
 * @returns {Mark[]}
 */
export function spaced(marks, width) {
  let free = -Infinity;
  return marks.filter((mark) => {
    if (mark.x < free) return false;
    free = mark.x + width(mark);
    return true;
  });
}

/**
 * The marks that get a label when not all can: the longest breaks first.
 *
 * @param {Mark[]} marks
 * @param {number} width of a label
 * @returns {Mark[]}
 */
export function longestFirst(marks, width) {
  /** @type {Mark[]} */
  const kept = [];
  for (const mark of [...marks].sort((a, b) => b.ns - a.ns)) {
    if (kept.every(({ x }) => Math.abs(x - mark.x) >= width)) kept.push(mark);
  }
  return kept;
}
