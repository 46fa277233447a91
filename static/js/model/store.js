/**
 * All events of a run, in log order, in columns: what is scanned (times, steps) as numbers, the rest as it came.
 *
 * A step is what the player moves by: an event with a caption, together with the silent events behind it. Silent
 * events before the first step go with it.
 */

import { addToCalls, newCalls } from "./calls.js";
import { Column } from "./column.js";
import { Contents } from "./contents.js";
import { reduce } from "./reduce.js";
import { Segments } from "./segments.js";
import { initialState } from "./state.js";
import { Waits } from "./waits.js";

/** @typedef {import("../types.js").Event} Event */
/** @typedef {import("./state.js").State} State */

/** A state is kept every so many events: a jump folds at most this many. */
export const CHECKPOINT_EVERY = 1024;

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
    this.waits = new Waits();
    this.contents = new Contents();
    /** Ends of the streams over the whole recording, so that the axis keeps its scale while it plays. */
    /** @type {Record<string, number>} */
    this.extents = {};
    /** Steps that hold a finding. @type {number[]} */
    this.findings = [];
    /** The side of each process, in the order they were seen. @type {Map<string, import("../types.js").Role>} */
    this.lanes = new Map();
    /** @type {string | null} */
    this.ended = null;
    /** @type {State[]} */
    this.checkpoints = [initialState()];
    /** Where the viewer is, and the live edge. */
    this.cached = { index: -1, state: this.checkpoints[0] };
    this.head = this.cached;
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
      this.#foldHead(event);
    }
  }

  /**
   * The newest state, and the checkpoints on the way to it, are made as the events come: later it would be all at once.
   *
   * @param {Event} event
   */
  #foldHead(event) {
    const state = reduce(this.head.state, event);
    this.head = { index: this.count - 1, state };
    if (this.count === this.checkpoints.length * CHECKPOINT_EVERY) this.checkpoints.push(state);
  }

  /** @param {Event} event */
  #index(event) {
    const opened = addToCalls(this.calls, event, this.count - 1);
    if (opened?.number) this.segments.noteSend(opened);
    this.waits.add(event, this.count - 1);
    this.contents.add(event);
    if (event.type === "segment.captured") this.segments.push(event, this.count - 1);
    if (event.type === "process.started") this.lanes.set(event.process, event.role);
    if (opened && !this.lanes.has(opened.process)) this.lanes.set(opened.process, "client");
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
    const index = this.lastOfStep(step);
    this.cached = index === this.head.index ? this.head : this.#folded(index);
    return this.cached.state;
  }

  /**
   * The state after the last event there is: what is true now, of a run that goes on.
   *
   * @returns {State}
   */
  get newest() {
    return this.head.state;
  }

  /**
   * @param {number} index
   * @returns {{index: number, state: State}}
   */
  #folded(index) {
    const number = Math.floor((index + 1) / CHECKPOINT_EVERY);
    const checkpoint = { index: number * CHECKPOINT_EVERY - 1, state: this.checkpoints[number] };
    const near = this.cached.index <= index && this.cached.index >= checkpoint.index;
    let { index: at, state } = near ? this.cached : checkpoint;
    while (at < index) state = reduce(state, this.events[++at]);
    return { index, state };
  }
}
