/**
 * Which bytes of a stream are where in the kernel. Between two samples this follows from the calls (written, read) and
 * the segments (sent, delivered, acknowledged); a sample that says the same is the measurement of it.
 *
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("../types.js").Evidence} Evidence
 * @typedef {{start: number, end: number, evidence: Evidence}} Queue  offsets of the stream
 * @typedef {{send: Queue & {sent: number}, receive: Queue}} Queues
 *   send: [start, sent) has left and is not acknowledged, [sent, end) has not been on the wire yet
 */

/**
 * @param {Stream} stream
 * @returns {Queues}
 */
export function queuesOf(stream) {
  return { send: sendQueue(stream), receive: receiveQueue(stream) };
}

/**
 * The end of what the kernel has taken. A send takes effect at its start, so one that has not returned counts whole,
 * until a sample has shown how far the kernel has come with it.
 *
 * @param {Stream} stream
 * @returns {number}
 */
function writtenEnd({ done, pending, wire, sender }) {
  const since = sender?.written !== null && sender ? sender.t : -1;
  const begun = Object.values(pending).filter((call) => call.since > since).map((call) => call.end ?? 0);
  return Math.max(done, wire?.sent ?? 0, sender?.written ?? 0, ...begun);
}

/**
 * @param {Stream} stream
 * @returns {Queues["send"]}
 */
function sendQueue(stream) {
  const { wire, sender } = stream;
  const written = writtenEnd(stream);
  if (sender?.gone) return { start: written, sent: written, end: written, evidence: "measured" };
  const acked = Math.min(written, Math.max(wire?.acked ?? 0, sender?.acked ?? 0));
  const told = sender && sender.written !== null ? sender.written - (sender.unsent ?? 0) : 0;
  const sent = Math.min(written, Math.max(acked, wire?.sent ?? 0, told));
  const same = sender !== null && sender.written === written && sender.acked === acked && told === sent;
  return { start: acked, sent, end: written, evidence: same ? "measured" : "derived" };
}

/**
 * @param {Stream} stream
 * @returns {Queue}
 */
function receiveQueue({ wire, receiver, received }) {
  const delivered = Math.max(received, wire?.delivered ?? 0, receiver?.delivered ?? 0);
  if (receiver?.gone) return { start: delivered, end: delivered, evidence: "measured" };
  const read = Math.max(received, receiver?.read ?? 0);
  const same = receiver !== null && receiver.delivered === delivered && receiver.read === read;
  return { start: read, end: delivered, evidence: same ? "measured" : "derived" };
}
