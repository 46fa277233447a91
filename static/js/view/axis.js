/** The byte axis of each stream, as SVG: sends above, the bytes that wait in the middle, what recv returned below. */

import { axisLayout, fitting } from "../model/axis.js";
import { chosenConnections } from "../model/connections.js";
import { newStream } from "../model/streams.js";
import { panned, zoomed } from "../model/viewport.js";
import { sign } from "../palette.js";
import { moreView } from "./connections.js";
import { gridUnit, html, keyed, set, setText, svg, textWidth } from "./dom.js";
import { applyFilling, fillingOf, sharedFilling } from "./filling.js";
import { LABEL, RIGHT, gridOf } from "./grid.js";
import { rangesView } from "./ranges.js";
import { newBar, newReading, updateReading, updateTransfer } from "./reading.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/state.js").Stream} Stream
 * @typedef {import("../model/axis.js").Viewport} Viewport
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../model/framing.js").Framing} Framing
 * @typedef {import("./filling.js").Filling} Filling
 * @typedef {{id: string, title: string, stream: Stream | undefined, extent: number, total: number, reader: string,
 *   derived: boolean, framing: Framing | null}} Shown
 *   `total` bytes sent over the whole recording, `extent` of the axis; `derived` when only the number of segments is
 *   known; `framing` of its messages, null of datagrams, which are messages by themselves
 */

/**
 * @param {{streams: HTMLElement, more: HTMLElement, compact?: boolean}} places  `more` is the line for the connections
 *   that are not drawn; `compact` when even a single stream does not have the room to itself
 * @param {Catalog} words
 * @param {() => void} changed asks for a new frame
 */
export function axisView({ streams: root, more: line, compact = false }, words, changed) {
  /** Viewports the reader has chosen; the others show the whole stream. @type {Map<string, Viewport>} */
  const viewports = new Map();
  /** @type {unknown[]} */
  let drawn = [];
  let version = 0;
  let room = { width: 0, height: 0 };
  /** What each section shows. @type {WeakMap<HTMLElement, unknown[]>} */
  const sections = new WeakMap();
  /** As they were drawn last. @type {Map<string, Stream | undefined>} */
  const streams = new Map();
  const again = () => {
    version += 1;
    room = { width: root.clientWidth, height: root.clientHeight };
    changed();
  };
  new ResizeObserver(again).observe(root);
  const more = moreView(line, words, again);
  /** The sections that are not scrolled away. @type {Set<Element>} */
  const inView = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inView[isIntersecting ? "add" : "delete"](target);
    later();
  }, { root: root.closest(".kernel") });
  let turn = 0;
  /** What is to be scrolled into view in the next frame, before anything is written: then it costs nothing. */
  /** @type {Element | null} */
  let wanted = null;

  function later() {
    drawn = [];
    changed();
  }

  return {
    /**
     * @param {State} state
     * @param {Record<string, number>} extents of the streams over the whole recording
     * @param {boolean} growing whether there will be more
     * @param {Framing | null} framing
     * @param {boolean} fill whether the streams are to fill the middle
     */
    update(state, extents, growing, framing, fill = false) {
      if (wanted) show(wanted);
      wanted = null;
      const choice = chosenConnections(state, more.wanted());
      more.update(choice);
      const shown = streamsOf(state, choice, { extents, growing, framing }, words);
      const now = [version, fill, ...shown.flatMap((item) => [item.stream, item.extent, item.total, item.title, item.framing])];
      if (now.length === drawn.length && now.every((value, i) => value === drawn[i])) return;
      drawn = now;
      /** @type {(() => void)[]} */
      const late = [];
      const roomy = !compact && shown.filter((item) => item.extent > 0).length <= 1;
      const filling = fill ? fillingOf(shown, room) : sharedFilling(shown, root.parentElement?.clientHeight ?? 0);
      const { scale, rows, columns } = filling;
      applyFilling(root, filling);
      keyed(
        root, shown, (item) => item.id, (item) => {
          const node = newSection(item, words, viewports, again);
          watcher.observe(node);
          return node;
        },
        (node, item) => {
          const viewport = viewports.get(item.id);
          node.hidden = fill && item.extent > 0 && !filling.ids.has(item.id);
          const what = [version, item.stream, item.extent, item.total, item.title, item.framing, viewport, roomy, scale, rows, columns];
          if (what.every((value, i) => value === sections.get(node)?.[i])) return;
          const draw = () => {
            sections.set(node, what);
            updateStream(node, item, words, { chosen: viewport, roomy, room: room.width, filling });
          };
          if (shown.length <= AT_ONCE || !sections.has(node)) draw();
          else late[inView.has(node) ? "unshift" : "push"](draw);
        },
      );
      turn += 1;
      drawSome(late, turn);
      if (late.length > 0) later();
      const changed = shown.find((item) => item.stream && item.stream !== streams.get(item.id));
      const place = changed ? root.querySelector(`[data-stream="${changed.id}"]`) : null;
      if (shown.length <= AT_ONCE) show(place);
      else if (place) {
        wanted = place;
        later();
      }
      streams.clear();
      for (const item of shown) streams.set(item.id, item.stream);
    },
  };
}

