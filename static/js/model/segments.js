/**
 * The segments of a run as the timeline needs them, in columns: there may be hundreds of thousands. Texts are kept
 * once each, and named by their place in `names`.
 *
 * @typedef {import("../types.js").SegmentCaptured} SegmentCaptured
 */

import { Column } from "./column.js";
import { firstAfter } from "./fold.js";

/** The end of a segment that no process of the run holds. */
export const NOBODY = "";

export class Segments {
  constructor() {
    /** Index of the event. */
    this.index = new Column();
    this.time = new Column();
    this.length = new Column();
    this.sender = new Column();
    this.receiver = new Column();
    this.flags = new Column();
    this.stream = new Column();
    /** The offset of its first byte; -1 of a segment without data. */
    this.start = new Column();
    this.again = new Column();
    /** @type {string[]} */
    this.names = [];
    /** @type {Map<string, number>} */
    this.places = new Map();
    /**
     * The sends of each stream as they began, which is the order of their bytes.
     *
     * @type {Map<string, {starts: Column, numbers: Column}>}
     */
    this.sends = new Map();
  }

  get count() {
    return this.index.length;
  }

  /**
   * @param {SegmentCaptured} event
   * @param {number} index
   * @returns {void}
   */
  push(event, index) {
    this.index.push(index);
    this.time.push(event.t);
    this.length.push(event.length ?? 0);
    this.sender.push(this.#place(event.sender ?? NOBODY));
    this.receiver.push(this.#place(event.receiver ?? NOBODY));
    this.flags.push(this.#place(event.flags ?? ""));
    this.stream.push(this.#place(event.stream ?? ""));
    this.start.push(event.start ?? -1);
    this.again.push(event.order === "retransmission" ? 1 : 0);
  }

  /**
   * @param {import("./calls.js").CallRow} send
   * @returns {void}
   */
  noteSend({ stream, start, number }) {
    if (stream === null || start === null) return;
    const sends = this.sends.get(stream) ?? { starts: new Column(), numbers: new Column() };
    this.sends.set(stream, sends);
    sends.starts.push(start);
    sends.numbers.push(number);
  }

  /** @param {string} name */
  #place(name) {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.names.length);
    this.names.push(name);
    return this.names.length - 1;
  }

  /**
   * The number of the send whose bytes a segment begins with.
   *
   * @param {number} i
   * @returns {number} 0 when there is none
   */
  sendOf(i) {
    const start = this.start.at(i);
    const sends = start < 0 ? undefined : this.sends.get(this.names[this.stream.at(i)]);
    if (!sends) return 0;
    const after = firstAfter(sends.starts.values.subarray(0, sends.starts.length), start);
    return after ? sends.numbers.at(after - 1) : 0;
  }
}
