/** What the kernel says of a program's socket: its TCP state, its queues against its buffers, its figures. Pure. */

import { waitingFor } from "./backlog.js";
import { queuesOf } from "./queues.js";
import { endsOf } from "./wire.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Socket} Socket
 * @typedef {import("../types.js").Role} Role
 * @typedef {import("../types.js").Evidence} Evidence
 * @typedef {import("../types.js").SocketSampled} SocketSampled
 * @typedef {import("../types.js").SampledFigure} SampledFigure
 * @typedef {{kind: "send" | "receive" | "memory", bytes: number, memory: number | null, buffer: number | null,
 *   evidence: Evidence}} Gauge
 *   `bytes` of the queue, or of kind "memory" those charged; `memory` is charged for the queue, `buffer` bounds it
 * @typedef {{state: string | null, evidence: Evidence, backlog: [number, number] | null, gauges: Gauge[],
 *   drops: number, figures: [SampledFigure, number][]}} Facts  `state` null when only the calls tell of it
 */

/** Those shown on demand, in this order. @type {SampledFigure[]} */
const FIGURES = [
  "cwnd", "ssthresh", "mss", "rtt", "send_window", "receive_window", "retransmissions", "segments_out", "segments_in",
  "bytes_sent", "bytes_received", "send_memory", "receive_memory",
];

/**
 * @param {State} state
 * @param {Socket} socket
 * @returns {Facts}
 */
export function factsOf(state, socket) {
  const sample = state.samples.get(endsOf(socket));
  const side = sideOf(state, socket);
  const known = { sample, side };
  return {
    ...tcpState(state, socket, known),
    backlog: backlogOf(state, socket, sample),
    gauges: socket.state === "closed" ? [] : gaugesOf(state, socket, known),
    drops: sample?.drops ?? 0,
    figures: sample ? figuresOf(sample) : [],
  };
}

/**
 * @param {State} state
 * @param {Socket} socket
 * @returns {Role | null} which end of its connection it is
 */
export function sideOf(state, { connection, local }) {
  const known = connection === null ? undefined : state.connections.get(connection);
  if (!known) return null;
  return known.clientAddress === local ? "client" : "server";
}

/**
 * @param {State} state
 * @param {Socket} socket
 * @param {{sample: SocketSampled | undefined, side: Role | null}} known
 * @returns {{state: string | null, evidence: Evidence}}
 */
function tcpState(state, socket, { sample, side }) {
  const path = side && socket.connection !== null ? state.tcp.get(socket.connection)?.[side] : undefined;
  if (path && path.length > 1) return path[path.length - 1];
  const fresh = sample && sample.protocol === "tcp" && sample.t >= socket.since;
  return { state: fresh ? sample.state : null, evidence: "measured" };
}

/**
 * @param {State} state
 * @param {Socket} socket
 * @param {SocketSampled | undefined} sample
 * @returns {[number, number] | null} connections that wait for accept, and the bound of listen
 */
function backlogOf(state, socket, sample) {
  if (socket.state !== "listening") return null;
  const now = waitingFor(state, socket.local ?? "") ?? sample?.backlog;
  return typeof now === "number" ? [now, sample?.backlog_max ?? 0] : null;
}

/**
 * @param {State} state
 * @param {Socket} socket
 * @param {{sample: SocketSampled | undefined, side: Role | null}} known
 * @returns {Gauge[]}
 */
function gaugesOf(state, { kind, connection }, { sample, side }) {
  const buffers = {
    send: { memory: sample?.send_memory ?? null, buffer: sample?.send_buffer ?? null },
    receive: { memory: sample?.receive_memory ?? null, buffer: sample?.receive_buffer ?? null },
  };
  if (kind === "udp") {
    const { memory, buffer } = buffers.receive;
    return memory === null ? [] : [{ kind: "memory", bytes: memory, memory, buffer, evidence: "measured" }];
  }
  if (!side || connection === null) return [];
  const [own, other] = side === "client" ? [`${connection}>`, `${connection}<`] : [`${connection}<`, `${connection}>`];
  const send = queueOf(state, own, "send", sample?.send_queue);
  const receive = queueOf(state, other, "receive", sample?.receive_queue);
  return [
    ...(send ? [{ kind: /** @type {const} */ ("send"), ...send, ...buffers.send }] : []),
    ...(receive ? [{ kind: /** @type {const} */ ("receive"), ...receive, ...buffers.receive }] : []),
  ];
}

/**
 * @param {State} state
 * @param {string} id of the stream
 * @param {"send" | "receive"} which
 * @param {number | null | undefined} sampled bytes, where the segments do not tell
 * @returns {{bytes: number, evidence: Evidence} | null}
 */
function queueOf(state, id, which, sampled) {
  const stream = state.streams.get(id);
  if (stream?.wire) {
    const { start, end, evidence } = queuesOf(stream)[which];
    return { bytes: Math.max(0, end - start), evidence };
  }
  return typeof sampled === "number" ? { bytes: sampled, evidence: "measured" } : null;
}

/**
 * @param {SocketSampled} sample
 * @returns {[SampledFigure, number][]}
 */
function figuresOf(sample) {
  return FIGURES.flatMap((name) => {
    const value = sample[name];
    /** @type {[SampledFigure, number][]} */
    const known = typeof value === "number" ? [[name, value]] : [];
    return sample.state === "LISTEN" ? [] : known;
  });
}
