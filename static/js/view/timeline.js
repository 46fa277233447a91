/** The timeline: a lane for each process, its calls as bars, the playhead to drag. A canvas, for there may be many. */

import { longestFirst, timeLabels, timelineLayout, timelineScale } from "../model/timeline.js";
import { duration } from "../messages.js";
import { set, unitOf } from "./dom.js";
import { LINE, lanesIn, paintTimeline } from "./paint.js";

/**
 * @typedef {import("../model/store.js").Store} Store
 * @typedef {import("../model/player.js").Player} Player
 * @typedef {import("../model/fold.js").Clock} Clock
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/**
 * @typedef {{layout: import("../model/timeline.js").TimelineLayout, shape: unknown[], count: number,
 *   until: number}} Laid  of `count` events, good until this time
 */

/** Laying it out again takes at most one part in so many of the time. */
const SHARE = 20;
const AGAIN_MS = 250;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Catalog} words
 * @param {{seek: (step: number) => void, changed: () => void}} verbs
 */
export function timelineView(canvas, words, verbs) {
  const view = {
    /** @type {unknown[]} */
    drawn: [],
    version: 0,
    scroll: 0,
    /** @type {import("../model/timeline.js").Scale | null} */
    scale: null,
    /** @type {Laid | null} */
    laid: null,
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    timer: undefined,
  };
  const again = () => {
    view.version += 1;
    verbs.changed();
  };
  new ResizeObserver(again).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  document.fonts.addEventListener("loadingdone", again);
  drag(canvas, view, verbs.seek);

  /**
   * @param {Store} store
   * @param {Clock} clock
   * @param {Player} player
   */
  function update(store, clock, player) {
    const place = [player.step, player.mode === "time" ? player.cursor : 0];
    const shape = [view.version, store, store.count, clock, player.mode];
    if ([...shape, ...place].every((value, i) => value === view.drawn[i])) return;
    view.drawn = [...shape, ...place];
    const unit = unitOf(canvas);
    const width = canvas.clientWidth - (LINE.left + LINE.right) * unit;
    const lanes = lanesIn(canvas.clientHeight, unit);
    const frame = { mode: player.mode, width, column: 74 * unit, bar: 4 * unit, lanes };
    view.scale = timelineScale(store, clock, frame);
    const at = view.scale.playhead(player.step, player.cursor);
    view.scroll = follow(view.scroll, at, view.scale.length, width);
    const layout = layoutOf(store, clock, { ...frame, step: player.step, from: view.scroll, to: view.scroll + width });
    set(canvas, {
      "aria-valuemin": store.stepCount ? 1 : 0, "aria-valuemax": store.stepCount, "aria-valuenow": player.step + 1,
      "aria-valuetext": words.text("ui.position", { event: player.step + 1, events: store.stepCount }),
    });
    set(canvas, { "data-many": layout.lanes.length > 2, "data-lanes": layout.lanes.length });
    const labels = {
      times: timeLabels(inView(layout.times, view.scroll, width - 50 * unit), timeText, 92 * unit),
      labelled: longestFirst(inView(layout.breaks, view.scroll, width), 66 * unit)
        .filter(({ x }) => layout.zero === null || Math.abs(x - layout.zero) > 40 * unit),
    };
    paintTimeline(canvas, layout, { unit, width, scroll: view.scroll, at, words, steps: store.stepCount, ...labels });
  }

  /**
   * By time all that was recorded is in view, and laying it out may take longer than a frame has: while a run grows it
   * is done a few times a second.
   *
   * @param {Store} store
   * @param {Clock} clock
   * @param {Parameters<typeof timelineLayout>[2]} frame
   * @returns {import("../model/timeline.js").TimelineLayout}
   */
  function layoutOf(store, clock, frame) {
    if (frame.mode === "event") return timelineLayout(store, clock, frame);
    const began = performance.now();
    const shape = [view.version, store, clock, frame.width, frame.lanes];
    const same = view.laid !== null && shape.every((value, i) => value === view.laid?.shape[i]);
    if (view.laid && same && (view.laid.count === store.count || began < view.laid.until)) {
      if (view.laid.count !== store.count) later();
      return view.laid.layout;
    }
    const layout = timelineLayout(store, clock, frame);
    const until = began + SHARE * (performance.now() - began);
    view.laid = { layout, shape, count: store.count, until };
    return layout;
  }

  function later() {
    clearTimeout(view.timer);
    view.timer = setTimeout(again, AGAIN_MS);
  }

  return { update };
}

/**
 * @param {import("../model/timeline.js").Time} time
 * @returns {string}
 */
function timeText({ ns, since }) {
  return since === 0 ? duration(ns) : `+${duration(since)}`;
}

/**
 * @template {import("../model/timeline.js").Mark} T
 * @param {T[]} marks
 * @param {number} scroll
 * @param {number} width
 * @returns {T[]}
 */
function inView(marks, scroll, width) {
  return marks.filter(({ x }) => x >= scroll && x <= scroll + width);
}

/**
 * The scroll that keeps the playhead in view, with room ahead of it.
 *
 * @param {number} scroll
 * @param {number} at
 * @param {number} length
 * @param {number} width
 * @returns {number}
 */
function follow(scroll, at, length, width) {
  const most = Math.max(0, length - width);
  const inView = at >= scroll + width * 0.1 && at <= scroll + width * 0.9;
  return Math.max(0, Math.min(inView ? scroll : at - width * 0.7, most));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{scale: import("../model/timeline.js").Scale | null, scroll: number}} view
 * @param {(step: number) => void} seek
 */
function drag(canvas, view, seek) {
  /** @param {PointerEvent} event */
  const to = (event) => {
    if (!view.scale) return;
    const x = event.clientX - canvas.getBoundingClientRect().left - LINE.left * unitOf(canvas) + view.scroll;
    const step = view.scale.stepAt(x);
    if (step >= 0) seek(step);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    to(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) to(event);
  });
}
