/**
 * What one wait costs, by the number of descriptors it asks about: its own duration, of those that had not to wait.
 *
 * @typedef {import("./waits.js").Waits} Waits
 * @typedef {import("../types.js").PollerKind} PollerKind
 * @typedef {{watched: number, count: number, median: number, some: number[]}} Point
 *   `watched` descriptors, `count` calls, their `median` in ns, and some of their durations
 * @typedef {{kind: PollerKind, points: Point[], stop: {watched: number, text: string} | null}} Series
 *   `points` ascending; `stop` is where the call fails, and its exception
 */

/** @type {PollerKind[]} */
const KINDS = ["select", "poll", "epoll"];
/** Of one number of descriptors, so many single calls are drawn. */
const SOME = 24;
/** With more different numbers than this, those near one another are put together. */
const NUMBERS = 12;

/**
 * @param {Waits} waits
 * @param {number} count how many of them have returned so far
 * @returns {Series[]} of the kinds that were called
 */
export function costsOf(waits, count) {
  const near = together(waits, count);
  return KINDS.flatMap((kind) => {
    /** @type {Map<number, number[]>} */
    const durations = new Map();
    /** @type {Series["stop"]} */
    let stop = null;
    for (let i = 0; i < count; i += 1) {
      if (waits.askers.get(waits.poller.at(i))?.kind !== kind) continue;
      const error = waits.errors.get(i);
      if (error) stop ??= { watched: waits.watched.at(i), text: error };
      if (!telling(waits, i)) continue;
      const watched = near(waits.watched.at(i));
      const known = durations.get(watched) ?? [];
      durations.set(watched, known);
      known.push(waits.ended.at(i) - waits.began.at(i));
    }
    const points = [...durations].map(([watched, all]) => pointOf(watched, all)).sort((a, b) => a.watched - b.watched);
    return points.length || stop ? [{ kind, points, stop }] : [];
  });
}

/**
 * Whether a wait's duration is what the call costs, and not what it waited.
 *
 * @param {Waits} waits
 * @param {number} i
 */
function telling(waits, i) {
  if (waits.slept.at(i) || waits.errors.has(i) || waits.watched.at(i) < 1) return false;
  return waits.timeout.at(i) === 0 || waits.readyCount(i) > 0;
}

/**
 * @param {Waits} waits
 * @param {number} count
 * @returns {(watched: number) => number} the number under which it is counted: 1, 2, 5, 10, … where they are many
 */
function together(waits, count) {
  const numbers = new Set(waits.watched.view().subarray(0, count));
  if (numbers.size <= NUMBERS) return (watched) => watched;
  return (watched) => {
    const size = 10 ** Math.floor(Math.log10(watched));
    return [1, 2, 5, 10].map((step) => step * size).findLast((step) => step <= watched) ?? watched;
  };
}

/**
 * @param {number} watched
 * @param {number[]} durations
 * @returns {Point}
 */
function pointOf(watched, durations) {
  const sorted = [...durations].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { watched, count: sorted.length, median, some: durations.slice(-SOME) };
}

/**
 * @param {Series[]} series
 * @returns {number[]} the numbers of descriptors, ascending
 */
export function numbersOf(series) {
  return [...new Set(series.flatMap(({ points }) => points.map(({ watched }) => watched)))].sort((a, b) => a - b);
}

/**
 * Powers of ten around values, for an axis.
 *
 * @param {number[]} values
 * @returns {[low: number, high: number]} exponents
 */
export function decades(values) {
  const some = values.filter((value) => value > 0);
  if (some.length === 0) return [0, 1];
  const low = Math.floor(Math.log10(Math.min(...some)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...some))))];
}
