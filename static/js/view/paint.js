/** Paints a timeline's layout on its canvas. */

import { duration } from "../messages.js";
import { paintArrows } from "./arrows.js";
import { BAR, paintBar, stroke } from "./bars.js";

/**
 * @typedef {import("../model/timeline.js").TimelineLayout} TimelineLayout
 * @typedef {import("../model/timeline.js").Bar} Bar
 * @typedef {import("../model/timeline.js").Mark} Mark
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {{unit: number, width: number, scroll: number, at: number, words: Catalog,
 *   times: {x: number, text: string}[],
 *   labelled: Mark[], steps: number}} Frame  `at` is the playhead
 * @typedef {{pen: CanvasRenderingContext2D, ink: string, mute: string, line: string, panel: string, playhead: string,
 *   receive: string, family: string, left: number, lane: (i: number) => number, bar: number,
 *   height: number} & Frame} Paint  `bar` is the height of a bar
 */

/** In units of the page's grid. */
export const LINE = { left: 130, right: 40, top: 26, bottom: 34 };
/** What is drawn may stand over the ends of the lanes by this. */
export const MARGIN = 12;
/** The least height of a bar, and its part of what there is, where that is less than it might have. */
const LOWEST = 18;
const SHARE = 0.3;
/** A lane that is not as high could not be told from the next. */
const LANE = 25;

/**
 * @param {number} height of the canvas
 * @param {number} unit
 * @returns {number} how many lanes there is room for, with one for the wire
 */
export function lanesIn(height, unit) {
  return Math.max(2, Math.floor((height / unit - LINE.top - LINE.bottom) / LANE) - 1);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {TimelineLayout} layout
 * @param {Frame} frame
 * @returns {void}
 */
export function paintTimeline(canvas, layout, frame) {
  const pen = sized(canvas);
  if (!pen) return;
  const paint = paintOf(canvas, pen, layout, frame);
  paintLanes(paint, layout);
  pen.save();
  pen.beginPath();
  pen.rect(paint.left - MARGIN * frame.unit, 0, frame.width + 2 * MARGIN * frame.unit, paint.height);
  pen.clip();
  pen.translate(paint.left - frame.scroll, 0);
  if (layout.zero !== null) paintZero(paint, layout.zero);
  for (const mark of layout.breaks) paintBreak(paint, mark);
  for (const mark of frame.labelled) paintBreakLabel(paint, mark);
  for (const time of frame.times) paintTime(paint, time);
  paintArrows(paint, layout.arrows);
  for (const bar of layout.bars) if (inView(bar, frame)) paintBar(paint, bar);
  if (frame.steps) paintPlayhead(paint);
  pen.restore();
  if (!frame.steps) paintEmpty(paint);
}

/** @param {Paint} paint */
function paintEmpty({ pen, unit, mute, family, left, width, height, words }) {
  pen.fillStyle = mute;
  pen.font = `${18 * unit}px ${family}`;
  pen.textAlign = "center";
  pen.fillText(words.text("ui.timeline_empty"), left + width / 2, height / 2);
  pen.textAlign = "left";
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D | null} cleared, in CSS px
 */
function sized(canvas) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen?.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return pen;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2D} pen
 * @param {TimelineLayout} layout
 * @param {Frame} frame
 * @returns {Paint}
 */
function paintOf(canvas, pen, layout, frame) {
  const style = getComputedStyle(canvas);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  const { unit } = frame;
  const height = canvas.clientHeight;
  const top = LINE.top * unit;
  // The first and the last lane at the edges; between the clients and the servers is the room of the segments.
  const { wire } = layout.arrows;
  const count = layout.lanes.length;
  const gap = wire !== null && count > 2 ? 1 : 0;
  const below = height - top - (LINE.bottom + 4) * unit;
  // Where it is low, the bars leave some of it to the segments.
  const bar = Math.min(BAR * unit, Math.max(LOWEST * unit, below * SHARE));
  const room = below - bar;
  const pitch = room / Math.max(1, count - 1 + gap);
  const first = top + bar / 2 + 2 * unit + (count > 1 ? 0 : room / 2);
  const beyond = (/** @type {number} */ i) => Math.max(0, Math.min(1, i - (wire ?? 0) + 0.5));
  return {
    ...frame, pen, height, family: style.fontFamily, left: LINE.left * unit,
    ink: colour("--ink"), mute: colour("--mute"), line: colour("--line"), panel: colour("--panel"),
    playhead: colour("--playhead"), receive: colour("--hot"),
    lane: (i) => first + pitch * (i + gap * beyond(i)), bar: Math.min(bar, count > 1 ? pitch - 3 * unit : room),
  };
}

