/**
 * The table of what a poller watches: what was asked, what was ready, and what the kernel holds for it. Pure.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./readiness.js").Poller} Poller
 * @typedef {import("./readiness.js").Watched} Watched
 * @typedef {import("../types.js").Evidence} Evidence
 * @typedef {{fd: number, what: import("../types.js").WatchedKind, local: string, peer: string | null,
 *   number: number, asked: number, ready: number, disarmed: boolean, bytes: number | null, backlog: number | null,
 *   ended: boolean,
 *   closed: boolean, evidence: Evidence, data: Uint8Array, from: number, unreported: number | null}} WatchRow
 *   `number` is that of its colour; `asked` and `ready` are masks; `bytes` that wait to be read or `backlog` that
 *   waits to be accepted, null where they are not known; `ended` when the peer has closed, `closed` when the
 *   program has; `data` are the first of the
 *   bytes, from that offset; `unreported` bytes wait and will not be reported again
 * @typedef {{rows: WatchRow[], all: number}} WatchTable
 */

import { numberOf } from "./group.js";
import { SETS } from "./masks.js";
import { queuesOf } from "./queues.js";
import { factsOf } from "./sockets.js";

/** How many rows a screen shows; of a crowd, of which most are idle, fewer: the raster shows all of them. */
const ROWS = 12;
const OF_CROWD = 6;
/** Bytes that are drawn as cells. */
const CELLS = 24;

/**
 * @param {State} state
 * @param {Poller} poller
 * @param {import("./contents.js").Contents} contents of the streams
 * @returns {WatchTable}
 */
export function watchTable(state, poller, contents) {
  const ready = new Map(poller.wait?.ready ?? []);
  const rows = chosen(state, poller, ready).map((watch) => (
    rowOf(state, poller, watch, { ready: ready.get(watch.fd) ?? 0, contents })
  ));
  return { rows, all: poller.watches.size };
}

/** Sets longer than this are not counted apart. */
const COUNTED = 64;

/**
 * A wait as the program writes it, with the number of descriptors for the lists of them.
 *
 * @param {Poller} poller
 * @returns {string}
 */
export function waitText({ kind, watches, wait }) {
  const timeout = wait?.timeout ?? -1;
  const given = timeout < 0 ? [] : [Number((timeout / (kind === "poll" ? 1e6 : 1e9)).toPrecision(3))];
  if (kind !== "select") return `${kind}.poll(${given.join("")})`;
  const sets = SETS.map(([, bit]) => {
    const n = watches.size > COUNTED ? 0 : [...watches.values()].filter(({ mask }) => mask & bit).length;
    return n ? countText(n) : "[]";
  });
  const lists = watches.size > COUNTED ? [countText(watches.size), "…"] : sets;
  return `select.select(${[...lists, ...given].join(", ")})`;
}

/** @param {number} n */
function countText(n) {
  return n === 1 ? "1 fd" : `${n} fds`;
}

/**
 * All of them, or where they are many: the ready ones, those that will not be reported, and those used last.
 *
 * @param {State} state
 * @param {Poller} poller
 * @param {Map<number, number>} ready
 * @returns {Watched[]} by descriptor
 */
function chosen(state, { process, watches }, ready) {
  const most = watches.size > ROWS ? OF_CROWD : ROWS;
  /** @type {Map<number, Watched>} */
  const some = new Map();
  /** @param {number | undefined} fd */
  const add = (fd) => {
    const watch = fd === undefined ? undefined : watches.get(fd);
    if (watch && some.size < most) some.set(watch.fd, watch);
  };
  if (watches.size > ROWS) {
    for (const { fd } of state.readiness.unreported.values()) add(fd);
    for (const fd of [...ready.keys()].slice(0, most)) add(fd);
    const known = state.processes[process];
    for (const id of known?.recent ?? []) add(known.sockets.get(id)?.fd);
  }
  for (const { fd } of watches.values()) {
    if (some.size >= most) break;
    add(fd);
  }
  return [...some.values()].sort((a, b) => a.fd - b.fd);
}

/**
 * @param {State} state
 * @param {Poller} poller
 * @param {Watched} watch
 * @param {{ready: number, contents: import("./contents.js").Contents}} known
 * @returns {WatchRow}
 */
function rowOf(state, { process }, watch, { ready, contents }) {
  const { fd, what, mask, disarmed } = watch;
  const socket = socketOf(state, process, watch);
  const facts = socket ? factsOf(state, socket) : null;
  const gauge = facts?.gauges.find(({ kind }) => kind === "receive");
  const queue = socket ? held(state, socket, contents) : { from: 0, data: new Uint8Array() };
  const known = state.readiness.unreported.get(`${process} ${fd}`);
  const left = known ? known.end - Math.max(known.start, state.streams.get(known.stream)?.received ?? 0) : 0;
  return {
    fd, what, local: socket?.local ?? "", peer: nameOf(state, socket, watch.peer ?? null),
    number: colourOf(state, process, watch), asked: mask,
    ready, disarmed, bytes: gauge ? gauge.bytes : null, backlog: backlogOf(facts),
    ended: facts?.state === "CLOSE-WAIT", closed: Boolean(watch.socket) && (!socket || socket.state === "closed"),
    evidence: gauge?.evidence ?? "measured", ...queue, unreported: left > 0 ? left : null,
  };
}

/**
 * @param {import("./sockets.js").Facts | null} facts
 * @returns {number | null} connections that wait for accept
 */
function backlogOf(facts) {
  return facts?.backlog ? facts.backlog[0] : null;
}

/**
 * The process at the other end, which may not have been known when the descriptor was added.
 *
 * @param {State} state
 * @param {import("./state.js").Socket | undefined} socket
 * @param {string | null} peer
 * @returns {string | null}
 */
function nameOf(state, socket, peer) {
  const connection = socket?.connection ? state.connections.get(socket.connection) : undefined;
  if (!connection) return peer;
  const other = connection.clientAddress === socket?.local ? connection.server : connection.client;
  return other ?? peer;
}

/**
 * @param {State} state
 * @param {string} process
 * @param {import("../types.js").Interest} interest
 */
function socketOf(state, process, { socket }) {
  return typeof socket === "number" ? state.processes[process]?.sockets.get(socket) : undefined;
}

/**
 * The colour of the process at the other end, as its panel has it; of one of several connections of a process, that of
 * the connection, which it keeps when it is closed.
 *
 * @param {State} state
 * @param {string} process
 * @param {import("../types.js").Interest} interest
 * @returns {number} 0 of what is no connection
 */
export function colourOf(state, process, interest) {
  const number = state.linked.get(interest.socket ?? -1) ?? 0;
  const connection = state.connections.get(number);
  const peer = (connection?.client === process ? connection.server : connection?.client) ?? interest.peer ?? "";
  const other = state.processes[peer];
  return other && other.sockets.size <= 1 ? numberOf(other.name) : number;
}

/**
 * The first bytes of its receive queue, of which the content is known.
 *
 * @param {State} state
 * @param {import("./state.js").Socket} socket
 * @param {import("./contents.js").Contents} contents
 * @returns {{from: number, data: Uint8Array}}
 */
function held(state, { connection, local }, contents) {
  const known = connection === null ? undefined : state.connections.get(connection);
  const id = known?.clientAddress === local ? `${connection}<` : `${connection}>`;
  const stream = known ? state.streams.get(id) : undefined;
  if (!stream) return { from: 0, data: new Uint8Array() };
  const { start, end } = stream.wire ? queuesOf(stream).receive : { start: stream.received, end: stream.done };
  return { from: start, data: contents.bytes(id, start, Math.min(end, start + CELLS)) };
}
