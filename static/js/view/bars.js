/** Paints the calls of the timeline. */

import { duration } from "../messages.js";
import { fitting } from "../model/axis.js";
import { COLOURS, INKS, PATTERNS, markOf } from "../palette.js";
import { spoken } from "./words.js";

/**
 * @typedef {import("../model/timeline.js").Bar} Bar
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("./paint.js").Paint} Paint
 */

/** The height of a bar where there is room, in units of the page's grid. */
export const BAR = 30;

/** Of calls that move no bytes; legible with white text in both themes. */
const GREY = "#5c636d";

/**
 * What lies after the playhead has not been reached yet, and is fainter.
 *
 * @param {Paint} paint
 * @param {Bar} bar
 */
export function paintBar(paint, bar) {
  const { pen } = paint;
  const y = paint.lane(bar.lane) - paint.bar / 2;
  clear(paint, bar, y);
  pen.globalAlpha = bar.x >= paint.at ? 0.38 : 1;
  if (bar.sleep === null) {
    solid(paint, bar, bar.x, bar.width, y);
  } else {
    const awake = Math.max(0, bar.sleep - bar.x);
    dashed(paint, bar.x + awake, bar.width - awake, y);
    if (awake > 2) solid(paint, bar, bar.x, awake, y);
  }
  if (bar.row.ready > 0) ended(paint, bar, y);
  label(paint, bar, y);
  pen.globalAlpha = 1;
}

/**
 * The line of its lane would be seen through a faint bar, and strike its label out.
 *
 * @param {Paint} paint
 * @param {Bar} bar
 * @param {number} y
 */
function clear({ pen, panel, bar: height, unit }, { x, width }, y) {
  pen.fillStyle = panel;
  pen.beginPath();
  pen.roundRect(x, y, width, height, 5 * unit);
  pen.fill();
}

/**
 * @param {Paint} paint
 * @param {Bar} bar
 * @param {number} x
 * @param {number} width
 * @param {number} y
 */
function solid(paint, bar, x, width, y) {
  const { pen, unit } = paint;
  const { number } = bar.row;
  pen.fillStyle = number ? COLOURS[markOf(number).colour] : bar.row.moved === "received" ? paint.receive : GREY;
  pen.beginPath();
  pen.roundRect(x, y, width, paint.bar, 5 * unit);
  pen.fill();
  if (number) hatch(paint, markOf(number), x, width, y);
}

/** The strokes of each pattern on a tile of 8 × 8 units. @type {Map<string, CanvasPattern | null>} */
const tiles = new Map();

/**
 * @param {Paint} paint
 * @param {number} number of the pattern
 * @returns {CanvasPattern | null} null when it has no strokes
 */
function tileOf({ pen, unit }, number) {
  const path = PATTERNS[number];
  const ratio = pen.getTransform().a;
  const key = `${number} ${unit * ratio}`;
  if (!path || tiles.has(key)) return tiles.get(key) ?? null;
  const size = Math.max(1, Math.round(8 * unit * ratio));
  const tile = new OffscreenCanvas(size, size);
  const ink = tile.getContext("2d");
  if (!ink) return null;
  ink.scale(size / 8, size / 8);
  Object.assign(ink, { strokeStyle: "rgba(255, 255, 255, .35)", lineWidth: 1.6 });
  ink.stroke(new Path2D(path));
  const pattern = pen.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
  tiles.set(key, pattern);
  return pattern;
}

/**
 * @param {Paint} paint
 * @param {import("../palette.js").Mark} mark
 * @param {number} x
 * @param {number} width
 * @param {number} y
 */
function hatch(paint, mark, x, width, y) {
  const pattern = tileOf(paint, mark.pattern);
  if (!pattern) return;
  paint.pen.fillStyle = pattern;
  paint.pen.beginPath();
  paint.pen.roundRect(x, y, width, paint.bar, 5 * paint.unit);
  paint.pen.fill();
}

/**
 * @param {Paint} paint
 * @param {number} x
 * @param {number} width
 * @param {number} y
 */
function dashed(paint, x, width, y) {
  const { pen, unit, bar } = paint;
  pen.fillStyle = paint.panel;
  pen.setLineDash([6 * unit, 5 * unit]);
  stroke(paint, paint.mute, 2, () => pen.roundRect(x + 1, y + 1, Math.max(1, width - 2), bar - 2, 5 * unit));
  pen.fill();
  pen.setLineDash([]);
}

/**
 * What ended the wait: something was ready.
 *
 * @param {Paint} paint
 * @param {Bar} bar
 * @param {number} y
 */
function ended(paint, bar, y) {
  const x = bar.x + bar.width;
  stroke(paint, paint.receive, 4, () => {
    paint.pen.moveTo(x, y - 4 * paint.unit);
    paint.pen.lineTo(x, y + paint.bar + 4 * paint.unit);
  });
}

/**
 * @param {Paint} paint
 * @param {Bar} bar
 * @param {number} y
 */
function label(paint, bar, y) {
  const { pen, unit } = paint;
  const awake = bar.sleep === null ? bar.width : bar.sleep - bar.x;
  const asleep = awake < bar.width / 2;
  const from = Math.max(asleep ? bar.x + awake : bar.x, paint.scroll);
  const room = bar.x + (asleep ? bar.width : awake) - from - 10 * unit;
  pen.font = `500 ${14.5 * unit}px ${paint.family}`;
  const text = fitting(barTexts(paint.words, bar, asleep), room, (candidate) => pen.measureText(candidate).width);
  pen.fillStyle = asleep ? paint.ink : inkOn(paint, bar);
  pen.fillText(text, from + 6 * unit, y + paint.bar / 2 + 5.5 * unit);
}

/**
 * @param {Paint} paint
 * @param {Bar} bar
 */
function inkOn({ panel }, { row }) {
  if (row.number) return INKS[markOf(row.number).colour];
  return row.moved === "received" ? panel : "#ffffff";
}

/**
 * @param {Catalog} words
 * @param {Bar} bar
 * @param {boolean} asleep whether the text stands on the part in which the call slept
 * @returns {string[]} longest first
 */
function barTexts(words, { row }, asleep) {
  const { args, number, began, ended, times } = row;
  const op = spoken(row.op);
  const count = row.ready < 0 ? row.count : row.ready;
  if (number) {
    const sign = markOf(number).sign;
    return [`${sign} ${op} ${count ?? ""}`, `${sign} ${count ?? ""}`, sign];
  }
  const call = `${op}(${args})`;
  if (times > 1) return [` × ${times} ${duration(ended - began)}`, ` × ${times}`, ""].map((many) => op + many);
  const gives = count === null ? "" : ` → ${count}`;
  const got = gives ? [call + gives, op + gives, gives.trim()] : [];
  const took = ended < 0 ? "" : ` ${duration(ended - began)}`;
  if (!asleep) return [...got, call + took, op + took, op, `${op.slice(0, 5)}…`];
  const [whole, short] = [call, op].map((of) => words.text("ui.bar_blocked", { call: of }));
  return [whole + took + gives, short + took + gives, ...got, whole, short, op];
}

/**
 * @param {Paint} paint
 * @param {string} colour
 * @param {number} width units
 * @param {() => void} path
 */
export function stroke({ pen, unit }, colour, width, path) {
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(2, width * unit);
  pen.beginPath();
  path();
  pen.stroke();
}
