/** Beside the axis of a stream: how far its transfer has come, and what its reader holds of the messages. */

import { framesEnd, storyOf } from "../model/frames.js";
import { progressOfBody, progressOfStream } from "../model/progress.js";
import { html, keyed, set, setText } from "./dom.js";
import { storyTexts } from "./frames.js";

/**
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../model/state.js").Stream} Stream
 * @typedef {import("../model/progress.js").Progress} Progress
 */

/**
 * @param {Catalog} words
 * @param {string} label key of its name
 * @returns {HTMLElement}
 */
export function newBar(words, label) {
  const bar = html("span", { class: "meter", role: "progressbar", "aria-label": words.text(label), "aria-valuemin": 0 });
  bar.append(html("i"), html("b"));
  return html("p", { class: "progress" }, bar, html("span"));
}

/**
 * @param {HTMLElement} node made by newBar
 * @param {Progress | null} progress
 * @param {Catalog} words
 * @returns {void}
 */
function updateBar(node, progress, words) {
  node.hidden = progress === null;
  if (!progress) return;
  const { received, sent, total } = progress;
  const [bar, says] = node.children;
  const share = (/** @type {number} */ bytes) => `${Math.min(100, (bytes / total) * 100)}%`;
  const text = words.text("ui.received_of", {
    received: grouped(received), total: grouped(total), percent: Math.floor((received / total) * 100),
  });
  set(bar, { "aria-valuenow": received, "aria-valuemax": total, "aria-valuetext": text, "data-sent": sent });
  const [light, full] = /** @type {HTMLCollectionOf<HTMLElement>} */ (bar.children);
  light.style.width = share(sent);
  full.style.width = share(received);
  setText(says, text);
}

/**
 * @param {HTMLElement} node made by newBar
 * @param {Stream | undefined} stream
 * @param {number} total bytes the stream carries
 * @param {Catalog} words
 * @returns {void}
 */
export function updateTransfer(node, stream, total, words) {
  updateBar(node, progressOfStream(stream, total), words);
}

/**
 * @param {Catalog} words
 * @returns {HTMLElement}
 */
export function newReading(words) {
  return html("div", { class: "reading" }, newBar(words, "ui.message_progress"), html("p"));
}

/**
 * @param {HTMLElement} node made by newReading
 * @param {Stream | undefined} stream
 * @param {import("../model/framing.js").Framing | null} framing
 * @param {string} who reads the stream
 * @param {Catalog} words
 * @returns {void}
 */
export function updateReading(node, stream, framing, who, words) {
  node.hidden = !stream || !framing;
  if (!stream || !framing) return;
  const story = storyOf(stream, framing);
  const [bar, says] = /** @type {HTMLCollectionOf<HTMLElement>} */ (node.children);
  updateBar(bar, progressOfBody(story.reading, framing, framesEnd(stream)), words);
  const texts = storyTexts(words, story, framing, who);
  keyed(says, texts, ({ bad }) => String(bad), () => html("span"), (part, { text, bad }) => {
    set(part, { "data-bad": bad });
    setText(part, text);
  });
  const { reading } = story;
  set(says, { "data-holds": reading?.holds, "data-wants": reading?.wants });
}

/**
 * 1 048 576: groups of three digits, with narrow spaces that no line is broken at.
 *
 * @param {number} number
 */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
