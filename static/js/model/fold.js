/**
 * The folded clock: run time with the idle gaps taken out. A gap is what is much longer than the usual distance
 * between two steps; it keeps a fixed short place, where the page draws a break with the real duration.
 *
 * @typedef {{from: number, to: number, at: number}} Fold  ns: the gap is (from, to), drawn at `at` on the folded clock
 */

/** A gap this many times the median distance is folded… */
const LONG = 6;
/** …but nothing shorter than this is worth a break. */
const SHORTEST_NS = 20_000;

export class FoldedClock {
  constructor() {
    /** @type {number[]} */
    this.times = [];
    /** Place of each time on the folded clock. @type {number[]} */
    this.places = [];
    /** @type {Fold[]} */
    this.folds = [];
    this.limit = SHORTEST_NS;
  }

  /**
   * @param {number[]} times ns, ascending
   * @returns {FoldedClock}
   */
  static of(times) {
    const clock = new FoldedClock();
    clock.times = times;
    clock.limit = limitOf(times);
    let place = 0;
    times.forEach((time, i) => {
      const gap = i === 0 ? 0 : time - times[i - 1];
      if (gap > clock.limit) clock.folds.push({ from: times[i - 1], to: time, at: place + clock.limit / 2 });
      place += Math.min(gap, clock.limit);
      clock.places.push(place);
    });
    return clock;
  }

  /** The length of the folded clock, in ns. */
  get length() {
    return this.places.at(-1) ?? 0;
  }

  /**
   * @param {number} time ns since the run began
   * @returns {number} its place on the folded clock, in ns
   */
  place(time) {
    const after = firstAfter(this.times, time);
    if (after === 0) return 0;
    const gap = after < this.times.length ? this.times[after] - this.times[after - 1] : this.limit;
    const within = Math.min(time - this.times[after - 1], gap);
    return this.places[after - 1] + (gap > this.limit ? (within / gap) * this.limit : within);
  }

  /**
   * @param {number} place on the folded clock, in ns
   * @returns {number} the index of the last time at or before it
   */
  indexAt(place) {
    return Math.max(0, firstAfter(this.places, place) - 1);
  }
}

/**
 * @param {number[]} times
 * @returns {number}
 */
function limitOf(times) {
  const gaps = times
    .slice(1)
    .map((time, i) => time - times[i])
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)] ?? 0;
  return Math.max(SHORTEST_NS, median * LONG);
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
