/**
 * The one reducer: (state, event) → state. Pure; a state is never changed once made, so that any of them can serve as
 * a checkpoint. It keeps facts only and draws no conclusions about TCP: those come with the events.
 */

import { withConnection, withSocket } from "./backlog.js";
import { callOpened, callReturned } from "./call_events.js";
import { callHeld, processHeld, processInput, processInterrupted } from "./hold.js";
import { appended } from "./log.js";
import { noteUnreported, watchChanged } from "./readiness.js";
import { connectionOf, touched } from "./recent.js";
import { sideOf } from "./sockets.js";
import { newProcess, withProcess, withStream } from "./state.js";
import { bytesMoved } from "./streams.js";
import { captured, sampled } from "./wire.js";

/**
 * @typedef {import("../types.js").Event} Event
 * @typedef {import("./state.js").State} State
 */

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
  const acting = actorOf(event, state) ?? state.acting;
  return { ...next, caption: event.caption, acting, segment: event.type === "segment.captured" ? event : null };
}

/**
 * @param {Event} event
 * @param {State} state
 * @returns {string | null} the process an event is of; the last one is of the process its sentence is about, or of the one
 *   that ended with an error
 */
function actorOf(event, { processes }) {
  if ("process" in event) return event.process ?? null;
  if (event.type !== "run.ended") return null;
  const failed = Object.values(processes).find(({ exited }) => exited?.error);
  const who = String(event.caption?.args?.who ?? failed?.name);
  return who in processes ? who : null;
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
      return callOpened(state, event);
    case "call.returned":
      return callReturned(state, event);
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
    exited: {
      code: event.code ?? null, signal: event.signal ?? null, error: event.error ?? null, line,
      stopped: event.stopped ?? false,
    },
    calls: {},
    held: {},
    line: null,
  });
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
  const linked = connection === null || state.linked.has(socket) ? state.linked : state.linked.with(socket, connection);
  const next = withProcess({ ...state, backlogs, linked }, event.process, kept);
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