/** Between two streams beside each other, in units. */
const GAP = 40;
/** Up to so many streams are drawn at once; of more, as many as a frame has time for, in ms. */
const AT_ONCE = 4;
const BUDGET_MS = 3;

/**
 * @param {(() => void)[]} draws takes those away that it does
 * @param {number} turn so that none waits for ever
 */
function drawSome(draws, turn) {
  const began = performance.now();
  while (draws.length && performance.now() - began < BUDGET_MS) draws.splice(turn % draws.length, 1)[0]();
}

/** Up to so many bytes the axis of a stream that grows ends where the stream does. */
const SHORT = 1024;

/**
 * The end of a stream that still grows, rounded up: else each event would move all that is drawn.
 *
 * @param {number} extent
 * @returns {number}
 */
function withRoom(extent) {
  if (extent <= SHORT) return extent;
  const step = 2 ** Math.floor(Math.log2(extent)) / 8;
  return Math.ceil(extent / step) * step;
}

/**
 * Scrolls the middle, not the page, so that the stream on which something happened is in view.
 *
 * @param {Element | null} node
 */
function show(node) {
  const frame = node?.closest(".kernel");
  if (!node || !frame) return;
  const [inner, outer] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (inner.top < outer.top || inner.height > outer.height) frame.scrollTop += inner.top - outer.top;
  else if (inner.bottom > outer.bottom) frame.scrollTop += inner.bottom - outer.bottom;
}

/**
 * Both directions of each connection that is drawn, those with bytes and those without.
 *
 * @param {State} state
 * @param {import("../model/connections.js").Choice} choice
 * @param {{extents: Record<string, number>, growing: boolean, framing: Framing | null}} ends
 * @param {Catalog} words
 * @returns {Shown[]}
 */
function streamsOf(state, choice, { extents, growing, framing }, words) {
  return choice.shown.flatMap((it) => {
    const { connection, client, server, clientAddress, serverAddress, datagrams } = it;
    const [from, to] = [client ?? clientAddress, server ?? serverAddress];
    const several = choice.total > 1 ? `${connection} · ` : "";
    return [`${connection}>`, `${connection}<`].map((id, i) => ({
      id,
      title: several + words.text(
        datagrams ? "ui.datagrams" : "ui.stream", i === 0 ? { from, to } : { from: to, to: from },
      ),
      stream: state.streams.get(id),
      reader: i === 0 ? to : from,
      total: extents[id] ?? 0,
      extent: growing ? withRoom(extents[id] ?? 0) : extents[id] ?? 0,
      framing: datagrams ? null : framing,
      derived: state.capture.kind === "derived",
    }));
  });
}

/**
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {Map<string, Viewport>} viewports
 * @param {() => void} changed
 * @returns {HTMLElement}
 */
