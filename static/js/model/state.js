/** What the page knows at one moment of a run. A state is never changed once made: each event gives a new one. */

import { noBacklogs } from "./backlog.js";
import { emptyLog } from "./log.js";
import { noReadiness } from "./readiness.js";
import { Shared } from "./shared.js";
import { newStream } from "./streams.js";

/**
 * @typedef {import("../types.js").Caption} Caption
 *
 * @typedef {{text: string, stream: "stdout" | "stderr" | "input" | "end" | "interrupt", dropped: number}} Output
 *   what a terminal shows, in its order: also what was typed, the end of the input (Ctrl-D) and Ctrl-C
 * @typedef {{call: number, thread: number, op: string, args: string, asked: number | null, line: number | null, since: number,
 *   blocked: boolean, number: number, stream: string | null, start: number | null,
 *   end: number | null}} OpenCall  `number` is the send's number, 0 for other calls; `since` is in ns
 * @typedef {{socket: number, fd: number, kind: string, state: import("../types.js").SocketState,
 *   local: string | null, remote: string | null, connection: number | null, since: number}} Socket
 *   `since` is the time in ns at which a call made it what it is
 * @typedef {{code: number | null, signal: string | null, error: string | null, line: number | null,
 *   stopped: boolean}} Exit  `stopped` when a viewer wanted it
 *   `error` and `line`: the last line of its traceback, and the line of its own file in which it ended
 * @typedef {{name: string, program: string, parent: string | null, role: import("../types.js").Role, file: string,
 *   pid: number, exited: Exit | null, slowed: boolean, calls: Record<number, OpenCall>,
 *   hold: boolean, held: Record<number, OpenCall>, inputEnded: boolean,
 *   line: number | null, output: import("./log.js").Log<Output>, sockets: Shared<number, Socket>,
 *   recent: readonly number[], closed: readonly number[],
 *   sendLines: Record<number, number[]>}} Process
 *   `hold` when it was told to stop before its next call; `held` are the calls its threads stand before, by thread;
 *   `recent` are the sockets of its last calls, the latest first, `closed` those of the kept ones that are closed
 *
 * @typedef {{call: number, number: number, process: string, op: string, args: string, start: number, end: number,
 *   data: Uint8Array}} Range  bytes [start, end) one call moved; `data` is the first of them
 * @typedef {{kind: import("../types.js").FindingKind, start: number, end: number, cuts: number[],
 *   lost: number}} Finding  `lost` counts datagrams
 * @typedef {{id: string, sends: import("./log.js").Log<Range>, receives: import("./log.js").Log<Range>,
 *   pending: Record<number, OpenCall>, done: number, received: number, ended: boolean,
 *   findings: import("./log.js").Log<Finding>,
 *   segments: import("./log.js").Log<import("../types.js").SegmentCaptured>, bare: number,
 *   wire: import("./wire.js").Wire | null, sender: import("./wire.js").SenderSample | null,
 *   receiver: import("./wire.js").ReceiverSample | null}} Stream
 *   `ended` when its sender is known to write no more; `segments` are those with data, `bare` counts the others; `wire`,
 *   `sender` and `receiver` are what the segments and the last samples of its two ends say
 * @typedef {{connection: number, client: string | null, server: string | null, clientAddress: string,
 *   serverAddress: string, datagrams: boolean}} Connection
 *
 * @typedef {{kind: "measured" | "derived" | "absent", why: string | null, private: boolean, unwatched: number}} Capture
 *   how the run knows its segments, and the key of the reason why they are not measured; `private` when its programs
 *   have a loopback of their own; `unwatched` counts ports that could not be observed
 * @typedef {{value: string | number, call: number | null}} Answer  to the question of the lesson
 * @typedef {{seq: number, t: number, caption: Caption | null, ended: string | null, answer: Answer | null, sends: number,
 *   processes: Record<string, Process>, streams: Shared<string, Stream>,
 *   connections: Shared<number, Connection>, linked: Shared<number, number>, active: readonly number[],
 *   backlogs: import("./backlog.js").Backlogs, capture: Capture, segments: number, datagrams: number, lost: number,
 *   segment: import("../types.js").SegmentCaptured | null,
 *   samples: Shared<string, import("../types.js").SocketSampled>, tcp: import("./tcp.js").Tcp,
 *   walked: number | null, acting: string | null, readiness: import("./readiness.js").Readiness}} State
 *   `segments` and `datagrams` have been captured so far, `lost` is what the capture had no room for; `linked` is the
 *   connection of each socket, also of one that is long closed; `samples` are the last ones; `segment` is the one the last
 *   event is; `active` are the connections on which something happened last, the latest first, and `walked` the one that
 *   changed its TCP state last; `acting` is the process the last event with a caption is of
 */

/** @returns {State} */
export function initialState() {
  return {
    seq: 0, t: 0, caption: null, ended: null, answer: null, sends: 0, processes: {}, streams: new Shared(),
    connections: new Shared(), linked: new Shared(), active: [], backlogs: noBacklogs(),
    capture: { kind: "absent", why: null, private: false, unwatched: 0 }, segment: null, segments: 0, datagrams: 0, lost: 0, samples: new Shared(),
    tcp: new Shared(), walked: null, acting: null, readiness: noReadiness(),
  };
}

/**
 * @param {string} name
 * @returns {Process}
 */
export function newProcess(name) {
  return {
    name, program: "", parent: null, role: "client", file: "", pid: 0, exited: null, slowed: false, calls: {},
    hold: false, held: {}, inputEnded: false, line: null, output: emptyLog(),
    sockets: new Shared(), recent: [], closed: [], sendLines: {},
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
  const stream = state.streams.get(id) ?? newStream(id);
  return { ...state, streams: state.streams.with(id, { ...stream, ...change(stream) }) };
}
