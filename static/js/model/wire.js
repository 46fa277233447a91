/** What the wire and the kernel's tables tell, as the reducer keeps it. */

import { appended } from "./log.js";
import { withStream } from "./state.js";
import { afterSample, afterSegment } from "./tcp.js";

/**
 * @typedef {import("../types.js").SegmentCaptured} SegmentCaptured
 * @typedef {import("../types.js").SocketSampled} SocketSampled
 * @typedef {import("../types.js").Role} Role
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Stream} Stream
 *
 * @typedef {{sent: number, delivered: number, acked: number}} Wire
 *   offsets of the stream: what was on the wire, what has reached the other side, what that side has acknowledged
 * @typedef {{t: number, gone: boolean, written: number | null, acked: number | null, unsent: number | null,
 *   segments: number | null}} SenderSample  offsets; `unsent` and `segments` (with data) are counts
 * @typedef {{t: number, gone: boolean, delivered: number | null, read: number | null}} ReceiverSample
 *   `gone` when the kernel has let the queue go with its socket
 */

/**
 * The stream one end of a connection writes.
 *
 * @param {number} connection
 * @param {Role} side
 */
function streamFrom(connection, side) {
  return `${connection}${side === "client" ? ">" : "<"}`;
}

/** @param {string} stream */
function opposite(stream) {
  return stream.slice(0, -1) + (stream.endsWith(">") ? "<" : ">");
}

/**
 * The figures of a sample are kept by its two ends, for a socket has no number before a call has named it.
 *
 * @param {{kind?: string, protocol?: string, local: string | null, remote?: string | null}} socket
 * @returns {string}
 */
export function endsOf({ kind, protocol, local, remote }) {
  return `${protocol ?? kind} ${local} ${remote ?? ""}`;
}

/**
 * @param {State} state
 * @param {SegmentCaptured} event
 * @returns {State}
 */
export function captured(state, event) {
  const kind = event.protocol === "udp" ? "datagrams" : "segments";
  const counted = { ...state, [kind]: state[kind] + 1 };
  const { stream, connection } = event;
  if (!stream) return counted;
  const carried = withStream(counted, stream, (own) => carry(own, event));
  const acked = event.acked ?? null;
  const next = acked === null ? carried : withStream(carried, opposite(stream), (own) => ({
    wire: { ...wireOf(own), acked: Math.max(wireOf(own).acked, acked) },
  }));
  if (event.protocol !== "tcp" || typeof connection !== "number") return next;
  return withPaths(next, connection, afterSegment(next.tcp.get(connection), event));
}

/** @param {Stream} stream */
function wireOf(stream) {
  return stream.wire ?? { sent: 0, delivered: 0, acked: 0 };
}

/**
 * @param {Stream} stream
 * @param {SegmentCaptured} event
 * @returns {Partial<Stream>}
 */
function carry(stream, event) {
  const { sent = null, delivered = null, start = null } = event;
  const known = sent !== null && delivered !== null;
  const wire = known ? { acked: wireOf(stream).acked, sent, delivered } : stream.wire;
  const ended = stream.ended || /FIN|RST/.test(event.flags ?? "");
  if (!event.length) return { wire, ended, bare: stream.bare + 1 };
  return start === null ? { wire, ended } : { wire, ended, segments: appended(stream.segments, event) };
}

/**
 * @param {State} state
 * @param {SocketSampled} event
 * @returns {State}
 */
export function sampled(state, event) {
  const next = { ...state, samples: state.samples.with(endsOf(event), event) };
  const { connection, side } = event;
  if (typeof connection !== "number" || !side) return next;
  const own = streamFrom(connection, side);
  const { t, written = null, acked = null, unsent = null, delivered = null, read = null } = event;
  const segments = event.data_segments_out ?? null;
  const gone = (/** @type {{gone: boolean} | null} */ before) => Boolean(event.destroyed || before?.gone);
  const told = withStream(next, own, ({ sender }) => (
    { sender: { t, gone: gone(sender), written, acked, unsent, segments } }
  ));
  const both = withStream(told, opposite(own), ({ receiver }) => (
    { receiver: { t, gone: gone(receiver), delivered, read } }
  ));
  return withPaths(both, connection, afterSample(both.tcp.get(connection), side, event));
}

/**
 * @param {State} state
 * @param {number} connection
 * @param {import("./tcp.js").Paths | undefined} paths
 * @returns {State}
 */
function withPaths(state, connection, paths) {
  if (!paths || state.tcp.get(connection) === paths) return state;
  return { ...state, tcp: state.tcp.with(connection, paths), walked: connection };
}
