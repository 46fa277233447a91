/** Readiness, call by call, on a canvas: there may be thousands of descriptors, and of calls. */

import { SETS } from "../model/masks.js";
import { rasterOf, shades, waitAt } from "../model/raster.js";
import { colourOf } from "../model/watches.js";
import { COLOURS, markOf } from "../palette.js";
import { byId, set, setText, unitOf } from "./dom.js";

/**
 * @typedef {import("../model/raster.js").Raster} Raster
 * @typedef {import("../model/waits.js").Asker} Asker
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/readiness.js").Poller} Poller
 * @typedef {import("../model/store.js").Store} Store
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {{pen: CanvasRenderingContext2D, unit: number, raster: Raster, asker: Asker, state: State,
 *   mute: string, playhead: string, family: string,
 *   height: number}} Paint
 */

/** In units of the page's grid: the labels on the left, a row that can be read, columns, and all of the rows. */
const LEFT = 84;
const RIGHT = 12;
const TOP = 10;
const ROW = 32;
const PITCH = 26;
const LEAST = 3;
const ROOM = 230;
/** What lies after the playhead is fainter, as on the timeline. */
const AHEAD = 0.38;
/** Of 255: the shade of pixels of which all descriptors were asked about. */
const DARKEST = 96;

/**
 * @param {Catalog} words
 * @param {{seek: (step: number) => void, changed: () => void}} verbs
 * @param {string} prefix of the ids, where a page has several of these
 */
export function rasterView(words, verbs, prefix) {
  const canvas = byId(`${prefix}raster`, HTMLCanvasElement);
  const says = byId(`${prefix}raster-says`, HTMLElement);
  /** @type {{drawn: unknown[], version: number, raster: Raster | null, store: Store | null}} */
  const view = { drawn: [], version: 0, raster: null, store: null };
  const again = () => {
    view.version += 1;
    verbs.changed();
  };
  new ResizeObserver(again).observe(/** @type {HTMLElement} */ (canvas.parentElement));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  canvas.addEventListener("click", (event) => {
    if (!view.raster || !view.store) return;
    const wait = waitAt(view.raster, event.clientX - canvas.getBoundingClientRect().left - LEFT * unitOf(canvas));
    if (wait !== null) verbs.seek(view.store.steps.at(view.store.waits.index.at(wait)));
  });
  return {
    /**
     * @param {Store} store
     * @param {State} state
     * @param {Poller} poller
     */
    update(store, state, poller) {
      const asker = store.waits.askers.get(poller.poller);
      const now = [view.version, store, asker?.waits.length, poller, canvas.clientWidth];
      if (!asker || now.every((value, i) => value === view.drawn[i])) return;
      view.drawn = now;
      const unit = unitOf(canvas);
      const width = canvas.clientWidth - (LEFT + RIGHT) * unit;
      const raster = rasterOf(store.waits, asker, poller.waits, {
        width, height: ROOM * unit, row: ROW * unit, pitch: PITCH * unit, least: LEAST,
      });
      Object.assign(view, { raster, store });
      describe(canvas, says, words, { raster, poller, all: asker.waits.length, unit });
      paint(canvas, { raster, asker, state, unit });
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} says
 * @param {Catalog} words
 * @param {{raster: Raster, poller: Poller, all: number, unit: number}} shown
 */
function describe(canvas, says, words, { raster, poller, all, unit }) {
  const perRow = Math.max(1, Math.round(raster.perRow));
  set(canvas, {
    "data-columns": raster.columns.length, "data-rows": raster.rows.length, "data-current": poller.waits,
    "data-waits": all, "data-per-row": perRow,
    "aria-label": words.text("ui.raster_label", { waits: all, now: poller.waits }),
  });
  canvas.style.height = `${raster.height + 2 * TOP * unit}px`;
  const scale = raster.rows.length ? "" : words.text("ui.raster_scale", { n: perRow });
  const older = raster.hidden ? words.text("ui.raster_hidden", { n: raster.hidden }) : "";
  setText(says, [scale, older].filter(Boolean).join(" "));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{raster: Raster, asker: Asker, state: State, unit: number}} what
 */
function paint(canvas, what) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const style = getComputedStyle(canvas);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  const paint = {
    ...what, pen, family: style.fontFamily, mute: colour("--mute"), playhead: colour("--playhead"),
    height: what.raster.height,
  };
  pen.translate(LEFT * what.unit, TOP * what.unit);
  if (what.raster.rows.length) paintRows(paint);
  else paintShades(paint);
  paintMarks(paint);
  paintCurrent(paint);
}

/**
 * A line and a name for each descriptor, a dot where it was asked about.
 *
 * @param {Paint} paint
 */
function paintRows({ pen, unit, raster, mute, family }) {
  pen.fillStyle = mute;
  pen.font = `${17 * unit}px ${family}`;
  for (const { fd, y, height } of raster.rows) pen.fillText(`fd ${fd}`, -LEFT * unit, y + height / 2 + 6 * unit);
  pen.fillStyle = mute;
  const radius = Math.min(2.5 * unit, raster.pitch / 3);
  for (const { x, y } of raster.dots) {
    pen.beginPath();
    pen.arc(x + raster.pitch / 2, y + (ROW / 2) * unit, radius, 0, Math.PI * 2);
    pen.fill();
  }
}

/**
 * What was asked about, as grey: the more of the descriptors of a pixel, the darker.
 *
 * @param {Paint} paint
 */
function paintShades({ pen, unit, raster, asker, mute, family, height }) {
  const rows = Math.max(1, Math.floor(height));
  const shade = shades(asker, raster, rows);
  const count = raster.columns.length;
  if (count > 0) {
    const small = new OffscreenCanvas(count, rows);
    const image = new ImageData(count, rows);
    const [r, g, b] = rgbOf(pen, mute);
    for (let i = 0; i < count; i += 1) {
      for (let row = 0; row < rows; row += 1) {
        const at = (row * count + i) * 4;
        image.data[at] = r;
        image.data[at + 1] = g;
        image.data[at + 2] = b;
        image.data[at + 3] = shade[i * rows + row] * DARKEST;
      }
    }
    small.getContext("2d")?.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, count * raster.pitch, height);
  }
  pen.fillStyle = mute;
  pen.font = `${15 * unit}px ${family}`;
  pen.fillText(`fd ${asker.low}`, -LEFT * unit, 12 * unit);
  pen.fillText(`fd ${asker.high}`, -LEFT * unit, height);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour as CSS writes it
 * @returns {number[]} red, green, blue
 */
function rgbOf(pen, colour) {
  pen.fillStyle = colour;
  const text = String(pen.fillStyle);
  return text.startsWith("#") ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) : [107, 112, 120];
}

