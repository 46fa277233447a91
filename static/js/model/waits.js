/**
 * The waits of a run that have returned, in columns, and which descriptors each poller asked about when: there may be
 * thousands of both. Built while events are appended.
 *
 * @typedef {import("../types.js").Event} Event
 * @typedef {import("../types.js").Interest} Interest
 * @typedef {import("../types.js").PollerKind} PollerKind
 * @typedef {{interest: Interest, spans: [from: number, to: number][]}} Track
 *   a descriptor of a poller: it is asked about by its waits from, …, to - 1 of each span
 */

import { Column } from "./column.js";
import { isWait, kindOf } from "./readiness.js";

/** Descriptors are counted in bins of so many: of ten thousand a screen cannot show each. */
export const BIN = 16;

/** The waits of one poller, and what it asked about. */
export class Asker {
  /**
   * @param {string} process
   * @param {PollerKind} kind
   */
  constructor(process, kind) {
    this.process = process;
    this.kind = kind;
    /** Its waits, as places in the columns of `Waits`. */
    this.waits = new Column();
    /** By descriptor; of any time. @type {Map<number, Track>} */
    this.tracks = new Map();
    this.low = Infinity;
    this.high = -1;
    /** How many of each bin are asked about now. */
    this.bins = new Uint8Array(64);
    /** The bins at each wait; waits between which nothing changed share them. @type {Uint8Array[]} */
    this.asked = [];
    this.shared = false;
  }

  /**
   * @param {Interest[]} added
   * @param {number[]} removed
   */
  change(added, removed) {
    if (this.shared) this.bins = this.bins.slice();
    this.shared = false;
    const now = this.waits.length;
    for (const fd of removed) this.#end(fd, now);
    for (const interest of added) this.#begin(interest, now);
  }

  /**
   * @param {number} fd
   * @param {number} now
   */
  #end(fd, now) {
    const span = this.tracks.get(fd)?.spans.at(-1);
    if (!span || span[1] !== Infinity) return;
    span[1] = now;
    this.bins[Math.floor(fd / BIN)] -= 1;
  }

  /**
   * @param {Interest} interest
   * @param {number} now
   */
  #begin(interest, now) {
    const { fd } = interest;
    const track = this.tracks.get(fd) ?? { interest, spans: [] };
    this.tracks.set(fd, track);
    track.interest = interest;
    if (track.spans.at(-1)?.[1] === Infinity) return;
    track.spans.push([now, Infinity]);
    [this.low, this.high] = [Math.min(this.low, fd), Math.max(this.high, fd)];
    const bin = Math.floor(fd / BIN);
    if (bin >= this.bins.length) {
      const wider = new Uint8Array(2 ** Math.ceil(Math.log2(bin + 1)));
      wider.set(this.bins);
      this.bins = wider;
    }
    this.bins[bin] += 1;
  }

  /** @param {number} place of a wait that has returned */
  waited(place) {
    this.waits.push(place);
    this.asked.push(this.bins);
    this.shared = true;
  }
}

export class Waits {
  constructor() {
    /** Index of the event. */
    this.index = new Column();
    this.poller = new Column();
    this.began = new Column();
    this.ended = new Column();
    this.watched = new Column();
    /** ns; NaN where it is not known. */
    this.timeout = new Column();
    /** 1 when the kernel was seen to have put the thread to sleep in it. */
    this.slept = new Column();
    /** What was reported: the descriptors of wait i are those from `ready.at(i)` to `ready.at(i + 1)`. */
    this.ready = new Column();
    this.fds = new Column();
    this.masks = new Column();
    /** Those that failed, with the exception. @type {Map<number, string>} */
    this.errors = new Map();
    /** @type {Map<number, Asker>} */
    this.askers = new Map();
    /** Calls that sleep. @type {Set<number>} */
    this.asleep = new Set();
    this.ready.push(0);
  }

  get count() {
    return this.index.length;
  }

  /**
   * @param {Event} event
   * @param {number} index
   * @returns {void}
   */
  add(event, index) {
    if (event.type === "watch.changed") {
      this.#asker(event.poller, event.process, event.kind).change(event.added ?? [], event.removed ?? []);
    } else if (event.type === "call.blocked" && isWait(event)) {
      this.asleep.add(event.call);
    } else if (event.type === "call.returned" && isWait(event)) {
      this.#returned(event, index);
    }
  }

  /**
   * @param {number} poller
   * @param {string} process
   * @param {PollerKind} kind
   * @returns {Asker}
   */
  #asker(poller, process, kind) {
    const known = this.askers.get(poller) ?? new Asker(process, kind);
    this.askers.set(poller, known);
    return known;
  }

  /**
   * @param {import("../types.js").CallReturned} event
   * @param {number} index
   */
  #returned(event, index) {
    const { poller, process, op, began, t, watched, timeout, ready, call, error, message } = event;
    if (error) this.errors.set(this.count, [error, message].filter(Boolean).join(": "));
    this.#asker(poller ?? 0, process, kindOf(op)).waited(this.count);
    this.index.push(index);
    this.poller.push(poller ?? 0);
    this.began.push(began);
    this.ended.push(t);
    this.watched.push(watched ?? 0);
    this.timeout.push(timeout ?? NaN);
    this.slept.push(this.asleep.delete(call) ? 1 : 0);
    for (const [fd, mask] of ready ?? []) {
      this.fds.push(fd);
      this.masks.push(mask);
    }
    this.ready.push(this.fds.length);
  }

  /** @param {number} i */
  readyCount(i) {
    return this.ready.at(i + 1) - this.ready.at(i);
  }

  /**
   * @param {number} i place of a wait
   * @returns {[fd: number, mask: number][]} what it reported
   */
  reported(i) {
    /** @type {[number, number][]} */
    const all = [];
    for (let at = this.ready.at(i); at < this.ready.at(i + 1); at += 1) all.push([this.fds.at(at), this.masks.at(at)]);
    return all;
  }
}
