/**
 * Two runs on one clock: each counts from the moment its first connection came, so that what took longer before that
 * (starting Python) does not shift one against the other. Pure.
 *
 * A moment is what the transport moves by. By time, the moments are the steps of both runs in the order of their times;
 * by event, moment k is step k of each run.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./fold.js").Clock} Clock
 * @typedef {{count: number, at: (moment: number) => number, steps: (moment: number) => [number, number],
 *   momentOf: (side: 0 | 1, step: number) => number}} Moments
 *   `at` is a moment's place on the common clock, in ns; `steps` are those of the two runs, -1 before their first;
 *   `momentOf` is the first one that shows a step
 * @typedef {{byTime: Moments, byEvent: Moments, clocks: [Clock, Clock],
 *   from: "connection" | "event"}} Pair  `from`: what the clocks count from
 */

import { Column } from "./column.js";
import { FoldedClock, firstAfter } from "./fold.js";

/**
 * @param {[Store, Store]} stores
 * @param {boolean} folded whether the gaps in which neither run does anything are folded; those before the zero and
 *   after the last call has returned always are, for it is not they that are to be compared
 * @returns {Pair}
 */
export function pairOf(stores, folded) {
  const { zeros, from } = zerosOf(stores);
  const [left, right] = stores.map((store, i) => stepTimes(store, zeros[i]));
  const { times, steps } = merged(left, right);
  const common = FoldedClock.of(times, folded ? undefined : { from: 0, to: lastReturn(stores, zeros) });
  const [a, b] = [left, right].map((own, i) => clockOf(common, own, zeros[i]));
  return { byTime: momentsByTime(common, steps), byEvent: momentsByEvent([left.length, right.length]), clocks: [a, b], from };
}

/**
 * @param {[Store, Store]} stores
 * @returns {{zeros: number[], from: "connection" | "event"}} ns since each run began
 */
function zerosOf(stores) {
  const some = stores.filter((store) => store.stepCount > 0);
  const connected = stores.map(firstConnection);
  const all = some.length > 0 && some.every((store) => connected[stores.indexOf(store)] !== null);
  if (all) return { zeros: connected.map((time) => time ?? 0), from: "connection" };
  return { zeros: stores.map((store) => (store.stepCount ? store.stepTime(0) : 0)), from: "event" };
}

/**
 * @param {Store} store
 * @returns {number | null}
 */
function firstConnection(store) {
  return store.events.find((event) => event.type === "connection.changed")?.t ?? null;
}

/**
 * @param {[Store, Store]} stores
 * @param {number[]} zeros
 * @returns {number} the time at which the last call of both returned
 */
function lastReturn(stores, zeros) {
  const last = stores.map((store, i) => {
    const event = store.events.findLast(({ type }) => type === "call.returned");
    return event ? event.t - zeros[i] : 0;
  });
  return Math.max(...last);
}

/**
 * An event that reached the log late stands behind a later one: here it counts as of the same time.
 *
 * @param {Store} store
 * @param {number} zero
 * @returns {Float64Array} ascending
 */
function stepTimes(store, zero) {
  const times = new Float64Array(store.stepCount);
  let latest = -Infinity;
  for (let step = 0; step < times.length; step += 1) {
    latest = Math.max(latest, store.stepTime(step) - zero);
    times[step] = latest;
  }
  return times;
}

/**
 * The steps of both runs in the order of their times; a moment moves each of them by one at most.
 *
 * @param {Float64Array} left
 * @param {Float64Array} right
 * @returns {{times: number[], steps: [Int32Array, Int32Array]}} `steps` of each moment, by side
 */
function merged(left, right) {
  /** @type {number[]} */
  const times = [];
  const steps = /** @type {[Int32Array, Int32Array]} */ (
    [0, 1].map(() => new Int32Array(left.length + right.length))
  );
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const time = Math.min(left[i] ?? Infinity, right[j] ?? Infinity);
    if (left[i] === time) i += 1;
    if (right[j] === time) j += 1;
    steps[0][times.length] = i - 1;
    steps[1][times.length] = j - 1;
    times.push(time);
  }
  return { times, steps: [steps[0].subarray(0, times.length), steps[1].subarray(0, times.length)] };
}

/**
 * @param {FoldedClock} common
 * @param {Float64Array} own times of the steps of one run
 * @param {number} zero
 * @returns {Clock} the common one, as that run's times read it
 */
function clockOf(common, own, zero) {
  const [times, places] = [new Column(), new Column()];
  for (const time of own) {
    times.push(time + zero);
    places.push(common.place(time));
  }
  const folds = own.length === 0 ? [] : common.folds.map(({ from, to, at }) => ({ from: from + zero, to: to + zero, at }));
  return { times, places, folds, length: common.length, zero, place: (time) => common.place(time - zero) };
}

/**
 * @param {FoldedClock} common
 * @param {[Int32Array, Int32Array]} steps
 * @returns {Moments}
 */
function momentsByTime(common, steps) {
  return {
    count: steps[0].length,
    at: (moment) => common.places.at(moment) ?? 0,
    steps: (moment) => (moment < 0 ? [-1, -1] : [steps[0][moment], steps[1][moment]]),
    momentOf: (side, step) => firstAfter(steps[side], step - 1),
  };
}

/**
 * The shorter run stays at its end.
 *
 * @param {[number, number]} counts
 * @returns {Moments}
 */
function momentsByEvent([left, right]) {
  return {
    count: Math.max(left, right),
    at: (moment) => moment,
    steps: (moment) => [Math.min(moment, left - 1), Math.min(moment, right - 1)],
    momentOf: (_, step) => step,
  };
}

/**
 * The moment of another order that shows the same, or as much of it as came last.
 *
 * @param {Moments} moments
 * @param {[number, number]} steps
 * @returns {number}
 */
export function momentThatShows(moments, [left, right]) {
  return Math.max(left < 0 ? 0 : moments.momentOf(0, left), right < 0 ? 0 : moments.momentOf(1, right));
}

/**
 * The ends of one run's streams, as far as the other's go as well: so the same byte stands at the same place.
 *
 * @param {Record<string, number>} own
 * @param {Record<string, number>} other
 * @returns {Record<string, number>} nothing of a stream that carries no data here
 */
export function commonExtents(own, other) {
  return Object.fromEntries(Object.entries(own).map(([id, end]) => [id, end > 0 ? Math.max(end, other[id] ?? 0) : end]));
}
