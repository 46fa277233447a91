/**
 * The calls of a run as the timeline needs them: one row a call, with the indices of its events. Built while events
 * are appended, so drawing never scans the log.
 *
 * @typedef {import("../types.js").Event} Event
 * @typedef {{process: string, op: string, args: string, number: number, moved: string | null, first: number,
 *   blocked: number, last: number, began: number, sleepSince: number, ended: number, count: number | null,
 *   failed: boolean, stream: string | null, start: number | null, ready: number}} CallRow
 *   `first`, `blocked`, `last` are indices of events, -1 while unknown; `began`, `sleepSince`, `ended` are in ns.
 *   `number` is the send's number, 0 for other calls; `ready` counts what a wait reported, -1 of other calls.
 * @typedef {{rows: CallRow[], firsts: Column, open: Map<number, CallRow>, standing: CallRow[][], sends: number}} Calls
 *   `firsts` has the first index of each row; `standing[k]` are those that were open before event k · STRIDE
 */

import { Column } from "./column.js";
import { firstAfter } from "./fold.js";

/** Which calls are open is noted every so many events, so that a part of the run can be drawn by itself. */
const STRIDE = 1024;

/** @returns {Calls} */
export function newCalls() {
  return { rows: [], firsts: new Column(), open: new Map(), standing: [], sends: 0 };
}

/**
 * @param {Calls} calls
 * @param {Event} event
 * @param {number} index
 * @returns {CallRow | null} the row, if the event is the first of its call
 */
export function addToCalls(calls, event, index) {
  if (index % STRIDE === 0) calls.standing.push([...calls.open.values()]);
  if (event.type === "process.exited") closeAll(calls, event.process, event.t, index);
  if (event.type !== "call.started" && event.type !== "call.blocked" && event.type !== "call.returned") return null;
  const known = calls.open.get(event.call);
  const row = known ?? opened(calls, event, index);
  if (event.type === "call.blocked") {
    row.blocked = index;
    row.sleepSince = event.t;
  }
  if (event.type === "call.returned") {
    Object.assign(row, { last: index, ended: event.t, count: event.count ?? null, failed: Boolean(event.error) });
    if (event.ready) row.ready = event.ready.length;
    calls.open.delete(event.call);
  }
  return known ? null : row;
}

/**
 * @param {Calls} calls
 * @param {import("../types.js").CallEvent} event
 * @param {number} index
 * @returns {CallRow}
 */
function opened(calls, event, index) {
  const row = {
    process: event.process, op: event.op, args: event.args ?? "", number: event.moved === "sent" ? ++calls.sends : 0,
    moved: event.moved ?? null, first: index, blocked: -1, last: -1,
    began: event.type === "call.returned" ? event.began : event.t,
    sleepSince: -1, ended: -1, count: null, failed: false, stream: event.stream ?? null, start: event.start ?? null,
    ready: -1,
  };
  calls.rows.push(row);
  calls.firsts.push(index);
  calls.open.set(event.call, row);
  return row;
}

/**
 * The calls a process was in when it ended never return: their bars end with it.
 *
 * @param {Calls} calls
 * @param {string} process
 * @param {number} t
 * @param {number} index
 * @returns {void}
 */
function closeAll(calls, process, t, index) {
  for (const [id, row] of calls.open) {
    if (row.process !== process) continue;
    Object.assign(row, { last: index, ended: t, failed: true });
    calls.open.delete(id);
  }
}

/**
 * @param {Calls} calls
 * @param {number} from index of an event
 * @param {number} to
 * @returns {CallRow[]} the calls that were open at some time between two events, in the order in which they began
 */
export function callsBetween({ rows, firsts, standing }, from, to) {
  const note = Math.max(0, Math.floor(from / STRIDE));
  const begun = firstAfter(firsts.view(), note * STRIDE - 1);
  const some = [...(standing[note] ?? []), ...rows.slice(begun, firstAfter(firsts.view(), to))];
  return some.filter((row) => row.last < 0 || row.last >= from);
}
