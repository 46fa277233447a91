/** Where segments stand on the timeline: x of each, in the order of capture, and the lanes it goes between. Pure. */

import { NOBODY } from "./segments.js";

/**
 * @typedef {import("./segments.js").Segments} Segments
 * @typedef {{x: Float64Array, from: Float64Array, to: Float64Array, wire: number | null, segments: Segments}} Arrows
 *   `from` and `to` are lanes; `wire` is the place of the wire, between two of them
 */

/**
 * @param {Segments} segments
 * @param {string[]} lanes
 * @param {number} firstServer index of the first lane of a server
 * @param {(i: number) => number} x of segment i
 * @returns {Arrows}
 */
export function arrowsOf(segments, lanes, firstServer, x) {
  const wire = segments.count ? Math.max(0.5, firstServer - 0.5) : null;
  // An end that no process of the run holds is drawn at the wire.
  const laneOf = segments.names.map((name) => (name === NOBODY ? -1 : lanes.indexOf(name)));
  /** @param {number} name */
  const lane = (name) => (laneOf[name] < 0 ? (wire ?? 0) : laneOf[name]);
  const arrows = {
    x: new Float64Array(segments.count), from: new Float64Array(segments.count), to: new Float64Array(segments.count),
    wire, segments,
  };
  for (let i = 0; i < segments.count; i += 1) {
    arrows.x[i] = x(i);
    arrows.from[i] = lane(segments.sender.at(i));
    arrows.to[i] = lane(segments.receiver.at(i));
  }
  return arrows;
}

/**
 * What a segment is for: its data, or the flags that say something; an ACK is said only where there is nothing else.
 *
 * @param {string} flags
 * @param {number} length
 * @returns {string}
 */
export function segmentLabel(flags, length) {
  const named = flags.split(" ").filter((flag) => ["SYN", "FIN", "RST"].includes(flag));
  if (length) return [`${length} B`, ...named].join(" ");
  if (flags === "SYN ACK") return flags;
  return named.join(" ") || flags;
}
