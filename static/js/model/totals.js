/**
 * A run in a few numbers. Pure.
 *
 * @typedef {{sends: number, segments: number | null, receives: number, sent: number, received: number,
 *   last: number | null, findings: number, conclusion: import("../types.js").Caption | null}} Totals
 *   `sends` and `receives` are the calls that moved bytes; `segments` (and datagrams) as captured, null when they were
 *   not; `sent` and `received` in bytes; `last` is the time in ns at which the last byte was received, null when none was
 */

import { entries } from "./log.js";

/**
 * @param {import("./store.js").Store} store
 * @param {number} zero the time in ns it counts from
 * @returns {Totals}
 */
export function totalsOf(store, zero) {
  const state = store.newest;
  const streams = [...state.streams.values()];
  const [sends, receives] = [streams.flatMap((it) => entries(it.sends)), streams.flatMap((it) => entries(it.receives))];
  const { kind } = state.capture;
  return {
    sends: sends.filter(isCall).length,
    receives: receives.filter(isCall).length,
    segments: kind === "measured" ? state.segments + state.datagrams : null,
    sent: bytesOf(sends),
    received: bytesOf(receives),
    last: lastReceived(store, zero),
    findings: store.findings.length,
    conclusion: state.ended === null ? null : state.caption,
  };
}

/** @param {import("./state.js").Range} range */
function isCall({ call }) {
  return call > 0;
}

/** @param {import("./state.js").Range[]} ranges */
function bytesOf(ranges) {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/**
 * @param {import("./store.js").Store} store
 * @param {number} zero
 * @returns {number | null}
 */
function lastReceived({ calls }, zero) {
  let last = -Infinity;
  for (const { moved, count, ended } of calls.rows) {
    if (moved === "received" && count) last = Math.max(last, ended);
  }
  return last === -Infinity ? null : last - zero;
}