function newSection(shown, words, viewports, changed) {
  /** @param {Viewport | null} viewport */
  const choose = (viewport) => {
    if (viewport) viewports.set(shown.id, viewport);
    else viewports.delete(shown.id);
    changed();
  };
  const node = html(
    "section", { class: "stream", "data-stream": shown.id },
    html(
      "header", {}, html("h3"), html("p", { class: "stream-quiet" }), newBar(words, "ui.stream_progress"),
      zoomButtons(words, (factor) => zoomAt(node, factor, 0.5)),
    ),
  );
  const drawing = svg("svg", { class: "axis", role: "img" });
  node.append(drawing, newReading(words));
  zooms.set(node, (factor, share) => {
    const extent = Number(node.dataset.extent);
    const viewport = viewports.get(shown.id) ?? { from: 0, to: extent };
    const to = zoomed(viewport, extent, factor, viewport.from + share * (viewport.to - viewport.from));
    choose(factor === 0 || to.to - to.from >= extent ? null : to);
  });
  const wheel = (/** @type {WheelEvent} */ event) => onWheel(event, node, viewports.get(shown.id), choose);
  drawing.addEventListener("wheel", wheel, { passive: false });
  return node;
}

/** @type {WeakMap<HTMLElement, (factor: number, share: number) => void>} */
const zooms = new WeakMap();

/**
 * @param {HTMLElement} node
 * @param {number} factor 0 shows the whole stream
 * @param {number} share of the track where the zoom holds still
 */
function zoomAt(node, factor, share) {
  zooms.get(node)?.(factor, share);
}

/**
 * Ctrl or plain wheel zooms where the pointer is; sideways, or with shift, it moves along the stream. A wheel that can
 * do neither is left to the page.
 *
 * @param {WheelEvent} event
 * @param {HTMLElement} node
 * @param {Viewport | undefined} viewport
 * @param {(viewport: Viewport) => void} choose
 */
function onWheel(event, node, viewport, choose) {
  const extent = Number(node.dataset.extent);
  const { left, width } = track(node);
  const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (sideways && viewport) {
    event.preventDefault();
    const bytes = ((event.deltaX || event.deltaY) / width) * (viewport.to - viewport.from);
    choose(panned(viewport, extent, bytes));
  } else if (!sideways && (event.deltaY < 0 || viewport)) {
    event.preventDefault();
    zoomAt(node, Math.exp(event.deltaY * 0.002), Math.min(1, Math.max(0, (event.clientX - left) / width)));
  }
}

/**
 * @param {HTMLElement} node
 * @returns {{left: number, width: number}} the track of its drawing, in px of the window
 */
function track(node) {
  const drawing = /** @type {SVGElement} */ (node.querySelector("svg.axis"));
  const unit = parseFloat(getComputedStyle(drawing).fontSize) / 20;
  const box = drawing.getBoundingClientRect();
  return { left: box.left + LABEL * unit, width: box.width - (LABEL + RIGHT) * unit };
}

/**
 * @param {Catalog} words
 * @param {(factor: number) => void} zoom
 * @returns {HTMLElement}
 */
function zoomButtons(words, zoom) {
  const group = html("span", { class: "zoom", role: "group", "aria-label": words.text("ui.zoom") });
  for (const [sign, key, factor] of /** @type {[string, string, number][]} */ ([
    ["−", "ui.zoom_out", 2], ["+", "ui.zoom_in", 0.5], ["↔", "ui.zoom_all", 0],
  ])) {
    const button = html("button", { type: "button", "aria-label": words.text(key), title: words.text(key) }, sign);
    button.addEventListener("click", () => zoom(factor));
    group.append(button);
  }
  return group;
}

/**
 * @param {HTMLElement} node
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {{chosen: Viewport | undefined, roomy: boolean, room: number, filling: Filling}} view  `room` is the width
 *   there is, in px
 */
