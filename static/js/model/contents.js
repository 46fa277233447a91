/**
 * What the sends of each stream wrote, over the whole recording. A send is seen to return after its bytes have arrived,
 * and by then a wait may have reported them and a reader taken them: what waits in the kernel is asked of here.
 *
 * @typedef {import("../types.js").CallReturned} CallReturned
 */

import { fromBase64 } from "./streams.js";

export class Contents {
  constructor() {
    /** In the order of their bytes, but for sends that overlapped. @type {Map<string, CallReturned[]>} */
    this.sends = new Map();
  }

  /**
   * @param {import("../types.js").Event} event
   * @returns {void}
   */
  add(event) {
    if (event.type !== "call.returned" || event.moved !== "sent" || !event.stream || !event.data) return;
    const sends = this.sends.get(event.stream);
    if (sends) sends.push(event);
    else this.sends.set(event.stream, [event]);
  }

  /**
   * @param {import("./state.js").Stream} stream
   * @returns {import("./known.js").Piece[]} what its sends write that have not returned yet
   */
  underway({ id, pending }) {
    const sends = this.sends.get(id) ?? [];
    return Object.values(pending).flatMap(({ call, start }) => {
      const event = sends[firstEndingAfter(sends, start ?? 0)];
      return event?.call === call ? [{ start: event.start ?? 0, data: fromBase64(event.data ?? "") }] : [];
    });
  }

  /**
   * @param {string} stream
   * @param {number} start
   * @param {number} end
   * @returns {Uint8Array} the bytes [start, end); empty when not all of them are known
   */
  bytes(stream, start, end) {
    const sends = this.sends.get(stream) ?? [];
    const bytes = new Uint8Array(Math.max(0, end - start));
    let known = 0;
    for (let i = firstEndingAfter(sends, start); i < sends.length && (sends[i].start ?? 0) < end; i += 1) {
      const at = sends[i].start ?? 0;
      const data = fromBase64(sends[i].data ?? "");
      const [from, to] = [Math.max(at, start), Math.min(at + data.length, end)];
      if (from >= to) continue;
      bytes.set(data.subarray(from - at, to - at), from - start);
      known += to - from;
    }
    return known === bytes.length ? bytes : new Uint8Array();
  }
}

/**
 * @param {CallReturned[]} sends
 * @param {number} byte
 * @returns {number} index of the first one that ends after `byte`
 */
function firstEndingAfter(sends, byte) {
  let [low, high] = [0, sends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sends[middle].end ?? 0) > byte) high = middle;
    else low = middle + 1;
  }
  return low;
}
