/** What one wait costs, against the number of descriptors it asks about: a log–log chart and its numbers. */

import { duration } from "../messages.js";
import { costsOf, decades, numbersOf } from "../model/cost.js";
import { byId, html, keyed, set, setText, svg } from "./dom.js";

/**
 * @typedef {import("../model/cost.js").Series} Series
 * @typedef {import("../model/cost.js").Point} Point
 * @typedef {import("../types.js").PollerKind} PollerKind
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {{x: (watched: number) => number, y: (ns: number) => number, xs: number[], ys: number[]}} Scale
 *   `xs` and `ys` are the powers of ten on the axes
 * @typedef {{store: import("../model/store.js").Store, count: number}} Measured  of a run the first `count` waits
 */

/** The drawing, in its own units. */
const SIZE = { width: 600, height: 400 };
const PLOT = { left: 72, right: 520, top: 34, bottom: 344 };
/** Names at the ends of the lines are at least so far apart. */
const NAME_GAP = 20;
/** Marks of each kind: their shape says the same as their colour. @type {Record<PollerKind, string>} */
const SHAPES = {
  select: "M-6 -6H6V6H-6Z", poll: "M0 -8L7 6H-7Z", epoll: "M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z",
};

/** Back to front. */
const LAYERS = ["grid", "single", "lines", "medians", "stops", "names"];

/**
 * @param {Catalog} words
 * @param {string} prefix of the ids, where a page has several of these charts
 */
export function costView(words, prefix) {
  const drawing = byId(`${prefix}cost-chart`, SVGSVGElement);
  const table = byId(`${prefix}cost-table`, HTMLTableElement);
  const layers = LAYERS.map((name) => svg("g", { class: `cost-${name}` }));
  set(drawing, { viewBox: `0 0 ${SIZE.width} ${SIZE.height}` });
  drawing.append(...layers);
  /** @type {unknown[]} */
  let drawn = [];
  return {
    /**
     * @param {Measured} own
     * @param {Measured} beside another chart next to this one, whose axes are to be the same; or `own`
     */
    update(own, beside) {
      const what = [own.store, own.count, beside.store, beside.count];
      if (what.every((value, i) => value === drawn[i])) return;
      drawn = what;
      const series = costsOf(own.store.waits, own.count);
      byId(`${prefix}no-costs`, HTMLElement).hidden = series.length > 0;
      byId(`${prefix}cost-parts`, HTMLElement).hidden = series.length === 0;
      if (series.length === 0) return;
      const scale = scaleOf([...series, ...costsOf(beside.store.waits, beside.count)]);
      const [grid, single, lines, medians, stops, names] = layers;
      updateGrid(grid, scale, words);
      updateSingle(single, series, scale);
      updateLines(lines, series, scale);
      updateMedians(medians, series, scale);
      updateStops(stops, series, scale);
      updateNames(names, series, scale);
      updateTable(table, series, words);
    },
  };
}

/**
 * @param {Series[]} series
 * @returns {Scale}
 */
function scaleOf(series) {
  const stops = series.flatMap(({ stop }) => (stop ? [stop.watched] : []));
  const [x0, x1] = decades([...numbersOf(series), ...stops]);
  const [y0, y1] = decades(series.flatMap(({ points }) => points.flatMap(({ some, median }) => [...some, median])));
  const wide = (PLOT.right - PLOT.left) / (x1 - x0);
  const high = (PLOT.bottom - PLOT.top) / (y1 - y0);
  const powers = (/** @type {number} */ from, /** @type {number} */ to) => (
    Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
  );
  return {
    x: (watched) => PLOT.left + (Math.log10(Math.max(1, watched)) - x0) * wide,
    y: (ns) => PLOT.bottom - (Math.log10(Math.max(1, ns)) - y0) * high,
    xs: powers(x0, x1), ys: powers(y0, y1),
  };
}

/**
 * @param {Element} layer
 * @param {Scale} scale
 * @param {Catalog} words
 */
function updateGrid(layer, { x, y, xs, ys }, words) {
  const lines = [
    ...xs.map((n) => (
      { key: `x${n}`, d: `M${x(n)} ${PLOT.top}V${PLOT.bottom}`, at: [x(n), PLOT.bottom + 24], text: grouped(n) }
    )),
    ...ys.map((n) => (
      { key: `y${n}`, d: `M${PLOT.left} ${y(n)}H${PLOT.right}`, at: [PLOT.left - 10, y(n) + 6], text: duration(n) }
    )),
    { key: "name", d: "", at: [(PLOT.left + PLOT.right) / 2, SIZE.height - 8], text: words.text("ui.cost_by") },
  ];
  keyed(layer, lines, ({ key }) => key, () => svg("g", {}, svg("path"), svg("text")), (node, { key, d, at, text }) => {
    const [path, label] = node.children;
    set(path, { d });
    set(label, { x: at[0], y: at[1], "text-anchor": key.startsWith("y") ? "end" : "middle" });
    setText(label, text);
  });
}

/**
 * @param {Element} layer
 * @param {Series[]} series
 * @param {Scale} scale
 */
