/**
 * Where calls, steps and breaks stand on the timeline. Pure; x is in px from the left of the whole (unscrolled) line.
 *
 * By event every step is one column of the same width, and the calls of a column share it. By time x is the folded
 * clock. A run may have a hundred thousand calls: by event only what is in view is laid out, by time, where all is in
 * view, only what would not fall on the same pixels.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./calls.js").CallRow} CallRow
 * @typedef {import("./fold.js").Clock} Clock
 * @typedef {{row: CallRow, lane: number, x: number, width: number, sleep: number | null}} Bar
 *   `sleep` is the x from which the call is known to sleep
 * @typedef {{x: number, ns: number}} Mark
 * @typedef {Mark & {since: number}} Time  `since` is the ns since the last gap ended, or since the first step
 * @typedef {{mode: import("./player.js").Mode, width: number, column: number, bar: number, lanes?: number}} Frame
 *   `width` of the view; the least width of a `column` and of a `bar`; how many `lanes` there is room for
 * @typedef {{count: number, length: number, playhead: (step: number, cursor: number) => number,
 *   stepAt: (x: number) => number}} Scale  `count` of steps; `stepAt` is -1 when there is none
 * @typedef {{lanes: string[], hidden: number, bars: Bar[], arrows: import("./arrows.js").Arrows, breaks: Mark[],
 *   times: Time[], zero: number | null}} TimelineLayout  `hidden` processes have no lane; `zero` is where the clock's
 *   zero stands when the line begins before it
 */

import { arrowsOf } from "./arrows.js";
import { callsBetween } from "./calls.js";
import { firstAfter } from "./fold.js";
import { lanesOf } from "./lanes.js";

/** Part of its column a bar leaves free on each side. */
const MARGIN = 0.03;
/** Arrows and times closer than this, in px, would be one grey area. */
const CLOSEST_PX = 3;
/** Breaks closer than this could not be told from one. */
const BREAK_PX = 12;

/**
 * @param {Store} store
 * @param {Clock} clock of the steps
 * @param {Frame} frame
 * @returns {Scale}
 */
