/** How far something that takes long has come, as the recorded events say. Pure. */

import { headerSize } from "./framing.js";

/**
 * @typedef {{received: number, sent: number, total: number}} Progress  bytes
 */

/** A stream that carries more than this many bytes is worth a bar. */
export const MUCH = 64 * 1024;

/**
 * @param {import("./state.js").Stream | undefined} stream
 * @param {number} total bytes sent over the whole recording, or so far of a run that goes on
 * @returns {Progress | null}
 */
export function progressOfStream(stream, total) {
  if (total <= MUCH) return null;
  const received = stream?.received ?? 0;
  return { received, sent: Math.max(received, stream?.done ?? 0), total };
}

/**
 * @param {import("./framing.js").Reading | null} reading
 * @param {import("./framing.js").Framing} framing
 * @param {number} came how far the stream has come
 * @returns {Progress | null} of the body that is being read, when its header says how long it is
 */
export function progressOfBody(reading, framing, came) {
  if (!reading || reading.frame.declared === null) return null;
  const received = reading.holds - headerSize(framing);
  const total = Number(reading.frame.declared);
  if (received < 0 || total === 0) return null;
  return { received, sent: Math.min(total, Math.max(received, came - reading.frame.body)), total };
}
