/** One direction of a connection, as the reducer keeps it: what was handed over, what was read. */

import { appended, emptyLog } from "./log.js";
import { without } from "./records.js";

/**
 * @typedef {import("../types.js").CallReturned} CallReturned
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("./state.js").Range} Range
 */

/**
 * @param {string} id
 * @returns {Stream}
 */
export function newStream(id) {
  return {
    id, sends: emptyLog(), receives: emptyLog(), pending: {}, done: 0, received: 0, ended: false, findings: emptyLog(),
    segments: emptyLog(), bare: 0, wire: null, sender: null, receiver: null,
  };
}

/**
 * The end of what was handed over. A send takes effect at its start, so one that has not returned counts whole.
 *
 * @param {Stream} stream
 * @returns {number}
 */
export function sentEnd(stream) {
  return Math.max(stream.done, ...Object.values(stream.pending).map((call) => call.end ?? 0));
}

/**
 * @param {Stream} stream
 * @param {CallReturned} event
 * @param {number} number
 * @returns {Partial<Stream>}
 */
export function moved(stream, event, number) {
  const pending = without(stream.pending, event.call);
  const { start = null, end = null } = event;
  const some = start !== null && end !== null && end > start;
  if (event.moved === "sent") {
    if (!some) return { pending };
    const sends = appended(stream.sends, range(event, number, start, end));
    return { pending, sends, done: Math.max(stream.done, end) };
  }
  if (!some) return event.eof ? { ended: true } : {};
  return {
    receives: appended(stream.receives, range(event, stream.receives.length + 1, start, end)),
    received: Math.max(stream.received, end + (event.discarded ?? 0)),
  };
}

/**
 * What the kernel counted and no call accounts for has no send and no content.
 *
 * @param {Stream} stream
 * @param {import("../types.js").BytesMoved} event
 * @returns {Partial<Stream>}
 */
export function bytesMoved(stream, event) {
  const { process, start, end } = event;
  const item = { call: -event.seq, number: 0, process, op: "", args: "", start, end, data: new Uint8Array() };
  if (event.moved === "sent") return { sends: appended(stream.sends, item), done: Math.max(stream.done, end) };
  return { receives: appended(stream.receives, item), received: Math.max(stream.received, end) };
}

/**
 * @param {CallReturned} event
 * @param {number} number
 * @param {number} start
 * @param {number} end
 * @returns {Range}
 */
function range(event, number, start, end) {
  const { call, process, op, args = "" } = event;
  return { call, number, process, op, args, start, end, data: fromBase64(event.data ?? "") };
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
