/** Objects used as maps that are never changed. */

/**
 * @template T
 * @param {Record<number, T>} record
 * @param {number} key
 * @returns {Record<number, T>}
 */
export function without(record, key) {
  const { [key]: _, ...rest } = record;
  return rest;
}