/**
 * @param {Paint} paint
 * @param {TimelineLayout} layout
 */
function paintLanes(paint, layout) {
  const { pen, unit, left, width } = paint;
  const { wire } = layout.arrows;
  if (wire !== null) paintName(paint, paint.words.text("ui.wire"), paint.lane(wire));
  if (layout.hidden) {
    paintName(paint, paint.words.text("ui.more_processes", { n: layout.hidden }), paint.height - 17 * unit);
  } else if (paint.times.some(({ text }) => text.startsWith("+"))) {
    paintTime(paint, { x: 28 * unit, text: paint.words.text("ui.since_gap") });
  }
  layout.lanes.forEach((name, i) => {
    const y = paint.lane(i);
    paintName(paint, name, y);
    stroke(paint, paint.line, 2, () => {
      pen.moveTo(left, y);
      pen.lineTo(left + width, y);
    });
  });
}

/**
 * @param {Paint} paint
 * @param {string} name
 * @param {number} y
 */
function paintName({ pen, unit, mute, family }, name, y) {
  pen.fillStyle = mute;
  pen.font = `${18 * unit}px ${family}`;
  pen.fillText(name, 28 * unit, y + 6 * unit, (LINE.left - 40) * unit);
}

/**
 * @param {Bar} bar
 * @param {Frame} frame
 */
function inView(bar, frame) {
  return bar.x + bar.width >= frame.scroll && bar.x <= frame.scroll + frame.width;
}

/**
 * @param {Paint} paint
 * @param {number} x
 */
function paintZero(paint, x) {
  const { pen, unit, ink, family, height } = paint;
  stroke(paint, ink, 2, () => {
    pen.moveTo(x, 20 * unit);
    pen.lineTo(x, height - 28 * unit);
  });
  pen.fillStyle = ink;
  pen.font = `600 ${15 * unit}px ${family}`;
  pen.textAlign = "center";
  pen.fillText("0", x, 14 * unit);
  pen.textAlign = "left";
}

/**
 * A break in time: two rows of slanted strokes.
 *
 * @param {Paint} paint
 * @param {Mark} mark
 */
function paintBreak(paint, mark) {
  const { pen, unit } = paint;
  const bottom = paint.height - LINE.bottom * unit;
  for (const shift of [-4, 4]) {
    stroke(paint, paint.mute, 2, () => {
      for (let y = 18 * unit; y < bottom; y += 16 * unit) {
        pen.moveTo(mark.x + (shift + 3) * unit, y);
        pen.lineTo(mark.x + (shift - 3) * unit, y + 9 * unit);
      }
    });
  }
}

/**
 * @param {Paint} paint
 * @param {Mark} mark
 */
function paintBreakLabel({ pen, unit, mute, family, scroll, width }, mark) {
  pen.fillStyle = mute;
  pen.font = `${15 * unit}px ${family}`;
  pen.textAlign = "center";
  const [left, right] = [scroll + 16 * unit, scroll + width - 16 * unit];
  pen.fillText(duration(mark.ns), Math.max(left, Math.min(mark.x, right)), 14 * unit);
  pen.textAlign = "left";
}

/**
 * @param {Paint} paint
 * @param {{x: number, text: string}} time
 */
function paintTime({ pen, unit, height, mute, family }, { x, text }) {
  pen.fillStyle = mute;
  pen.font = `${15 * unit}px ${family}`;
  pen.fillText(text, x, height - 9 * unit);
}

/**
 * It leaves the labels free: those of the gaps above it, and those of the times below.
 *
 * @param {Paint} paint
 */
function paintPlayhead(paint) {
  const { pen, unit, at } = paint;
  const foot = paint.height - 32 * unit;
  stroke(paint, paint.playhead, 3, () => {
    pen.moveTo(at, 20 * unit);
    pen.lineTo(at, foot);
  });
  pen.fillStyle = paint.playhead;
  pen.beginPath();
  pen.arc(at, foot, 8 * unit, 0, Math.PI * 2);
  pen.fill();
}
