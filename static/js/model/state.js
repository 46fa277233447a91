/** What the page knows at one moment of a run. A state is never changed once made: each event gives a new one. */

import { emptyLog } from "./log.js";
import { newStream } from "./streams.js";

/**
 * @typedef {import("../types.js").Caption} Caption
 *
 * @typedef {{text: string, stream: "stdout" | "stderr", dropped: number}} Output
 * @typedef {{call: number, op: string, args: string, asked: number | null, line: number | null, since: number,
 *   blocked: boolean, number: number, stream: string | null, start: number | null,
 *   end: number | null}} OpenCall  `number` is the send's number, 0 for other calls; `since` is in ns
 * @typedef {{socket: number, fd: number, kind: string, state: import("../types.js").SocketState,
 *   local: string | null, remote: string | null, connection: number | null, since: number}} Socket
 *   `since` is the time in ns at which a call made it what it is
 * @typedef {{name: string, role: import("../types.js").Role, file: string, pid: number,
 *   exited: {code: number | null, signal: string | null} | null, slowed: boolean, calls: Record<number, OpenCall>,
 *   line: number | null, output: import("./log.js").Log<Output>, sockets: Record<number, Socket>,
 *   sendLines: Record<number, number[]>}} Process
 *
 * @typedef {{call: number, number: number, process: string, op: string, args: string, start: number, end: number,
 *   data: Uint8Array}} Range  bytes [start, end) one call moved; `data` is the first of them
 * @typedef {{kind: import("../types.js").FindingKind, start: number, end: number, cuts: number[],
 *   lost: number}} Finding  `lost` counts datagrams
 * @typedef {{id: string, sends: import("./log.js").Log<Range>, receives: import("./log.js").Log<Range>,
 *   pending: Record<number, OpenCall>, done: number, received: number,
 *   findings: import("./log.js").Log<Finding>,
 *   segments: import("./log.js").Log<import("../types.js").SegmentCaptured>, bare: number,
 *   wire: import("./wire.js").Wire | null, sender: import("./wire.js").SenderSample | null,
 *   receiver: import("./wire.js").ReceiverSample | null}} Stream
 *   `segments` are those with data, `bare` counts the others; `wire`, `sender` and `receiver` are what the segments and
 *   the last samples of its two ends say
 * @typedef {{connection: number, client: string | null, server: string | null, clientAddress: string,
 *   serverAddress: string, datagrams: boolean}} Connection
 *
 * @typedef {{kind: "measured" | "derived" | "absent", why: string | null, private: boolean, unwatched: number}} Capture
 *   how the run knows its segments, and the key of the reason why they are not measured; `private` when its programs
 *   have a loopback of their own; `unwatched` counts ports that could not be observed
 * @typedef {{seq: number, t: number, caption: Caption | null, ended: string | null, sends: number,
 *   processes: Record<string, Process>, streams: Record<string, Stream>,
 *   connections: Record<number, Connection>, capture: Capture, segments: number, datagrams: number, lost: number,
 *   segment: import("../types.js").SegmentCaptured | null,
 *   samples: Record<string, import("../types.js").SocketSampled>, tcp: import("./tcp.js").Tcp}} State
 *   `segments` and `datagrams` have been captured so far, `lost` is what the capture had no room for; `samples` are the
 *   last ones; `segment` is the one the last event is
 */

/** @returns {State} */
export function initialState() {
  return {
    seq: 0, t: 0, caption: null, ended: null, sends: 0, processes: {}, streams: {}, connections: {},
    capture: { kind: "absent", why: null, private: false, unwatched: 0 }, segment: null, segments: 0, datagrams: 0, lost: 0, samples: {}, tcp: {},
  };
}

/**
 * @param {string} name
 * @returns {Process}
 */
export function newProcess(name) {
  return {
    name, role: "client", file: "", pid: 0, exited: null, slowed: false, calls: {}, line: null,
    output: emptyLog(), sockets: {}, sendLines: {},
  };
}

/**
 * @param {State} state
 * @param {string} name
 * @param {Partial<Process>} change
 * @returns {State}
 */
export function withProcess(state, name, change) {
  const process = { ...(state.processes[name] ?? newProcess(name)), ...change };
  return { ...state, processes: { ...state.processes, [name]: process } };
}

/**
 * @param {State} state
 * @param {string} id
 * @param {(stream: Stream) => Partial<Stream>} change
 * @returns {State}
 */
export function withStream(state, id, change) {
  const stream = state.streams[id] ?? newStream(id);
  return { ...state, streams: { ...state.streams, [id]: { ...stream, ...change(stream) } } };
}
