/** The messages of a stream as a row of its axis: where each frame stands, and what its reader holds of it. Pure. */

import { visibleBoxes } from "./boxes.js";
import { framesOf, readingOf } from "./framing.js";
import { knownOf } from "./known.js";

/**
 * @typedef {import("./state.js").Stream} Stream
 * @typedef {import("./boxes.js").Box} Box
 * @typedef {import("./boxes.js").Place} Place
 * @typedef {import("./framing.js").Framing} Framing
 * @typedef {import("./framing.js").Frame} Frame
 * @typedef {import("./framing.js").Frames} Frames
 * @typedef {Box & {frame: Frame, number: number, header: Box | null, body: Box | null, tail: Box | null,
 *   missing: Box | null, came: number, beyond: boolean}} FrameBox
 *   the `number`-th from 1; `body` is what came of it, `came` bytes of it, and `missing` what did not; `beyond` when it goes
 *   on where the view ends
 * @typedef {{framing: Framing, boxes: FrameBox[], rest: Box | null, why: Frames["why"]}} FrameRow
 *   `rest` is where no frames are told, and `why`
 * @typedef {{whole: number, bad: Frame | null, end: number, header: Uint8Array,
 *   reading: import("./framing.js").Reading | null, why: Frames["why"], read: number, ended: boolean}} Story
 *   `whole` messages have been read to their end; `bad` is the one that lies or is no message, with the bytes of its
 *   `header`; `end` is how far the stream has come
 */

/** @type {WeakMap<Stream, {framing: Framing, found: Frames}>} */
const made = new WeakMap();

/**
 * The frames in what has been handed over, or read already.
 *
 * @param {Stream} stream
 * @param {Framing} framing
 * @returns {Frames} made once for each version of a stream
 */
export function framesIn(stream, framing) {
  const before = made.get(stream);
  if (before?.framing === framing) return before.found;
  const { bytes } = knownOf(stream);
  const found = framesOf(framing, { bytes, end: framesEnd(stream), ended: stream.ended });
  made.set(stream, { framing, found });
  return found;
}

/**
 * How far frames are looked for: of a send that has not returned only what was read of it is known to have come.
 *
 * @param {Stream} stream
 */
export function framesEnd({ done, received }) {
  return Math.max(done, received);
}

/**
 * @param {Stream} stream
 * @param {Framing} framing
 * @param {Place} place
 * @param {number} edge where the view ends
 * @returns {FrameRow}
 */
export function frameRow(stream, framing, place, edge) {
  const { frames, rest, why } = framesIn(stream, framing);
  const came = framesEnd(stream);
  const numbered = frames.map((frame, i) => ({ frame, number: i + 1, start: frame.start, end: frame.end }));
  const boxes = visibleBoxes(numbered, place).map(([{ frame, number }, box]) => ({
    ...box, frame, number,
    header: place(frame.start, frame.body),
    body: place(frame.body, Math.min(frame.tail, came)),
    tail: place(frame.tail, frame.end),
    missing: frame.end > came ? place(Math.max(frame.body, came), frame.end) : null,
    came: Math.max(0, Math.min(frame.tail, came) - frame.body),
    beyond: frame.start < edge && frame.end > edge,
  }));
  return { framing, boxes, rest: rest === null ? null : place(rest, came), why };
}

/**
 * What is to be said of the messages of a stream at this moment.
 *
 * @param {Stream} stream
 * @param {Framing} framing
 * @returns {Story}
 */
export function storyOf(stream, framing) {
  const found = framesIn(stream, framing);
  const { received: read, ended } = stream;
  const last = found.frames.at(-1);
  const bad = last && (last.state === "short" || last.state === "malformed") ? last : null;
  return {
    whole: found.frames.filter(({ state, end }) => state === "whole" && end <= read).length,
    bad,
    end: framesEnd(stream),
    header: bad ? knownOf(stream).bytes(bad.start, bad.body) : new Uint8Array(),
    reading: readingOf(found, read, framing),
    why: found.why, read, ended,
  };
}
