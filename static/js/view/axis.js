/** The streams that are drawn, and when: a section for each direction of the connections that are shown. */

import { chosenConnections } from "../model/connections.js";
import { moreView } from "./connections.js";
import { keyed } from "./dom.js";
import { USUAL, applyFilling, fillingOf, sharedFilling } from "./filling.js";
import { newSection, updateStream } from "./stream.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/state.js").Stream} Stream
 * @typedef {import("../model/axis.js").Viewport} Viewport
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../model/framing.js").Framing} Framing
 * @typedef {{id: string, title: string, stream: Stream | undefined, extent: number, total: number, reader: string,
 *   derived: boolean, framing: Framing | null, underway: import("../model/known.js").Piece[]}} Shown
 *   `total` bytes sent over the whole recording, `extent` of the axis; `derived` when only the number of segments is
 *   known; `framing` of its messages, null of datagrams, which are messages by themselves; `underway` is what its sends
 *   write that have not returned
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
     * @param {{extents: Record<string, number>, contents: import("../model/contents.js").Contents}} recorded
     *   the ends of the streams, and what was written, over the whole recording
     * @param {boolean} growing whether there will be more
     * @param {Framing | null} framing
     * @param {boolean} fill whether the streams are to fill the middle
     */
    update(state, { extents, contents }, growing, framing, fill = false) {
      if (wanted) show(wanted);
      wanted = null;
      const choice = chosenConnections(state, more.wanted());
      more.update(choice);
      const shown = streamsOf(state, choice, { extents, contents, growing, framing }, words);
      const now = [version, fill, ...shown.flatMap((item) => [item.stream, item.extent, item.total, item.title, item.framing, item.underway.length])];
      if (now.length === drawn.length && now.every((value, i) => value === drawn[i])) return;
      drawn = now;
      /** @type {(() => void)[]} */
      const late = [];
      const roomy = !compact && shown.filter((item) => item.extent > 0).length <= 1;
      // Beside another run the scale is the same for both, so that the same byte stands at the same place.
      const shared = compact ? USUAL : sharedFilling(shown, root.parentElement?.clientHeight ?? 0);
      const filling = fill ? fillingOf(shown, room) : shared;
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
          const what = [version, item.stream, item.extent, item.total, item.title, item.framing, item.underway.length, viewport, roomy, scale, rows, columns];
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
 * @param {{extents: Record<string, number>, contents: import("../model/contents.js").Contents, growing: boolean,
 *   framing: Framing | null}} recorded
 * @param {Catalog} words
 * @returns {Shown[]}
 */
function streamsOf(state, choice, { extents, contents, growing, framing }, words) {
  return choice.shown.flatMap((it) => {
    const { connection, client, server, clientAddress, serverAddress, datagrams } = it;
    const [from, to] = [client ?? clientAddress, server ?? serverAddress];
    const several = choice.total > 1 ? `${connection} · ` : "";
    const both = [`${connection}>`, `${connection}<`].map((id) => ({ id, stream: state.streams.get(id) }));
    return both.map(({ id, stream }, i) => ({
      id, stream,
      underway: stream ? contents.underway(stream) : [],
      title: several + words.text(
        datagrams ? "ui.datagrams" : "ui.stream", i === 0 ? { from, to } : { from: to, to: from },
      ),
      reader: i === 0 ? to : from,
      total: extents[id] ?? 0,
      extent: growing ? withRoom(extents[id] ?? 0) : extents[id] ?? 0,
      framing: datagrams ? null : framing,
      derived: state.capture.kind === "derived",
    }));
  });
}
