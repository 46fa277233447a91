/**
 * The one reducer: (state, event) → state. Pure; a state is never changed once made, so that any of them can serve as
 * a checkpoint. It keeps facts only and draws no conclusions about TCP: those come with the events.
 */

import { withConnection, withSocket } from "./backlog.js";
import { callHeld, letThrough, processHeld, processInput, processInterrupted } from "./hold.js";
import { appended } from "./log.js";
import { isWait, noteUnreported, waited, watchChanged } from "./readiness.js";
import { connectionOf, touched } from "./recent.js";
import { without } from "./records.js";
import { sideOf } from "./sockets.js";
import { newProcess, withProcess, withStream } from "./state.js";
import { bytesMoved, moved } from "./streams.js";
import { captured, sampled } from "./wire.js";

/**
 * @typedef {import("../types.js").Event} Event
 * @typedef {import("../types.js").CallEvent} CallEvent
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Process} Process
 * @typedef {import("./state.js").OpenCall} OpenCall
 */

/** How many sends of one line of code keep their mark on it; a loop makes thousands. */
const MARKS_PER_LINE = 4;
/** How many closed sockets of a process stay in view. */
const CLOSED_SOCKETS = 2;

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  const connection = connectionOf(event);
  const active = connection === null ? state.active : touched(state.active, connection);
  const next = applied({ ...state, seq: event.seq, t: event.t, active }, event);
  if (!event.caption) return next;
  const acting = "process" in event ? (event.process ?? state.acting) : state.acting;
  return { ...next, caption: event.caption, acting, segment: event.type === "segment.captured" ? event : null };
}

/**
 * @param {import("../types.js").RunStarted} event
 * @returns {import("./state.js").Capture}
 */
function captureOf(event) {
  return {
    kind: event.segments ?? "absent", why: event.segments_why ?? null, private: event.network === "private",
    unwatched: 0,
  };
}

/**
 * @param {State} state
 * @param {import("../types.js").RunEnded} event
 * @returns {State}
 */
function runEnded(state, event) {
  const capture = { ...state.capture, unwatched: event.ports_unwatched ?? 0 };
  return { ...state, ended: event.why, lost: event.segments_lost ?? 0, capture };
}

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
function applied(state, event) {
  switch (event.type) {
    case "run.started":
      return { ...state, capture: captureOf(event) };
    case "prediction.answered":
      return { ...state, answer: { value: event.value, call: event.call ?? null } };
    case "run.ended":
      return runEnded(state, event);
    case "process.started":
      return withProcess(state, event.process, {
        program: event.program ?? "", parent: event.parent ?? null, role: event.role, file: event.file, pid: event.pid,
      });
    case "process.held":
      return processHeld(state, event);
    case "process.input":
      return processInput(state, event);
    case "process.interrupted":
      return processInterrupted(state, event);
    case "process.output":
      return output(state, event);
    case "process.slowed":
      return withProcess(state, event.process, { slowed: event.waiting });
    case "process.exited":
      return exited(state, event);
    case "call.held":
      return callHeld(state, event);
    case "call.started":
    case "call.blocked":
      return opened(state, event);
    case "call.returned":
      return returned(state, event);
    case "socket.changed":
      return socketChanged(state, event);
    case "connection.changed":
      return connectionChanged(state, event);
    case "bytes.moved":
      return withStream(state, event.stream, (stream) => bytesMoved(stream, event));
    case "segment.captured":
      return captured(state, event);
    case "socket.sampled":
      return sampled(state, event);
    case "finding.made":
      return finding(state, event);
    case "watch.changed":
      return { ...state, readiness: watchChanged(state.readiness, event) };
    default:
      return state;
  }
}

/**
 * @param {State} state
 * @param {import("../types.js").ProcessOutput} event
 * @returns {State}
 */
function output(state, event) {
  const before = state.processes[event.process] ?? newProcess(event.process);
  const item = { text: event.text, stream: event.stream, dropped: event.dropped ?? 0 };
  return withProcess(state, event.process, { output: appended(before.output, item) });
}

/**
 * @param {State} state
 * @param {import("../types.js").ProcessExited} event
 * @returns {State}
 */
function exited(state, event) {
  const process = state.processes[event.process] ?? newProcess(event.process);
  const line = !event.file || event.file === process.file ? (event.line ?? null) : null;
  return withProcess(state, event.process, {
    exited: { code: event.code ?? null, signal: event.signal ?? null, error: event.error ?? null, line },
    calls: {},
    held: {},
    line: null,
  });
}

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
function opened(state, event) {
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
function returned(state, event) {
  const [next, call] = withCall(state, event, (process) => without(process.calls, event.call));
  if (!event.stream || !event.moved) return next;
  return withStream(next, event.stream, (stream) => moved(stream, event, call.number));
}

/**
 * @param {State} state
 * @param {import("../types.js").SocketChanged} event
 * @returns {State}
 */
function socketChanged(state, event) {
  const { socket, fd, kind, state: now, local = null, remote = null, connection = null, t: since } = event;
  const process = state.processes[event.process] ?? newProcess(event.process);
  const known = { socket, fd, kind, state: now, local, remote, connection, since };
  const others = process.closed.filter((id) => id !== socket);
  const closed = now === "closed" ? [...others, socket] : others;
  const gone = closed.slice(0, -CLOSED_SOCKETS);
  const sockets = gone.reduce((all, id) => all.without(id), process.sockets.with(socket, known));
  /** @param {number} id */
  const listens = (id) => sockets.get(id)?.state === "listening";
  const recent = touched(process.recent.filter((id) => !gone.includes(id)), socket, listens);
  const backlogs = withSocket(state.backlogs, event, state.connections.get(connection ?? -1));
  const kept = { sockets, recent, closed: closed.slice(-CLOSED_SOCKETS) };
  const next = withProcess({ ...state, backlogs }, event.process, kept);
  return now === "closed" ? streamEnded(next, known) : next;
}

/**
 * A socket is closed when nobody holds it any more: nothing will be written to its stream.
 *
 * @param {State} state
 * @param {import("./state.js").Socket} socket
 * @returns {State}
 */
function streamEnded(state, socket) {
  const side = sideOf(state, socket);
  const stream = `${socket.connection}${side === "client" ? ">" : "<"}`;
  return side && state.streams.has(stream) ? withStream(state, stream, () => ({ ended: true })) : state;
}

/**
 * @param {State} state
 * @param {import("../types.js").ConnectionChanged} event
 * @returns {State}
 */
function connectionChanged(state, event) {
  const { connection, client = null, server = null } = event;
  const addresses = { clientAddress: event.client_address, serverAddress: event.server_address };
  const known = { connection, client, server, ...addresses, datagrams: event.datagrams ?? false };
  const connections = state.connections.with(connection, known);
  return { ...state, connections, backlogs: withConnection(state.backlogs, event) };
}

/**
 * @param {State} state
 * @param {import("../types.js").FindingMade} event
 * @returns {State}
 */
function finding(state, event) {
  const { kind, start, end, cuts, lost = 0 } = event;
  if (kind === "unreported") return { ...state, readiness: noteUnreported(state.readiness, event) };
  return withStream(state, event.stream, (stream) => ({
    findings: appended(stream.findings, { kind, start, end, cuts, lost }),
  }));
}
