/** The bits of a mask, as engine/events has them: what a program asks of a descriptor, and what it is told. */

export const [READ, WRITE, EXCEPT, ERROR, HANG_UP, INVALID, EDGE, ONE_SHOT, EXCLUSIVE, PEER_CLOSED] =
  Array.from({ length: 10 }, (_, bit) => 1 << bit);

/** What makes an fd readable, writable or exceptional to select. */
export const SETS = /** @type {const} */ ([["R", READ], ["W", WRITE], ["X", EXCEPT]]);

/** The other bits, by the name that poll(2) and epoll_ctl(2) give them. @type {[string, number][]} */
const NAMES = [
  ["ERR", ERROR], ["HUP", HANG_UP], ["NVAL", INVALID], ["RDHUP", PEER_CLOSED], ["ET", EDGE], ["ONESHOT", ONE_SHOT],
  ["EXCLUSIVE", EXCLUSIVE],
];

/**
 * @param {number} mask
 * @returns {string[]} of the bits beyond the three sets
 */
export function flagNames(mask) {
  return NAMES.filter(([, bit]) => mask & bit).map(([name]) => name);
}
