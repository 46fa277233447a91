/**
 * The states each end of a connection has gone through. Those the kernel's tables showed are measured; those between
 * are derived from the segments with SYN, FIN or RST, by the transitions of RFC 9293, figure 5.
 *
 * @typedef {import("../types.js").SegmentCaptured} SegmentCaptured
 * @typedef {import("../types.js").Role} Role
 * @typedef {{state: string, evidence: import("../types.js").Evidence}} Visit
 * @typedef {{client: Visit[], server: Visit[]}} Paths
 * @typedef {import("./shared.js").Shared<number, Paths>} Tcp  by connection
 */

/**
 * What makes one state follow another. `ACK of FIN` is an acknowledgement of the FIN this end has sent.
 *
 * @type {{from: string, to: string, sent?: string, received?: string}[]}
 */
export const TRANSITIONS = [
  { from: "CLOSED", to: "SYN-SENT", sent: "SYN" },
  { from: "CLOSED", to: "LISTEN" },
  { from: "LISTEN", to: "SYN-RECEIVED", received: "SYN" },
  { from: "SYN-SENT", to: "SYN-RECEIVED", received: "SYN" },
  { from: "SYN-SENT", to: "ESTABLISHED", received: "SYN ACK" },
  { from: "SYN-RECEIVED", to: "ESTABLISHED", received: "ACK" },
  { from: "SYN-RECEIVED", to: "FIN-WAIT-1", sent: "FIN" },
  { from: "ESTABLISHED", to: "FIN-WAIT-1", sent: "FIN" },
  { from: "ESTABLISHED", to: "CLOSE-WAIT", received: "FIN" },
  { from: "FIN-WAIT-1", to: "FIN-WAIT-2", received: "ACK of FIN" },
  { from: "FIN-WAIT-1", to: "CLOSING", received: "FIN" },
  { from: "FIN-WAIT-2", to: "TIME-WAIT", received: "FIN" },
  { from: "CLOSING", to: "TIME-WAIT", received: "ACK of FIN" },
  { from: "CLOSE-WAIT", to: "LAST-ACK", sent: "FIN" },
  { from: "LAST-ACK", to: "CLOSED", received: "ACK of FIN" },
  { from: "TIME-WAIT", to: "CLOSED" },
];

/** The state of each end before the first segment. */
const FIRST = { client: "CLOSED", server: "LISTEN" };

/** @returns {Paths} */
function newPaths() {
  return {
    client: [{ state: FIRST.client, evidence: "derived" }], server: [{ state: FIRST.server, evidence: "derived" }],
  };
}

/**
 * What a segment means to an end that sends it, or gets it, in the order in which it counts: an acknowledgement comes
 * before the FIN that is with it (RFC 9293, section 3.10.7.4).
 *
 * @param {SegmentCaptured} event
 * @returns {string[]}
 */
function signalsOf({ flags = "", ack = null, acked = null }) {
  const set = flags.split(" ");
  if (set.includes("SYN")) return [set.includes("ACK") ? "SYN ACK" : "SYN"];
  const acksFin = ack !== null && acked !== null && ack - 1 > acked;
  return [...(acksFin ? ["ACK of FIN"] : []), ...["ACK", "FIN"].filter((flag) => set.includes(flag))];
}

/**
 * @param {Visit[]} path
 * @param {"sent" | "received"} way
 * @param {SegmentCaptured} event
 * @returns {Visit[]}
 */
function followed(path, way, event) {
  if (event.flags?.split(" ").includes("RST")) return visited(path, "CLOSED", "derived");
  return signalsOf(event).reduce((walked, signal) => {
    const from = walked[walked.length - 1].state;
    const transition = TRANSITIONS.find((item) => item.from === from && item[way] === signal);
    return transition ? visited(walked, transition.to, "derived") : walked;
  }, path);
}

/**
 * A connection never comes back to a state it has left (but CLOSED): a sample of one that is on the path already was
 * taken while the segments behind it were on their way, and says that this one has been seen.
 *
 * @param {Visit[]} path
 * @param {string} state
 * @param {import("../types.js").Evidence} evidence
 * @returns {Visit[]}
 */
function visited(path, state, evidence) {
  const known = path.findLastIndex((visit, i) => visit.state === state && (i > 0 || state !== "CLOSED"));
  if (known < 0) return [...path, { state, evidence }];
  if (evidence === "derived" || path[known].evidence === "measured") return path;
  return path.with(known, { state, evidence });
}

/**
 * @param {Paths | undefined} known
 * @param {SegmentCaptured} event
 * @returns {Paths} the same when it changes nothing
 */
export function afterSegment(known, event) {
  const before = known ?? newPaths();
  const sender = event.stream?.endsWith(">") ? "client" : "server";
  const receiver = sender === "client" ? "server" : "client";
  const mine = followed(before[sender], "sent", event);
  const theirs = followed(before[receiver], "received", event);
  if (mine === before[sender] && theirs === before[receiver]) return before;
  return { ...before, [sender]: mine, [receiver]: theirs };
}

/**
 * A look at a socket before its connect may be told after the segments of the handshake.
 *
 * @param {Visit[]} path
 * @param {import("../types.js").SocketSampled} event
 */
function isBelated(path, { state, destroyed }) {
  const early = path.every(({ evidence }) => evidence === "derived");
  return state === "CLOSED" && !destroyed && early && path.length > 1 && path[path.length - 1].state !== "CLOSED";
}

/**
 * @param {Paths | undefined} known
 * @param {Role} side
 * @param {import("../types.js").SocketSampled} event
 * @returns {Paths | undefined} the same when it changes nothing
 */
export function afterSample(known, side, event) {
  if (event.protocol !== "tcp") return known;
  const before = known ?? newPaths();
  if (isBelated(before[side], event)) return known;
  const path = visited(before[side], event.state, "measured");
  return path === before[side] ? known : { ...before, [side]: path };
}
