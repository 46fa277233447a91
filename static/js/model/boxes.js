/** Where ranges of bytes stand in the view, in px. Pure. */

/**
 * @typedef {import("./axis.js").Viewport} Viewport
 * @typedef {{start: number, end: number, x: number, width: number}} Box
 * @typedef {(start: number, end: number) => Box | null} Place  null when out of view or empty
 * @typedef {Box & {number: number}} Share  the part of a box that one send wrote; `number` 0 when unknown
 */

/**
 * @param {{viewport: Viewport}} frame
 * @param {number} scale
 * @param {number} byte
 * @returns {number}
 */
export function x(frame, scale, byte) {
  return (byte - frame.viewport.from) * scale;
}

/**
 * @param {{viewport: Viewport, width: number}} frame
 * @param {number} scale
 * @returns {Place}
 */
export function placer(frame, scale) {
  return (start, end) => {
    const left = Math.max(0, x(frame, scale, start));
    const right = Math.min(frame.width, x(frame, scale, end));
    return end > start && right > left ? { start, end, x: left, width: right - left } : null;
  };
}

/** So many ranges in view are drawn each; of more, those that would be narrow stand for others. */
const EACH = 100;
/** A box narrower than this, in px, is drawn as wide: of few ranges, and of many. */
const [NARROWEST_OF_FEW, NARROWEST_OF_MANY] = [3, 12];

/**
 * The ranges in view with their boxes. When they are many, of narrow ones that fall on the same pixels only the first is
 * kept: a screen cannot show more, and there may be thousands. Zooming in makes them few.
 *
 * @template {{start: number, end: number}} T
 * @param {T[]} ranges
 * @param {Place} place
 * @returns {[T, Box][]}
 */
export function visibleBoxes(ranges, place) {
  /** @type {[T, Box][]} */
  const boxes = [];
  for (const range of ranges) {
    const box = place(range.start, range.end);
    if (box) boxes.push([range, box]);
  }
  const many = boxes.length > EACH;
  const narrowest = many ? NARROWEST_OF_MANY : NARROWEST_OF_FEW;
  const kept = many ? thinned(boxes, narrowest) : boxes;
  return kept.map(([range, box]) => [range, { ...box, width: Math.max(narrowest, box.width) }]);
}

/**
 * @template T
 * @param {[T, Box][]} boxes
 * @param {number} narrowest
 * @returns {[T, Box][]}
 */
function thinned(boxes, narrowest) {
  let drawn = -1;
  return boxes.filter(([, box]) => {
    const pixel = Math.floor((box.x + box.width) / narrowest);
    if (box.width < narrowest && pixel === drawn) return false;
    drawn = pixel;
    return true;
  });
}

/**
 * @param {{end: number}[]} ranges ascending
 * @param {number} byte
 * @returns {number} index of the first one that ends after `byte`
 */
function firstEndingAfter(ranges, byte) {
  return firstWhere(ranges.length, (i) => ranges[i].end > byte);
}

/**
 * @param {{start: number}[]} ranges ascending
 * @param {number} byte
 * @returns {number} index of the first one that starts at `byte` or after it
 */
function firstStartingAt(ranges, byte) {
  return firstWhere(ranges.length, (i) => ranges[i].start >= byte);
}

/**
 * @param {number} length
 * @param {(i: number) => boolean} holds from some index on
 * @returns {number} that index, `length` when there is none
 */
function firstWhere(length, holds) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * @param {{start: number, end: number, number: number}[]} senders in the order of their bytes
 * @param {Box} box
 * @param {Place} place
 * @returns {Share[]}
 */
export function shares(senders, box, place) {
  const first = firstEndingAfter(senders, box.start);
  const parts = senders.slice(first, firstStartingAt(senders, box.end)).map(({ start, end, number }) => ({
    start: Math.max(start, box.start), end: Math.min(end, box.end), number,
  }));
  return visibleBoxes(parts, place).map(([{ number }, part]) => ({ ...part, number }));
}
