/** The outcomes of a repeated run. Pure. */

/** @typedef {import("../api.js").Outcome} Outcome */

/** A run may have thousands of receives: so many are written out. */
const WRITTEN = 8;

/**
 * @param {Outcome[]} outcomes
 * @returns {Outcome[]}
 */
export function commonestFirst(outcomes) {
  return [...outcomes].sort((a, b) => b.runs.length - a.runs.length || keyOf(a).localeCompare(keyOf(b)));
}

/**
 * @param {Outcome} outcome
 * @returns {string}
 */
export function keyOf({ process, stream, receives, error }) {
  return `${process} ${stream} ${receives.join(",")} ${error ?? ""}`;
}

/**
 * @param {Outcome} outcome
 * @returns {string} `[12] [3]`, and the error if it failed
 */
export function outcomeText({ receives, error }) {
  const written = receives.slice(0, WRITTEN).map((bytes) => `[${bytes}]`);
  const more = receives.length > WRITTEN ? [`… (${receives.length})`] : [];
  return [...written, ...more, ...(error ? [error] : [])].join(" ");
}