function updateSingle(layer, series, { x, y }) {
  keyed(layer, series, ({ kind }) => kind, () => svg("path"), (node, { kind, points }) => {
    const dots = points.flatMap(({ watched, some }) => (
      some.map((ns) => `M${x(watched).toFixed(1)} ${y(ns).toFixed(1)}h0`)
    ));
    set(node, { class: `cost-${kind}`, d: dots.join("") });
  });
}

/**
 * @param {Element} layer
 * @param {Series[]} series
 * @param {Scale} scale
 */
function updateLines(layer, series, { x, y }) {
  keyed(layer, series, ({ kind }) => kind, () => svg("path"), (node, { kind, points }) => {
    const d = points.map(({ watched, median }, i) => `${i ? "L" : "M"}${x(watched)} ${y(median)}`).join("");
    set(node, { class: `cost-${kind}`, d });
  });
}

/**
 * @param {Element} layer
 * @param {Series[]} series
 * @param {Scale} scale
 */
function updateMedians(layer, series, { x, y }) {
  const all = series.flatMap(({ kind, points }) => points.map((point) => ({ kind, ...point })));
  keyed(layer, all, ({ kind, watched }) => `${kind} ${watched}`, () => svg("path", {}, svg("title")), (node, point) => {
    const { kind, watched, median, count } = point;
    set(node, {
      class: `cost-${kind}`, d: SHAPES[kind], transform: `translate(${x(watched)} ${y(median)})`,
      "data-cost": kind, "data-watched": watched, "data-median": Math.round(median), "data-count": count,
    });
    setText(/** @type {Element} */ (node.firstElementChild), `${kind} ${watched}: ${duration(median)} (${count})`);
  });
}

/**
 * Where the call can go no further: a cross at the end of its line, and its exception above the drawing.
 *
 * @param {Element} layer
 * @param {Series[]} series
 * @param {Scale} scale
 */
function updateStops(layer, series, scale) {
  const stops = series.flatMap(({ kind, points, stop }) => (stop ? [{ kind, points, stop }] : []));
  keyed(layer, stops, ({ kind }) => kind, () => svg("g", {}, svg("path"), svg("path"), svg("text")), (node, item) => {
    const { kind, points, stop } = item;
    const [left, top] = endOf(item, scale);
    const [line, cross, label] = node.children;
    const last = points.at(-1);
    set(node, { class: `cost-${kind}`, "data-cost-stop": kind, "data-watched": stop.watched });
    set(line, { d: last ? `M${scale.x(last.watched)} ${top}H${left}` : "" });
    set(cross, { d: `M${left - 8} ${top - 8}l16 16m0 -16l-16 16` });
    set(label, { x: PLOT.right, y: 18, "text-anchor": "end" });
    setText(label, `× ${stop.text}`);
  });
}

/**
 * @param {Series} series
 * @param {Scale} scale
 * @returns {[x: number, y: number]} of the end of its line
 */
function endOf({ points, stop }, { x, y, ys }) {
  const last = points.at(-1);
  const far = Math.max(last?.watched ?? 0, stop?.watched ?? 0);
  return [x(far), y(last?.median ?? ys[ys.length - 1])];
}

/**
 * @param {Element} layer
 * @param {Series[]} series
 * @param {Scale} scale
 */
function updateNames(layer, series, scale) {
  const ends = series.map((item) => ({ kind: item.kind, at: endOf(item, scale) })).sort((a, b) => a.at[1] - b.at[1]);
  let free = -Infinity;
  const names = ends.map(({ kind, at: [x, y] }) => {
    free = Math.max(y, free + NAME_GAP);
    return { kind, x: x + 14, y: free + 6 };
  });
  keyed(layer, names, ({ kind }) => kind, () => svg("text"), (node, { kind, x, y }) => {
    set(node, { class: `cost-${kind}`, x, y });
    setText(node, kind);
  });
}

/**
 * @param {HTMLTableElement} table
 * @param {Series[]} series
 * @param {Catalog} words
 */
function updateTable(table, series, words) {
  const head = /** @type {HTMLTableSectionElement} */ (table.tHead).rows[0];
  const columns = [words.text("ui.cost_descriptors"), ...series.map(({ kind }) => kind)];
  keyed(head, columns, (name) => name, () => html("th", { scope: "col" }), (node, name) => setText(node, name));
  keyed(table.tBodies[0], numbersOf(series), (number) => number, () => html("tr"), (row, watched) => {
    /** @type {{key: string, text: string, ns: number | null}[]} */
    const cells = series.map(({ kind, points, stop }) => {
      const point = points.find((item) => item.watched === watched);
      const beyond = stop !== null && !point && watched >= stop.watched;
      const ns = point ? Math.round(point.median) : null;
      return { key: kind, text: point ? duration(point.median) : beyond ? "×" : "", ns };
    });
    keyed(row, [{ key: "", text: grouped(watched), ns: null }, ...cells], ({ key }) => key,
      ({ key }) => (key ? html("td", { "data-kind": key }) : html("th", { scope: "row" })),
      (node, { text, ns }) => {
        set(node, { "data-ns": ns });
        setText(node, text);
      });
  });
}

/**
 * @param {number} number
 * @returns {string} with its thousands apart
 */
function grouped(number) {
  return number.toLocaleString("en").replaceAll(",", "\u202f");
}
