/**
 * All events of a run, in log order, in columns: what is scanned (times, steps) as numbers, the rest as it came.
 *
 * A step is what the player moves by: an event with a caption, together with the silent events behind it. Silent
 * events before the first step go with it.
 */

import { addToCalls, newCalls } from "./calls.js";
import { Column } from "./column.js";
import { reduce } from "./reduce.js";
import { Segments } from "./segments.js";
import { initialState } from "./state.js";

/** @typedef {import("../types.js").Event} Event */
/** @typedef {import("./state.js").State} State */

/** A state is kept every so many events: a jump folds at most this many. */
const CHECKPOINT_EVERY = 256;

export class Store {
  constructor() {
    /** @type {Event[]} */
    this.events = [];
    this.times = new Column();
    /** Step of each event. */
    this.steps = new Column();
    /** Index of the captioned event of each step. */
    this.firsts = new Column();
    this.calls = newCalls();
    this.segments = new Segments();
    /** Ends of the streams over the whole recording, so that the axis keeps its scale while it plays. */
    /** @type {Record<string, number>} */
    this.extents = {};
    /** Steps that hold a finding. @type {number[]} */
    this.findings = [];
    /** In the order they were started. @type {{name: string, role: import("../types.js").Role}[]} */
    this.processes = [];
    /** @type {string | null} */
    this.ended = null;
    /** @type {State[]} */
    this.checkpoints = [initialState()];
    this.cached = { index: -1, state: this.checkpoints[0] };
  }

  get count() {
    return this.events.length;
  }

  get stepCount() {
    return this.firsts.length;
  }

  get lastSeq() {
    return this.count ? this.events[this.count - 1].seq : 0;
  }

  /**
   * @param {Event[]} events the next ones, in log order
   * @returns {void}
   */
  append(events) {
    for (const event of events) {
      if (event.caption) this.firsts.push(this.count);
      this.events.push(event);
      this.times.push(event.t);
      this.steps.push(Math.max(0, this.stepCount - 1));
      this.#index(event);
    }
  }

  /** @param {Event} event */
  #index(event) {
    const opened = addToCalls(this.calls, event, this.count - 1);
    if (opened?.number) this.segments.noteSend(opened);
    if (event.type === "segment.captured") this.segments.push(event, this.count - 1);
    if (event.type === "process.started") this.processes.push({ name: event.process, role: event.role });
    if (event.type === "run.ended") this.ended = event.why;
    if (event.type === "finding.made") this.#noteFinding();
    if ("stream" in event && "end" in event && event.stream && event.end) {
      this.extents[event.stream] = Math.max(this.extents[event.stream] ?? 0, event.end);
    }
  }

  #noteFinding() {
    const step = this.steps.at(this.count - 1);
    if (this.findings.at(-1) !== step) this.findings.push(step);
  }

  /**
   * The time of a step, in ns.
   *
   * @param {number} step
   */
  stepTime(step) {
    return this.times.at(this.firsts.at(step));
  }

  /**
   * Index of the last event that belongs to a step.
   *
   * @param {number} step -1 when there is no step yet
   */
  lastOfStep(step) {
    return step + 1 < this.stepCount ? this.firsts.at(step + 1) - 1 : this.count - 1;
  }

  /**
   * The state after a step and the silent events behind it.
   *
   * @param {number} step
   * @returns {State}
   */
  stateAt(step) {
    return this.#fold(this.lastOfStep(step));
  }

  /**
   * @param {number} index
   * @returns {State}
   */
  #fold(index) {
    const number = Math.min(Math.floor((index + 1) / CHECKPOINT_EVERY), this.checkpoints.length - 1);
    const checkpoint = { index: number * CHECKPOINT_EVERY - 1, state: this.checkpoints[number] };
    const near = this.cached.index <= index && this.cached.index >= checkpoint.index;
    let { index: at, state } = near ? this.cached : checkpoint;
    while (at < index) {
      state = reduce(state, this.events[++at]);
      if (at + 1 === this.checkpoints.length * CHECKPOINT_EVERY) this.checkpoints.push(state);
    }
    this.cached = { index, state };
    return state;
  }
}
