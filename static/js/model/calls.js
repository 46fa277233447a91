/**
 * The calls of a run as the timeline needs them: one row a call, with the indices of its events. Built while events
 * are appended, so drawing never scans the log.
 *
 * @typedef {import("../types.js").Event} Event
 * @typedef {{process: string, op: string, args: string, number: number, moved: string | null, first: number,
 *   blocked: number, last: number, began: number, sleepSince: number, ended: number, count: number | null,
 *   failed: boolean, stream: string | null, start: number | null, ready: number, times: number}} CallRow
 *   `first`, `blocked`, `last` are indices of events, -1 while unknown; `began`, `sleepSince`, `ended` are in ns.
 *   `number` is the send's number, 0 for other calls; `ready` counts what a wait reported, -1 of other calls.
 *   Calls that a thread made again and again for nothing are one row, which counts the `times`: 0 when it was found to be
 *   one of another row.
 * @typedef {{rows: CallRow[], firsts: Column, open: Map<number, CallRow>, standing: CallRow[][], sends: number,
 *   vain: Map<string, CallRow>}} Calls
 *   `firsts` has the first index of each row; `standing[k]` are those that were open before event k · STRIDE, and `vain`
 *   those that may be made again, by process and thread
 */

import { Column } from "./column.js";
import { firstAfter } from "./fold.js";

/** Which calls are open is noted every so many events, so that a part of the run can be drawn by itself. */
const STRIDE = 1024;

/** @returns {Calls} */
export function newCalls() {
  return { rows: [], firsts: new Column(), open: new Map(), standing: [], sends: 0, vain: new Map() };
}

/**
 * @param {Calls} calls
 * @param {Event} event
 * @param {number} index
 * @returns {CallRow | null} the row, if the event is the first of its call
 */
export function addToCalls(calls, event, index) {
  if (index % STRIDE === 0) calls.standing.push([...calls.open.values(), ...calls.vain.values()]);
  if (event.type === "process.exited") closeAll(calls, event.process, event.t, index);
  if (event.type !== "call.started" && event.type !== "call.blocked" && event.type !== "call.returned") return null;
  const known = calls.open.get(event.call);
  const before = madeAgain(calls, event);
  if (known && before) known.times = 0;
  const row = before ?? known ?? opened(calls, event, index);
  if (event.type === "call.blocked") {
    row.blocked = index;
    row.sleepSince = event.t;
  }
  if (event.type === "call.returned") {
    Object.assign(row, { last: index, ended: event.t, count: event.count ?? null, failed: Boolean(event.error) });
    if (event.ready) row.ready = event.ready.length;
    row.times = (event.again ?? 0) + 1;
    calls.open.delete(event.call);
    noteVain(calls, event, row);
  }
  return known || before ? null : row;
}

/**
 * @param {Calls} calls
 * @param {import("../types.js").CallEvent} event
 * @returns {CallRow | undefined} the row of the same call of before, which got nothing either
 */
function madeAgain({ vain }, event) {
  return event.type === "call.returned" && event.again ? vain.get(`${event.process} ${event.thread}`) : undefined;
}

/**
 * @param {Calls} calls
 * @param {import("../types.js").CallReturned} event
 * @param {CallRow} row
 */
function noteVain({ vain }, { process, thread, error, eof }, row) {
  if (error || eof) vain.set(`${process} ${thread}`, row);
  else vain.delete(`${process} ${thread}`);
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
    ready: -1, times: 1,
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
  for (const [thread, row] of calls.vain) if (row.process === process) calls.vain.delete(thread);
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
  return some.filter((row) => row.times > 0 && (row.last < 0 || row.last >= from));
}
