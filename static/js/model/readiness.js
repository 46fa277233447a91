/**
 * Who watches which descriptors, and what the last wait of each said: the reducer's share of select, poll and epoll.
 *
 * @typedef {import("../types.js").Interest} Interest
 * @typedef {Interest & {disarmed: boolean}} Watched
 *   `disarmed` when it was asked for one report only and has been reported
 * @typedef {{call: number, watched: number, timeout: number | null, began: number,
 *   ended: number | null, ready: [fd: number, mask: number][], error: string | null}} Wait
 *   times in ns, `timeout` too: -1 is for ever; `ended` null while it goes on
 * @typedef {{poller: number, process: string, kind: import("../types.js").PollerKind,
 *   watches: Shared<number, Watched>, wait: Wait | null, waits: number}} Poller
 *   `watches` by descriptor; `waits` counts those that have returned
 * @typedef {{fd: number, stream: string, start: number, end: number}} Unreported  see engine/events
 * @typedef {{pollers: Shared<number, Poller>, current: number | null,
 *   unreported: Shared<string, Unreported>}} Readiness
 *   `current` is the one whose wait began or ended last; `unreported` by process and descriptor
 */

import { ONE_SHOT } from "./masks.js";
import { Shared } from "./shared.js";

/** @returns {Readiness} */
export function noReadiness() {
  return { pollers: new Shared(), current: null, unreported: new Shared() };
}

/**
 * @param {Readiness} readiness
 * @param {import("../types.js").WatchChanged} event
 * @returns {Readiness}
 */
export function watchChanged(readiness, event) {
  const { poller, process, kind, added = [], removed = [] } = event;
  const known = readiness.pollers.get(poller) ?? newPoller(poller, process, kind);
  const kept = removed.reduce((watches, fd) => watches.without(fd), known.watches);
  const watches = added.reduce((all, item) => all.with(item.fd, { ...item, disarmed: false }), kept);
  const unreported = [...removed, ...added.map(({ fd }) => fd)].reduce(
    (all, fd) => all.without(`${process} ${fd}`), readiness.unreported,
  );
  const pollers = readiness.pollers.with(poller, { ...known, kind, watches });
  return { ...readiness, pollers, unreported, current: readiness.current ?? poller };
}

/**
 * @param {number} poller
 * @param {string} process
 * @param {import("../types.js").PollerKind} kind
 * @returns {Poller}
 */
function newPoller(poller, process, kind) {
  return { poller, process, kind, watches: new Shared(), wait: null, waits: 0 };
}

/**
 * @param {import("../types.js").CallEvent} event
 * @returns {boolean} whether the call waits for readiness
 */
export function isWait(event) {
  return typeof event.poller === "number" && typeof event.watched === "number";
}

/**
 * @param {Readiness} readiness
 * @param {import("../types.js").CallEvent} event of a wait
 * @returns {Readiness}
 */
export function waited(readiness, event) {
  const poller = event.poller ?? 0;
  const known = readiness.pollers.get(poller) ?? newPoller(poller, event.process, kindOf(event.op));
  const wait = waitOf(event, known.wait);
  const returned = event.type === "call.returned";
  const next = {
    ...known, wait, waits: known.waits + (returned ? 1 : 0), watches: afterReport(known.watches, wait.ready),
  };
  const unreported = wait.ready.reduce((all, [fd]) => all.without(`${event.process} ${fd}`), readiness.unreported);
  return { pollers: readiness.pollers.with(poller, next), current: poller, unreported };
}

/**
 * @param {string} op
 * @returns {import("../types.js").PollerKind}
 */
export function kindOf(op) {
  return op.includes("epoll") ? "epoll" : op.includes("poll") ? "poll" : "select";
}

/**
 * @param {import("../types.js").CallEvent} event
 * @param {Wait | null} known the last one of its poller
 * @returns {Wait}
 */
function waitOf(event, known) {
  const { call, watched, timeout = null } = event;
  const same = known?.call === call ? known : null;
  const base = { call, watched: watched ?? 0, timeout };
  if (event.type !== "call.returned") {
    return { ...base, began: same?.began ?? event.t, ended: null, ready: [], error: null };
  }
  const error = event.error ? [event.error, event.message].filter(Boolean).join(": ") : null;
  return { ...base, began: event.began, ended: event.t, ready: event.ready ?? [], error };
}

/**
 * @param {Shared<number, Watched>} watches
 * @param {[fd: number, mask: number][]} ready
 * @returns {Shared<number, Watched>}
 */
function afterReport(watches, ready) {
  return ready.reduce((all, [fd]) => {
    const watch = all.get(fd);
    return watch && watch.mask & ONE_SHOT ? all.with(fd, { ...watch, disarmed: true }) : all;
  }, watches);
}

/**
 * @param {Readiness} readiness
 * @param {import("../types.js").FindingMade} event
 * @returns {Readiness}
 */
export function noteUnreported(readiness, { process, fd, stream, start, end }) {
  if (typeof fd !== "number") return readiness;
  return { ...readiness, unreported: readiness.unreported.with(`${process} ${fd}`, { fd, stream, start, end }) };
}
