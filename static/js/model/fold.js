/**
 * The folded clock: run time with the idle gaps taken out. A gap is what is much longer than the usual distance
 * between two steps; it keeps a fixed short place, where the page draws a break with the real duration.
 *
 * @typedef {{from: number, to: number, at: number}} Fold  ns: the gap is (from, to), drawn at `at` on the folded clock
 */

/** A gap this many times the median distance is folded… */
const LONG = 6;
/** …to the room of this many. */
const ROOM = 2;
/** A median distance shorter than this (some runs have but two steps) is taken for this. */
const SHORTEST_NS = 5_000;

export class FoldedClock {
  constructor() {
    /** @type {number[]} */
    this.times = [];
    /** Place of each time on the folded clock. @type {number[]} */
    this.places = [];
    /** @type {Fold[]} */
    this.folds = [];
    this.median = SHORTEST_NS;
  }

  /**
   * @param {number[]} times ns, ascending
   * @returns {FoldedClock}
   */
  static of(times) {
    const clock = new FoldedClock();
    clock.times = times;
    clock.median = medianOf(times);
    let place = 0;
    times.forEach((time, i) => {
      const gap = i === 0 ? 0 : time - times[i - 1];
      const room = clock.roomOf(gap);
      if (room < gap) clock.folds.push({ from: times[i - 1], to: time, at: place + room / 2 });
      place += room;
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
    const since = time - this.times[after - 1];
    if (after === this.times.length) return this.places[after - 1] + this.roomOf(since);
    const gap = this.times[after] - this.times[after - 1];
    return this.places[after - 1] + (since / gap) * this.roomOf(gap);
  }

  /**
   * @param {number} gap ns between two steps
   * @returns {number} ns of the folded clock it takes
   */
  roomOf(gap) {
    return gap > LONG * this.median ? ROOM * this.median : gap;
  }
}

/**
 * @param {number[]} times
 * @returns {number}
 */
function medianOf(times) {
  const gaps = times
    .slice(1)
    .map((time, i) => time - times[i])
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
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
