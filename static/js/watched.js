/** The run a page watches. */

import { Live, browserWires } from "./live.js";
import { FoldedClock } from "./model/fold.js";
import { Store } from "./model/store.js";

/** What one run needs; a new run gets a new one. */
export class Watched {
  /** @param {string | null} run */
  constructor(run) {
    this.run = run;
    this.store = new Store();
    this.clock = FoldedClock.of([]);
    /** @type {Live | null} */
    this.live = null;
    /** @type {import("./live.js").LiveStatus} */
    this.status = "connecting";
    /** The event the address names, until it has come. @type {number | null} */
    this.wanted = null;
    this.now = { ns: 0, at: 0 };
    /** Since when nothing is heard, in ms of the browser's clock. @type {number | null} */
    this.lostAt = null;
  }

  /**
   * Hears of the run from now on.
   *
   * @param {() => void} changed what is heard has been taken in
   * @returns {void}
   */
  follow(changed) {
    if (this.run === null) return;
    this.live = new Live(this.run, {
      onEvents: (events) => {
        const { store } = this;
        store.append(events);
        this.clock.extend(store.stepCount, (step) => store.stepTime(step), store.ended !== null);
        changed();
      },
      onNow: (now) => {
        this.now = { ns: now, at: performance.now() };
        changed();
      },
      onStatus: (status) => {
        this.status = status;
        this.lostAt = status === "lost" ? (this.lostAt ?? performance.now()) : null;
        if (this.over) this.wanted = null;
        changed();
      },
    }, browserWires());
    this.live.start();
  }

  /** Hears nothing any more. */
  close() {
    this.live?.close();
  }

  /** @returns {import("./model/player.js").Steps} */
  get steps() {
    const { stepCount: count } = this.store;
    return { count, closed: this.over, at: (step) => this.clock.places.at(step) ?? 0 };
  }

  get over() {
    return this.store.ended !== null || this.status === "ended" || this.status === "unknown";
  }

  get running() {
    return this.run !== null && !this.over;
  }

  /**
   * The run's clock: what the server said last, and the time since. It stands while the server is out of reach.
   *
   * @param {number} frame ms, of the browser's clock
   * @returns {number} ns since the run began
   */
  timeAt(frame) {
    const last = this.store.count ? this.store.times.at(this.store.count - 1) : 0;
    const until = this.lostAt ?? frame;
    return this.running && this.now.at ? Math.max(last, this.now.ns + (until - this.now.at) * 1e6) : last;
  }
}
