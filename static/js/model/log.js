/**
 * An append-only list whose versions share one array: version n sees the first n items. Appending to the newest
 * version costs one push; appending to an older one (a replay after a jump back) copies once.
 *
 * @template T
 * @typedef {{readonly items: T[], readonly length: number}} Log
 */

/**
 * @template T
 * @returns {Log<T>}
 */
export function emptyLog() {
  return { items: [], length: 0 };
}

/**
 * @template T
 * @param {Log<T>} log
 * @param {T} item
 * @returns {Log<T>}
 */
export function appended(log, item) {
  const items = log.items.length === log.length ? log.items : log.items.slice(0, log.length);
  items.push(item);
  return { items, length: items.length };
}

/**
 * @template T
 * @param {Log<T>} log
 * @returns {T[]}
 */
export function entries(log) {
  return log.items.slice(0, log.length);
}

/**
 * @template T
 * @param {Log<T>} log
 * @returns {T | undefined}
 */
export function newest(log) {
  return log.length ? log.items[log.length - 1] : undefined;
}
