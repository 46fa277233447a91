/** What the start and the end of a call change: the lit line, the sends' numbers and marks, the bytes under way. */

import { letThrough } from "./hold.js";
import { isWait, waited } from "./readiness.js";
import { touched } from "./recent.js";
import { without } from "./records.js";
import { newProcess, withProcess, withStream } from "./state.js";
import { moved } from "./streams.js";

/**
 * @typedef {import("../types.js").CallEvent} CallEvent
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Process} Process
 * @typedef {import("./state.js").OpenCall} OpenCall
 */

/** How many sends of one line of code keep their mark on it; a loop makes thousands. */
const MARKS_PER_LINE = 4;

/**
 * The line to light: only lines of the program's own file are on the screen.
 *
 * @param {Process} process
 * @param {CallEvent} event
 * @returns {number | null}
 */
function ownLine(process, event) {
  const own = !event.file || !process.file || event.file === process.file;
  return own ? (event.line ?? null) : null;
}

/**
 * @param {Process} process
 * @param {number | null} line
 * @param {number} number
 * @returns {Record<number, number[]>}
 */
function marked(process, line, number) {
  if (line === null || !number) return process.sendLines;
  const marks = process.sendLines[line] ?? [];
  if (marks.includes(number)) return process.sendLines;
  return { ...process.sendLines, [line]: [...marks, number].slice(-MARKS_PER_LINE) };
}

/**
 * A call as far as it is known; a send gets its number the first time it is seen.
 *
 * @param {State} state
 * @param {Process} process
 * @param {CallEvent} event
 * @returns {OpenCall}
 */
function callOf(state, process, event) {
  const known = process.calls[event.call];
  return {
    call: event.call,
    thread: event.thread ?? 0,
    op: event.op,
    args: event.args ?? "",
    asked: event.asked ?? null,
    line: ownLine(process, event),
    since: known ? known.since : event.type === "call.returned" ? event.began : event.t,
    blocked: event.type === "call.blocked",
    number: known ? known.number : event.moved === "sent" ? state.sends + 1 : 0,
    stream: event.stream ?? null,
    start: event.start ?? null,
    end: event.end ?? null,
  };
}

/**
 * What the start and the end of a call have in common: the lit line, the send's number and mark.
 *
 * @param {State} state
 * @param {CallEvent} event
 * @param {(process: Process, call: OpenCall) => Record<number, OpenCall>} calls
 * @returns {[State, OpenCall]}
 */
function withCall(state, event, calls) {
  const process = state.processes[event.process] ?? newProcess(event.process);
  const call = callOf(state, process, event);
  const next = withProcess(state, event.process, {
    calls: calls(process, call),
    held: letThrough(process, event),
    line: call.line,
    recent: recentOf(process, event),
    sendLines: marked(process, call.line, call.number),
  });
  const readiness = isWait(event) ? waited(state.readiness, event) : state.readiness;
  return [{ ...next, readiness, sends: Math.max(state.sends, call.number) }, call];
}

/**
 * @param {Process} process
 * @param {CallEvent} event
 * @returns {readonly number[]}
 */
function recentOf({ recent, sockets }, { socket }) {
  if (typeof socket !== "number" || !sockets.has(socket)) return recent;
  return touched(recent, socket, (id) => sockets.get(id)?.state === "listening");
}

/**
 * @param {State} state
 * @param {import("../types.js").CallStarted | import("../types.js").CallBlocked} event
 * @returns {State}
 */
export function callOpened(state, event) {
  const [next, call] = withCall(state, event, (process, open) => ({ ...process.calls, [open.call]: open }));
  const { stream, end } = call;
  if (!call.number || stream === null || call.start === null || end === null || end <= call.start) return next;
  return withStream(next, stream, (known) => ({ pending: { ...known.pending, [call.call]: call } }));
}

/**
 * @param {State} state
 * @param {import("../types.js").CallReturned} event
 * @returns {State}
 */
export function callReturned(state, event) {
  const [next, call] = withCall(state, event, (process) => without(process.calls, event.call));
  if (!event.stream || !event.moved) return next;
  return withStream(next, event.stream, (stream) => moved(stream, event, call.number));
}