function updateStream(node, shown, words, { chosen, roomy, room, filling }) {
  const { stream, extent, title } = shown;
  const [header, drawing, reading] = /** @type {[HTMLElement, SVGSVGElement, HTMLElement]} */ (
    /** @type {unknown} */ ([...node.children])
  );
  const [heading, quiet, bar] = /** @type {HTMLCollectionOf<HTMLElement>} */ (header.children);
  setText(heading, title);
  set(node, { "data-extent": extent, "data-empty": extent === 0 });
  setText(quiet, extent === 0 ? quietText(stream, words) : "");
  updateTransfer(bar, stream, shown.total, words);
  updateReading(reading, extent > 0 ? stream : undefined, shown.framing, shown.reader, words);
  set(drawing, { "aria-label": title, "data-roomy": roomy });
  const viewport = chosen ?? { from: 0, to: extent };
  if (extent > 0) {
    const unit = gridUnit() * filling.scale;
    const width = (room - (filling.columns - 1) * GAP * gridUnit()) / filling.columns - (LABEL + RIGHT) * unit;
    draw(drawing, shown, words, { viewport, width, roomy, unit, filling });
  }
}

/**
 * @param {Stream | undefined} stream
 * @param {Catalog} words
 */
function quietText(stream, words) {
  return stream?.bare ? words.text("ui.no_data_bare", { n: stream.bare }) : words.text("ui.no_data_this_way");
}

/**
 * @param {SVGSVGElement} drawing
 * @param {Shown} shown
 * @param {Catalog} words
 * @param {{viewport: Viewport, width: number, roomy: boolean, unit: number, filling: Filling}} view  `width` of the track
 */
function draw(drawing, { id, stream = newStream(id), extent, derived, framing }, words, { viewport, width, roomy, unit, filling }) {
  if (width <= 0) return;
  const font = fontOf(drawing, unit, roomy);
  const measure = (/** @type {string} */ text) => textWidth(text, font.small);
  const layout = axisLayout(stream, { viewport, width, unit, measure, framing });
  const counted = derived ? countedOf(stream, viewport, width) : null;
  const grid = gridOf({
    segments: stream.segments.length > 0 || stream.wire !== null || counted !== null,
    again: layout.again.length > 0, queues: stream.wire !== null,
    frames: layout.frames !== null, note: filling.large || layout.note !== null, roomy,
    rows: filling.rows, large: filling.large,
  });
  set(drawing, { viewBox: `0 0 ${width + (LABEL + RIGHT) * unit} ${grid.height * unit}` });
  drawing.style.height = `${grid.height * unit}px`;
  /** @type {(texts: string[], room: number) => string} */
  const fit = (texts, room) => fitting(texts, room, (text) => textWidth(text, font.bold));
  /** @type {(texts: string[], room: number) => string} */
  const fitSmall = (texts, room) => fitting(texts, room, measure);
  rangesView(drawing, layout, { unit, width, words, grid, end: extent, fit, fitSmall, sign, counted });
}

/**
 * @param {Stream} stream
 * @param {Viewport} viewport
 * @param {number} width
 * @returns {import("./ranges.js").Counted | null} what the kernel's counters say of the segments with data
 */
function countedOf({ sender }, { from, to }, width) {
  if (!sender || !sender.segments || sender.written === null) return null;
  const end = sender.written - (sender.unsent ?? 0);
  const scale = width / (to - from);
  const [left, right] = [Math.max(0, -from * scale), Math.min(width, (end - from) * scale)];
  return right > left ? { start: 0, end, x: left, width: right - left, count: sender.segments } : null;
}

/** That of the drawings, which is the same for all of them. */
let family = "";

/**
 * @param {Element} node
 * @param {number} unit
 * @param {boolean} roomy
 * @returns {{small: string, bold: string}}  as static/css/axis.css has them
 */
function fontOf(node, unit, roomy) {
  family ||= getComputedStyle(node).fontFamily;
  return { small: `${17 * unit}px ${family}`, bold: `600 ${(roomy ? 24 : 20) * unit}px ${family}` };
}
