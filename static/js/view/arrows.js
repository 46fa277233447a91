/** Paints the segments of the timeline: slanted arrows between the lanes; where they are dense, without labels. */

import { segmentLabel } from "../model/arrows.js";
import { COLOURS, markOf } from "../palette.js";
import { stroke } from "./bars.js";
import { MARGIN } from "./paint.js";

/**
 * @typedef {import("../model/arrows.js").Arrows} Arrows
 * @typedef {import("./paint.js").Paint} Paint
 */

/** In units: how far an arrow leans at most and at least, and its head. */
const SLANT = 26;
const STEEPEST = 4;
const HEAD = 9;
/** Labels stand nearer to the sender, so that those of the two directions do not meet. */
const LABEL_AT = 0.36;
/** Where the arrows are lower than this, the labels of the two directions stand on one line. */
const LOW = 44;
/** Arrows closer than this, in px, would be one grey area. */
const CLOSEST_PX = 3;

/**
 * @param {Paint} paint
 * @param {Arrows} arrows
 * @returns {void}
 */
export function paintArrows(paint, arrows) {
  const { unit, scroll, width } = paint;
  const free = { line: -Infinity, down: -Infinity, up: -Infinity };
  arrows.list.forEach((arrow, i) => {
    if (arrow.x < free.line || arrow.x < scroll - (SLANT + 80) * unit || arrow.x > scroll + width) return;
    free.line = arrow.x + CLOSEST_PX;
    paintArrow(paint, arrows, i, free);
  });
  paint.pen.globalAlpha = 1;
}

/**
 * @param {Paint} paint
 * @param {Arrows} arrows
 * @param {number} i
 * @param {Free} free
 */
function paintArrow(paint, arrows, i, free) {
  const { pen, unit } = paint;
  const { segments } = arrows;
  const { x, from, to, segment } = arrows.list[i];
  const down = Math.sign(paint.lane(to) - paint.lane(from));
  const aside = paint.bar / 2 + unit;
  const start = { x, y: paint.lane(from) + down * aside };
  const end = { x: x + leaning(arrows, i, unit) * unit, y: paint.lane(to) - down * aside };
  const data = segments.length.at(segment) > 0;
  const number = segments.sendOf(segment);
  const colour = number ? COLOURS[markOf(number).colour] : paint.mute;
  pen.globalAlpha = x >= paint.at ? 0.38 : 1;
  if (segments.again.at(segment)) pen.setLineDash([6 * unit, 5 * unit]);
  stroke(paint, colour, data ? 3.5 : 2, () => {
    pen.moveTo(start.x, start.y);
    pen.lineTo(end.x, end.y);
  });
  pen.setLineDash([]);
  paintHead(paint, start, end, colour);
  const at = {
    x: start.x + (end.x - start.x) * LABEL_AT + 9 * unit, y: start.y + (end.y - start.y) * LABEL_AT + 5 * unit,
  };
  const low = Math.abs(end.y - start.y) < LOW * unit;
  paintLabel(paint, segments, segment, at, { free, way: down > 0 || low ? "down" : "up" });
}

/**
 * An arrow has arrived when the next one leaves: which came first must be seen.
 *
 * @param {Arrows} arrows
 * @param {number} i
 * @param {number} unit
 */
function leaning({ list }, i, unit) {
  const next = i + 1 < list.length ? (list[i + 1].x - list[i].x) / unit : SLANT;
  return Math.max(STEEPEST, Math.min(SLANT, next * 0.9));
}

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{line: number, down: number, up: number}} Free  from which x on there is room for an arrow, and for a label
 */

/**
 * @param {Paint} paint
 * @param {Point} start
 * @param {Point} end
 * @param {string} colour
 */
function paintHead({ pen, unit }, start, end, colour) {
  const angle = Math.atan2(end.y - start.y, end.x - start.x);
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(end.x, end.y);
  for (const turn of [2.7, -2.7]) {
    pen.lineTo(end.x + HEAD * unit * Math.cos(angle + turn), end.y + HEAD * unit * Math.sin(angle + turn));
  }
  pen.fill();
}

/**
 * @param {Paint} paint
 * @param {import("../model/segments.js").Segments} segments
 * @param {number} i
 * @param {Point} at
 * @param {{free: Free, way: "down" | "up"}} room
 */
function paintLabel(paint, segments, i, at, { free, way }) {
  const { pen, unit, words } = paint;
  const what = segmentLabel(segments.names[segments.flags.at(i)], segments.length.at(i));
  const text = segments.again.at(i) ? `${words.text("ui.segment_again")} ${what}` : what;
  pen.font = `${14 * unit}px ${paint.family}`;
  const width = pen.measureText(text).width;
  if (at.x < Math.max(free[way], paint.scroll) || at.x + width > paint.scroll + paint.width + MARGIN * unit) return;
  Object.assign(pen, { strokeStyle: paint.panel, lineWidth: 4 * unit, lineJoin: "round", fillStyle: paint.ink });
  pen.strokeText(text, at.x, at.y);
  pen.fillText(text, at.x, at.y);
  free[way] = at.x + width + 6 * unit;
}
