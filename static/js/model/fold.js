/**
 * The folded clock: run time with the idle gaps taken out. A gap is what is much longer than the usual distance
 * between two steps; it keeps a fixed short place, where the page draws a break with the real duration.
 *
 * @typedef {{from: number, to: number, at: number}} Fold  ns: the gap is (from, to), drawn at `at` on the folded clock
 * @typedef {{times: Column, places: Column, folds: Fold[], length: number, zero: number,
 *   place: (time: number) => number}} Clock  what a timeline needs: the times of its steps and their places, in ns;
 *   `zero` is the time it counts from
 */

import { Column } from "./column.js";

/** A gap this many times the median distance is folded… */
const LONG = 6;
/** …to the room of this many. */
const ROOM = 2;
/** A median distance shorter than this (some runs have but two steps) is taken for this. */
const SHORTEST_NS = 5_000;
/**
 * While a run grows, the usual distance is measured again at each event up to so many steps, and beyond when there are
 * that many times as many: finding a median among many takes longer than a frame may.
 */
const FEW = 1000;
const GROWTH = 1.25;

export class FoldedClock {
  /** @param {{from: number, to: number}} [kept] a gap that begins in this time, in ns, is not folded */
  constructor(kept = { from: 0, to: 0 }) {
    this.kept = kept;
    this.zero = 0;
    this.times = new Column();
    /** Place of each time on the folded clock. */
    this.places = new Column();
    /** @type {Fold[]} */
    this.folds = [];
    this.median = SHORTEST_NS;
    this.measured = 0;
  }

  /**
   * @param {ArrayLike<number>} times ns, ascending
   * @param {{from: number, to: number}} [kept]
   * @returns {FoldedClock}
   */
  static of(times, kept) {
    const clock = new FoldedClock(kept);
    clock.extend(times.length, (step) => times[step], true);
    return clock;
  }

  /**
   * Takes in the steps that are new.
   *
   * @param {number} count of all steps
   * @param {(step: number) => number} timeOf ns
   * @param {boolean} whole whether these are all there will be
   * @returns {void}
   */
  extend(count, timeOf, whole) {
    const known = this.times.length;
    for (let step = known; step < count; step += 1) this.times.push(timeOf(step));
    const due = count <= FEW ? count > this.measured : count >= this.measured * GROWTH;
    if (due || (whole && count > this.measured)) this.#measure();
    else this.#place(known);
  }

  #measure() {
    this.measured = this.times.length;
    this.median = medianOf(this.times.view());
    this.places.length = 0;
    this.folds = [];
    this.#place(0);
  }

  /** @param {number} from the first step that has no place yet */
  #place(from) {
    for (let i = from; i < this.times.length; i += 1) {
      const time = this.times.at(i);
      const before = i === 0 ? 0 : this.places.at(i - 1);
      const gap = i === 0 ? 0 : time - this.times.at(i - 1);
      const room = this.roomOf(gap, time - gap);
      if (room < gap) this.folds.push({ from: time - gap, to: time, at: before + room / 2 });
      this.places.push(before + room);
    }
  }

  /** The length of the folded clock, in ns. */
  get length() {
    return this.places.length ? this.places.at(this.places.length - 1) : 0;
  }

  /**
   * @param {number} time ns since the run began
   * @returns {number} its place on the folded clock, in ns
   */
  place(time) {
    const after = firstAfter(this.times.view(), time);
    if (after === 0) return 0;
    const since = time - this.times.at(after - 1);
    if (after === this.times.length) return this.places.at(after - 1) + this.roomOf(since, time - since);
    const gap = this.times.at(after) - this.times.at(after - 1);
    return this.places.at(after - 1) + (since / gap) * this.roomOf(gap, time - since);
  }

  /**
   * @param {number} gap ns between two steps
   * @param {number} from the time of the first of them
   * @returns {number} ns of the folded clock it takes
   */
  roomOf(gap, from) {
    const kept = from >= this.kept.from && from < this.kept.to;
    return !kept && gap > LONG * this.median ? ROOM * this.median : gap;
  }
}

/**
 * @param {Float64Array} times
 * @returns {number}
 */
function medianOf(times) {
  const gaps = times.subarray(1).map((time, i) => time - times[i]).filter((gap) => gap > 0).sort();
  return Math.max(SHORTEST_NS, gaps[Math.floor(gaps.length / 2)] ?? 0);
}

/**
 * @param {ArrayLike<number>} values ascending
 * @param {number} value
 * @returns {number} the index of the first one greater than `value`
 */
export function firstAfter(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
