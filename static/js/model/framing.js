/** The messages of a stream, when it is known how they are delimited: where each frame begins and ends. Pure. */

/**
 * @typedef {{kind: "length" | "text" | "delimiter" | "fixed", size?: number | null, order?: "big" | "little",
 *   delimiter?: string | null}} Framing
 *   `size` in bytes: of the prefix (length), of the decimal digits (text), of the frame (fixed)
 * @typedef {{start: number, body: number, tail: number, end: number, declared: bigint | null,
 *   state: "whole" | "partial" | "malformed" | "short"}} Frame
 *   header [start, body), body [body, tail), delimiter [tail, end): `end` is where the frame ends by its own account, or,
 *   where that is not known yet, where the bytes end. `short`: the stream has ended before. `malformed`: the header is no number
 * @typedef {{frames: Frame[], rest: number | null, why: "unknown" | "many" | null}} Frames
 *   `rest` is the offset from which on no frame can be told, as the content was not kept, or is looked for, as there are many
 * @typedef {{
 *   bytes: (start: number, end: number) => Uint8Array, end: number, ended: boolean}} Content
 *   `bytes` gives those from `start` on whose content was kept, up to `end`; `end` is how far the stream goes, `ended` that
 *   it goes no further
 * @typedef {{frame: Frame, holds: number, wants: number | null}} Reading
 *   what a reader of frames has of the one it is in, and how many bytes it still wants; null when that cannot be known
 */

/** More frames than this are not looked for: they could not be drawn, nor read. */
export const MOST_FRAMES = 5000;
/** A delimiter is looked for in pieces of so many bytes. */
const PIECE = 4096;

/**
 * @param {Framing} framing
 * @param {Content} content
 * @returns {Frames}
 */
export function framesOf(framing, content) {
  const next = { length: prefixed, text: prefixed, fixed, delimiter: delimited }[framing.kind];
  /** @type {Frame[]} */
  const frames = [];
  let at = 0;
  while (at < content.end) {
    if (frames.length === MOST_FRAMES) return { frames, rest: at, why: "many" };
    const frame = next(framing, content, at);
    if (frame === null) return { frames, rest: at, why: "unknown" };
    frames.push(content.ended && frame.state === "partial" ? { ...frame, state: "short" } : frame);
    if (frame.state !== "whole") break;
    at = frame.end;
  }
  return { frames, rest: null, why: null };
}

/**
 * @param {Framing} framing
 * @returns {number} the bytes of a header; 0 where there is none
 */
export function headerSize({ kind, size }) {
  return kind === "length" || kind === "text" ? (size ?? 4) : 0;
}

/**
 * A number in front says how long the body is: binary, or in decimal digits.
 *
 * @param {Framing} framing
 * @param {Content} content
 * @param {number} start
 * @returns {Frame | null}
 */
function prefixed(framing, content, start) {
  const body = start + headerSize(framing);
  if (body > content.end) return partial(start, content.end);
  const header = content.bytes(start, body);
  if (header.length < body - start) return null;
  const declared = framing.kind === "text" ? decimal(header) : binary(header, framing.order ?? "big");
  if (declared === null) {
    return { start, body, tail: content.end, end: content.end, declared, state: "malformed" };
  }
  const end = body + Number(declared);
  return { start, body, tail: end, end, declared, state: end <= content.end ? "whole" : "partial" };
}

/**
 * @param {Framing} framing
 * @param {Content} content
 * @param {number} start
 * @returns {Frame}
 */
function fixed(framing, content, start) {
  const end = start + Math.max(1, framing.size ?? 1);
  return { start, body: start, tail: end, end, declared: null, state: end <= content.end ? "whole" : "partial" };
}

/**
 * @param {Framing} framing
 * @param {Content} content
 * @param {number} start
 * @returns {Frame | null}
 */
function delimited(framing, content, start) {
  const mark = new TextEncoder().encode(framing.delimiter || "\n");
  for (let from = start; from < content.end; from += PIECE) {
    // It may stand across the end of a piece.
    const to = Math.min(content.end, from + PIECE + mark.length - 1);
    const piece = content.bytes(from, to);
    const found = indexOf(piece, mark);
    if (found >= 0) {
      const tail = from + found;
      return { start, body: start, tail, end: tail + mark.length, declared: null, state: "whole" };
    }
    if (piece.length < to - from) return null;
  }
  return { ...partial(start, content.end), body: start };
}

/**
 * A frame of which it is not known yet how long it will be.
 *
 * @param {number} start
 * @param {number} end
 * @returns {Frame}
 */
function partial(start, end) {
  return { start, body: end, tail: end, end, declared: null, state: "partial" };
}

/**
 * What `int()` makes of the digits; null where it would raise ValueError, or the number is below 0.
 *
 * @param {Uint8Array} bytes
 */
function decimal(bytes) {
  const text = new TextDecoder().decode(bytes).trim();
  return /^\+?\d+(_\d+)*$/.test(text) ? BigInt(text.replace(/[+_]/g, "")) : null;
}

/**
 * @param {Uint8Array} bytes
 * @param {"big" | "little"} order
 */
function binary(bytes, order) {
  const digits = order === "big" ? [...bytes] : [...bytes].reverse();
  return digits.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

/**
 * @param {Uint8Array} bytes
 * @param {Uint8Array} mark
 */
function indexOf(bytes, mark) {
  for (let at = bytes.indexOf(mark[0]); at >= 0; at = bytes.indexOf(mark[0], at + 1)) {
    if (mark.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Where a reader stands that has taken `read` bytes.
 *
 * @param {Frames} frames
 * @param {number} read
 * @param {Framing} framing
 * @returns {Reading | null} null between two frames
 */
export function readingOf({ frames }, read, framing) {
  const frame = frames.find(({ start, end, state }) => start < read && (read < end || state !== "whole"));
  if (!frame) return null;
  const holds = read - frame.start;
  const header = frame.start + headerSize(framing);
  if (read < header) return { frame, holds, wants: header - read };
  const known = frame.state === "whole" || frame.declared !== null || framing.kind === "fixed";
  return { frame, holds, wants: known ? Math.max(0, frame.end - read) : null };
}