/** @param {Paint} paint */
function paintMarks({ pen, unit, raster, asker, state, mute }) {
  const few = raster.rows.length > 0;
  const now = (raster.current + 1) * raster.pitch;
  for (const { fd, mask, x, y, height } of raster.marks) {
    const interest = asker.tracks.get(fd)?.interest;
    pen.globalAlpha = x < now ? 1 : AHEAD;
    const number = interest ? colourOf(state, asker.process, interest) : 0;
    pen.fillStyle = number ? COLOURS[markOf(number).colour] : mute;
    if (!few) {
      pen.fillRect(x, y - 2, Math.max(2, raster.pitch - 1), Math.max(4, height));
      continue;
    }
    const size = Math.min(9 * unit, raster.pitch / 2 - 1);
    const centre = { x: x + raster.pitch / 2, y: y + height / 2 };
    const names = SETS.filter(([, bit]) => mask & bit).map(([name]) => name);
    paintShape(pen, names, centre, size, unit);
  }
  pen.globalAlpha = 1;
}

/**
 * Readable is a block, writable a triangle, exceptional a cross; what is more than one of them is drawn as each.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {string[]} names
 * @param {{x: number, y: number}} at
 * @param {number} size half the width
 * @param {number} unit
 */
function paintShape(pen, names, { x, y }, size, unit) {
  const both = names.length > 1;
  const [up, down] = both ? [y - 6 * unit, y + 6 * unit] : [y, y];
  const tall = (both ? 5.5 : 11) * unit;
  pen.beginPath();
  if (names.includes("R") || names.length === 0) {
    pen.roundRect(x - size * 0.75, up - tall, size * 1.5, 2 * tall, 3 * unit);
  }
  if (names.includes("W")) {
    pen.moveTo(x - size, down + tall * 0.8);
    pen.lineTo(x + size, down + tall * 0.8);
    pen.lineTo(x, down - tall * 0.8);
  }
  pen.fill();
  if (!names.includes("X")) return;
  pen.lineWidth = 3 * unit;
  pen.strokeStyle = pen.fillStyle;
  pen.moveTo(x - size, y - size);
  pen.lineTo(x + size, y + size);
  pen.moveTo(x + size, y - size);
  pen.lineTo(x - size, y + size);
  pen.stroke();
}

/** @param {Paint} paint */
function paintCurrent({ pen, unit, raster, playhead, height }) {
  const column = raster.columns[raster.current];
  if (!column) return;
  const spare = Math.max(0, 14 * unit - raster.pitch) / 2;
  pen.strokeStyle = playhead;
  pen.lineWidth = Math.max(2, 3 * unit);
  pen.beginPath();
  pen.roundRect(column.x - spare, -6 * unit, raster.pitch + 2 * spare, height + 12 * unit, 5 * unit);
  pen.stroke();
}
