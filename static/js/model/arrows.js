/** Where segments stand on the timeline: x of each, in the order of capture, and the lanes it goes between. Pure. */

import { NOBODY } from "./segments.js";

/**
 * @typedef {import("./segments.js").Segments} Segments
 * @typedef {{x: number, from: number, to: number, segment: number}} Arrow
 *   `from` and `to` are lanes, `segment` its place among the segments
 * @typedef {{list: Arrow[], wire: number | null, segments: Segments}} Arrows
 *   `wire` is the place of the wire, between two lanes
 */

/**
 * @param {Segments} segments
 * @param {import("./lanes.js").Lanes} lanes
 * @param {Iterable<number>} some places of those that may be drawn
 * @param {(i: number) => number} x of segment i
 * @returns {Arrows}
 */
export function arrowsOf(segments, { names, firstServer }, some, x) {
  const wire = segments.count ? Math.max(0.5, firstServer - 0.5) : null;
  const laneOf = new Map(names.map((name, lane) => [name, lane]));
  /** An end that no process of the run holds is drawn at the wire. @param {number} name */
  const lane = (name) => laneOf.get(segments.names[name]) ?? wire ?? 0;
  /** One of which neither end has a lane is not drawn. @param {number} name */
  const elsewhere = (name) => segments.names[name] !== NOBODY && !laneOf.has(segments.names[name]);
  /** @type {Arrow[]} */
  const list = [];
  for (const segment of some) {
    const [sender, receiver] = [segments.sender.at(segment), segments.receiver.at(segment)];
    if (elsewhere(sender) && elsewhere(receiver)) continue;
    list.push({ x: x(segment), from: lane(sender), to: lane(receiver), segment });
  }
  return { list, wire, segments };
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