export function timelineScale({ stepCount: count }, clock, frame) {
  if (frame.mode === "event") {
    const column = columnOf(count, frame);
    return {
      count, length: Math.max(1, count) * column,
      playhead: (step) => (step < 0 ? 0 : (step + 1) * column),
      stepAt: (x) => Math.max(0, Math.min(count, Math.round(x / column)) - 1) - (count ? 0 : 1),
    };
  }
  const scale = frame.width / (clock.length || 1);
  return {
    count, length: frame.width,
    playhead: (_, cursor) => Math.min(frame.width, cursor * scale),
    stepAt: (x) => nearest(clock.places.view(), x / scale),
  };
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {Frame & {step: number, from: number, to: number}} frame  of the playhead's step; [from, to] is in view
 * @returns {TimelineLayout}
 */
export function timelineLayout(store, clock, frame) {
  return frame.mode === "event" ? byEvent(store, clock, frame) : byTime(store, clock, frame);
}

/**
 * @param {number} count of steps
 * @param {Frame} frame
 */
function columnOf(count, frame) {
  return Math.max(frame.column, frame.width / Math.max(count, 12));
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {Frame & {step: number, from: number, to: number}} frame
 * @returns {TimelineLayout}
 */
function byEvent(store, clock, frame) {
  const count = Math.max(1, store.stepCount);
  const column = columnOf(count, frame);
  const [first, last] = [frame.from, frame.to].map((x) => Math.max(0, Math.min(count - 1, Math.floor(x / column))));
  const from = first > 0 ? store.firsts.at(first) : 0;
  const to = store.lastOfStep(last);
  const slot = slotsOf(store, from, to);
  const lanes = lanesOf(store, frame.lanes ?? Infinity, frame.step);
  const laneOf = new Map(lanes.names.map((name, lane) => [name, lane]));
  const bars = callsBetween(store.calls, from, to).flatMap((row) => {
    const lane = laneOf.get(row.process);
    if (lane === undefined) return [];
    const x = (slot(row.first).from + MARGIN) * column;
    const end = row.last < 0 ? count * column : (slot(row.last).to - MARGIN) * column;
    const sleep = row.blocked < 0 ? null : (slot(row.blocked).from + MARGIN) * column;
    return [{ row, lane, x, width: end - x, sleep }];
  });
  const { segments } = store;
  const indices = segments.index.view();
  const some = range(firstAfter(indices, from - 1), firstAfter(indices, to));
  const at = (/** @type {number} */ i) => (slot(segments.index.at(i)).from + MARGIN) * column;
  return {
    lanes: lanes.names, hidden: lanes.hidden, bars, arrows: arrowsOf(segments, lanes, some, at),
    zero: null,
    breaks: foldsBetween(store, clock, first, last, column),
    times: range(first, Math.min(store.stepCount, last + 1)).map((step) => timeOf(store, clock, step, step * column)),
  };
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {number} step
 * @param {number} x
 * @returns {Time}
 */
function timeOf(store, { folds, zero }, step, x) {
  const time = store.stepTime(step);
  const last = folds[firstAfter(folds.map(({ to }) => to), time) - 1];
  return { x, ns: time - zero, since: time - (last?.to ?? store.stepTime(0)) };
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {number[]} from, …, to - 1
 */
function range(from, to) {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {number} first step
 * @param {number} last step
 * @param {number} column
 * @returns {Mark[]}
 */
function foldsBetween(store, clock, first, last, column) {
  if (!store.stepCount) return [];
  const [from, to] = [store.stepTime(first), store.stepTime(last)];
  const folds = clock.folds.filter((fold) => fold.to >= from && fold.from <= to);
  return folds.map((fold) => ({ x: firstAfter(clock.times.view(), fold.from) * column, ns: fold.to - fold.from }));
}

/**
 * The part of the line each event has, in columns: the calls of one step stand side by side. What is outside of
 * [from, to] has its whole column.
 *
 * @param {Store} store
 * @param {number} from index of the first event of a step
 * @param {number} to
 * @returns {(index: number) => {from: number, to: number}}
 */
function slotsOf(store, from, to) {
  /** @type {Map<number, number>} */
  const taken = new Map();
  const before = new Float64Array(Math.max(0, to - from + 1));
  for (let i = from; i <= to; i += 1) {
    const column = store.steps.at(i);
    const some = taken.get(column) ?? 0;
    before[i - from] = some;
    if (takesRoom(store.events[i])) taken.set(column, some + 1);
  }
  return (index) => {
    const column = store.steps.at(index);
    if (index < from || index > to) return { from: column, to: column + 1 };
    const count = Math.max(1, taken.get(column) ?? 1);
    const at = Math.min(before[index - from], count - 1);
    return { from: column + at / count, to: column + (at + 1) / count };
  };
}

/**
 * @param {import("../types.js").Event} event
 */
function takesRoom(event) {
  if (event.caption !== undefined) return true;
  return event.type.startsWith("call.") && !("again" in event && event.again);
}

/**
 * @param {Store} store
 * @param {Clock} clock
 * @param {Frame & {step: number}} frame
 * @returns {TimelineLayout}
 */
function byTime(store, clock, frame) {
  const lanes = lanesOf(store, frame.lanes ?? Infinity, frame.step);
  const scale = frame.width / (clock.length || 1);
  /** @param {number} ns */
  const at = (ns) => clock.place(ns) * scale;
  const segmentAt = (/** @type {number} */ i) => at(store.segments.time.at(i));
  return {
    lanes: lanes.names, hidden: lanes.hidden, bars: barsByTime(store, lanes.names, frame, at),
    arrows: arrowsOf(store.segments, lanes, apart(store.segments.count, segmentAt), segmentAt),
    zero: clock.zero > 0 ? clock.place(clock.zero) * scale : null,
    breaks: spaced(clock.folds.map((fold) => ({ x: fold.at * scale, ns: fold.to - fold.from })), () => BREAK_PX),
    times: apart(store.stepCount, (step) => clock.places.at(step) * scale)
      .map((step) => timeOf(store, clock, step, clock.places.at(step) * scale)),
  };
}

/**
 * A bar that would fall on pixels another of its lane has taken is left out.
 *
 * @param {Store} store
 * @param {string[]} names
 * @param {Frame} frame
 * @param {(ns: number) => number} at
 * @returns {Bar[]}
 */
function barsByTime(store, names, frame, at) {
  const newest = store.count ? store.times.at(store.count - 1) : 0;
  const laneOf = new Map(names.map((name, lane) => [name, lane]));
  const taken = new Float64Array(names.length).fill(-1);
  /** @type {Bar[]} */
  const bars = [];
  for (const row of store.calls.rows) {
    const lane = laneOf.get(row.process);
    if (lane === undefined || row.times === 0) continue;
    const end = at(row.ended < 0 ? newest : row.ended);
    if (end < taken[lane] + 1 && bars.length > frame.width) continue;
    taken[lane] = Math.max(end, taken[lane]);
    const x = Math.min(at(row.began), frame.width - frame.bar);
    const sleep = row.sleepSince < 0 ? null : at(row.sleepSince);
    bars.push({ row, lane, x, width: Math.max(frame.bar, end - x), sleep });
  }
  return bars;
}

/**
 * @param {number} count
 * @param {(i: number) => number} at x, ascending
 * @returns {number[]} those that do not stand on one another
 */
function apart(count, at) {
  /** @type {number[]} */
  const kept = [];
  let free = -Infinity;
  for (let i = 0; i < count; i += 1) {
    const x = at(i);
    if (x < free) continue;
    kept.push(i);
    free = x + (count > 1000 ? CLOSEST_PX : 0);
  }
  return kept;
}

/**
 * @param {ArrayLike<number>} values ascending
 * @param {number} value
 * @returns {number} index of the nearest; -1 when there is none
 */
export function nearest(values, value) {
  const after = firstAfter(values, value);
  if (after === 0) return values.length ? 0 : -1;
  if (after === values.length) return after - 1;
  return value - values[after - 1] <= values[after] - value ? after - 1 : after;
}

/**
 * The marks of those that are far enough apart to be labelled.
 *
 * @template {Mark} T
 * @param {T[]} marks ascending in x
 * @param {(mark: T) => number} width of its label
 * @returns {T[]}
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
 * What is written at the times: where a gap has ended how late it is, behind that how much later it has become; no text
 * twice in a row.
 *
 * @param {Time[]} times ascending
 * @param {(time: Time) => string} text
 * @param {number} width of a label
 * @returns {{x: number, text: string}[]} ascending
 */
export function timeLabels(times, text, width) {
  const starts = spaced(times.filter(({ since }) => since === 0), () => width);
  const others = times.filter(({ since, x }) => since > 0 && starts.every((start) => Math.abs(start.x - x) >= width));
  const kept = [...starts, ...spaced(others, () => width)].sort((a, b) => a.x - b.x);
  return kept.map((time) => ({ x: time.x, text: text(time) })).filter(({ text: own }, i, all) => own !== all[i - 1]?.text);
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
