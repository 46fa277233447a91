/** The timeline: a lane for each process, its calls as bars, the playhead to drag. A canvas, for there may be many. */

import { FoldedClock } from "../model/fold.js";
import { longestFirst, nearestStep, spaced, timelineLayout } from "../model/timeline.js";
import { gridUnit, set } from "./dom.js";
import { LINE, paintTimeline } from "./paint.js";

/**
 * @typedef {import("../model/store.js").Store} Store
 * @typedef {import("../model/player.js").Player} Player
 * @typedef {import("../messages.js").Catalog} Catalog
 */

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
    /** @type {import("../model/timeline.js").TimelineLayout | null} */
    layout: null,
    /** @type {unknown[]} */
    laid: [],
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
   * @param {FoldedClock} clock
   * @param {Player} player
   */
  function update(store, clock, player) {
    const shape = [view.version, store, store.count, clock, player.mode];
    const place = [player.step, player.mode === "time" ? player.cursor : 0];
    if ([...shape, ...place].every((value, i) => value === view.drawn[i])) return;
    view.drawn = [...shape, ...place];
    const unit = gridUnit();
    const width = canvas.clientWidth - (LINE.left + LINE.right) * unit;
    if (!view.layout || !shape.every((value, i) => value === view.laid[i])) {
      view.layout = timelineLayout(store, clock, { mode: player.mode, width, column: 74 * unit, bar: 4 * unit });
      view.laid = shape;
    }
    const at = view.layout.playhead(player.step, player.cursor);
    view.scroll = follow(view.scroll, at, view.layout.length, width);
    set(canvas, {
      "aria-valuemin": store.stepCount ? 1 : 0, "aria-valuemax": store.stepCount, "aria-valuenow": player.step + 1,
      "aria-valuetext": words.text("ui.position", { event: player.step + 1, events: store.stepCount }),
    });
    set(canvas, { "data-many": view.layout.lanes.length > 2 });
    const labels = {
      times: spaced(inView(view.layout.times, view.scroll, width - 60 * unit), () => 112 * unit),
      labelled: longestFirst(inView(view.layout.breaks, view.scroll, width), 66 * unit),
    };
    paintTimeline(canvas, view.layout, { unit, width, scroll: view.scroll, at, words, ...labels });
  }

  return { update };
}

/**
 * @param {import("../model/timeline.js").Mark[]} marks
 * @param {number} scroll
 * @param {number} width
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
 * @param {{layout: import("../model/timeline.js").TimelineLayout | null, scroll: number}} view
 * @param {(step: number) => void} seek
 */
function drag(canvas, view, seek) {
  /** @param {PointerEvent} event */
  const to = (event) => {
    if (!view.layout) return;
    const x = event.clientX - canvas.getBoundingClientRect().left - LINE.left * gridUnit() + view.scroll;
    const step = nearestStep(view.layout.steps, x);
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
