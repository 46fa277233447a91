/** Draws the row of messages: of each its header, its body, its delimiter, and what has not come yet. */

import { keyed, set, setText, svg } from "./dom.js";
import { escaped } from "../model/framing_name.js";
import { middle } from "./grid.js";
import { inset } from "./shares.js";

/**
 * @typedef {import("../model/frames.js").FrameBox} FrameBox
 * @typedef {import("../model/frames.js").FrameRow} FrameRow
 * @typedef {import("../model/boxes.js").Box} Box
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("./ranges.js").Frame} Frame
 */

/**
 * @param {SVGGElement} layer
 * @param {FrameRow | null} row
 * @param {Frame} frame
 * @returns {void}
 */
export function updateFrames(layer, row, frame) {
  const items = row && frame.grid.rows.frame.height ? row.boxes : [];
  const rest = row?.rest ? [{ box: row.rest, why: row.why }] : [];
  if (!layer.firstElementChild) layer.append(svg("g"), svg("g"));
  const [frames, unknown] = layer.children;
  keyed(frames, items, (item) => item.start, newFrame, (node, item) => updateFrame(node, item, frame));
  keyed(unknown, rest, () => "rest", newRest, (node, { box, why }) => {
    const text = frame.words.text(why === "many" ? "ui.frames_many" : "ui.frames_unknown");
    const { top, height } = frame.grid.rows.frame;
    const [rect, label, title] = node.children;
    set(rect, { ...inset(box, frame.unit), y: top * frame.unit, height: height * frame.unit });
    set(label, { x: box.x + 10 * frame.unit, y: (middle(frame.grid.rows.frame) - 1) * frame.unit });
    setText(label, frame.fitSmall([text, "?"], box.width - 16 * frame.unit));
    setText(title, text);
    set(node, { "data-from": box.start });
  });
}

function newFrame() {
  return svg(
    "g", {}, svg("rect", { class: "missing" }), svg("rect", { class: "body" }), svg("rect", { class: "tail" }),
    svg("path", { class: "header" }), svg("text", { class: "in-header" }), svg("text", { class: "in-body" }), svg("text", { class: "beyond" }), svg("title"),
  );
}

function newRest() {
  return svg("g", { class: "frame-rest" }, svg("rect"), svg("text"), svg("title"));
}

/**
 * @param {SVGGElement} node
 * @param {FrameBox} item
 * @param {Frame} view
 */
function updateFrame(node, item, view) {
  const [missing, body, tail, header, inHeader, inBody, beyond, title] = node.children;
  const { frame } = item;
  set(node, {
    class: frame.state === "short" || frame.state === "malformed" ? "frame bad" : "frame",
    "data-start": frame.start, "data-body": frame.body, "data-tail": frame.tail, "data-end": frame.end,
    "data-state": frame.state, "data-declared": frame.declared === null ? null : String(frame.declared),
  });
  // Of a frame narrower than a few pixels nothing but the frame itself can be seen.
  const parts = item.header || item.body || item.tail || item.missing;
  place(missing, item.missing, view);
  place(body, parts ? item.body : item, view);
  place(tail, item.tail, view);
  set(header, { d: item.header ? tag(item.header, view) : null });
  updateHeaderText(inHeader, item, view);
  updateBodyText(inBody, item, view);
  set(beyond, { x: view.width + 2 * view.unit, y: (middle(view.grid.rows.frame) - 1) * view.unit });
  setText(beyond, item.beyond ? "⋯" : "");
  setText(title, `${bodyTexts(item, view.words)[0]} [${frame.start}, ${frame.end})`);
}

/**
 * @param {Element} rect
 * @param {Box | null} box
 * @param {Frame} view
 */
function place(rect, box, { unit, grid }) {
  const { top, height } = grid.rows.frame;
  const at = box ? { ...inset(box, unit), y: top * unit, height: height * unit, rx: 3 * unit } : { width: 0, height: 0 };
  set(rect, at);
}

/**
 * A header points at what it is the header of.
 *
 * @param {Box} box
 * @param {Frame} view
 * @returns {string}
 */
function tag(box, { unit, grid }) {
  const { top, height } = grid.rows.frame;
  const { x, width } = inset(box, unit);
  const point = Math.min(9 * unit, width / 3);
  const [y, half] = [top * unit, (height / 2) * unit];
  return `M${x} ${y}h${width - point}l${point} ${half}l${-point} ${half}h${point - width}z`;
}

/**
 * @param {Element} label
 * @param {FrameBox} item
 * @param {Frame} view
 */
function updateHeaderText(label, { frame, header }, { unit, words, fitSmall, grid }) {
  const says = frame.declared === null ? "?" : String(frame.declared);
  const full = frame.declared === null ? words.text("ui.frame_header") : words.text("ui.frame_declares", { n: says });
  const text = header ? fitSmall([full, says], header.width - 14 * unit) : "";
  set(label, {
    x: header ? header.x + header.width / 2 - 3 * unit : 0, y: (middle(grid.rows.frame) - 1) * unit, "text-anchor": "middle",
  });
  setText(label, text);
}

/**
 * @param {Element} label
 * @param {FrameBox} item
 * @param {Frame} view
 */
function updateBodyText(label, item, { unit, words, fitSmall, grid }) {
  const boxes = [item.body, item.missing].filter((box) => box !== null);
  const [first, last] = [boxes[0], boxes[boxes.length - 1]];
  const room = first && last ? last.x + last.width - first.x : 0;
  const texts = bodyTexts(item, words);
  const text = fitSmall(texts, room - 16 * unit);
  const x = (first?.x ?? 0) + (text ? 10 * unit : room / 2);
  set(label, { x, y: (middle(grid.rows.frame) - 1) * unit, "text-anchor": text ? null : "middle" });
  setText(label, text || fitSmall(texts.slice(-1), room - 4 * unit));
}

/**
 * @param {FrameBox} item
 * @param {Catalog} words
 * @returns {string[]} longest first
 */
function bodyTexts({ frame, number, came }, words) {
  const { state, declared } = frame;
  if (state === "malformed") return [words.text("ui.frame_no_number"), "×"];
  const all = frame.tail - frame.body;
  const bytes = came < all ? `${came} / ${all} B` : `${came} B`;
  const lie = state === "short" && declared !== null ? [words.text("ui.frame_short_here", { declared, n: came })] : [];
  return [...lie, `${words.text("ui.frame_number", { number })} · ${bytes}`, bytes];
}

/**
 * @param {Catalog} words
 * @param {import("../model/framing.js").Framing} framing
 * @returns {string} how messages are delimited, in a few words
 */
export function framingText(words, { kind, size, order, delimiter }) {
  if (kind === "delimiter") return words.text("ui.framing_delimiter", { delimiter: escaped(delimiter ?? "\n") });
  if (kind !== "length") return words.text(`ui.framing_${kind}`, { n: size ?? 1 });
  const key = size === 1 ? "ui.framing_length_1" : order === "little" ? "ui.framing_little" : "ui.framing_big";
  return words.text(key, { n: size ?? 4 });
}

/**
 * What is to be said of the messages of a stream, in sentences.
 *
 * @param {Catalog} words
 * @param {import("../model/frames.js").Story} story
 * @param {import("../model/framing.js").Framing} framing
 * @param {string} who reads the stream
 * @returns {{text: string, bad: boolean}[]}
 */
export function storyTexts(words, story, framing, who) {
  const { bad, reading, whole, read } = story;
  const lie = bad ? [{ text: badText(words, story, framing), bad: true }] : [];
  if (reading) return [{ text: readingText(words, reading, framing, who), bad: false }, ...lie];
  const stands = read > 0 && !bad && !story.why ? [{ text: words.text("ui.read_whole", { who, n: whole }), bad: false }] : [];
  const rest = story.why ? [{ text: words.text(story.why === "many" ? "ui.frames_many" : "ui.frames_unknown"), bad: false }] : [];
  return [...stands, ...lie, ...rest];
}

/**
 * @param {Catalog} words
 * @param {import("../model/framing.js").Reading} reading
 * @param {import("../model/framing.js").Framing} framing
 * @param {string} who
 */
function readingText(words, { holds, wants }, { kind }, who) {
  if (wants === null) return words.text(kind === "delimiter" ? "ui.reading_open" : "ui.reading_lost", { who, n: holds });
  return words.text(wants === 0 ? "ui.reading_all" : "ui.reading", { who, n: holds, wants });
}

/**
 * @param {Catalog} words
 * @param {import("../model/frames.js").Story} story
 * @param {import("../model/framing.js").Framing} framing
 */
function badText(words, { bad, end, header }, { size }) {
  if (!bad) return "";
  if (bad.state === "malformed") return words.text("ui.frame_malformed", { header: pythonBytes(header) });
  if (bad.declared === null) return words.text("ui.frame_cut", { n: end - bad.start });
  const half = 1n << BigInt(8 * (size ?? 4) - 1);
  const signed = bad.declared >= half ? words.text("ui.frame_signed", { value: String(bad.declared - 2n * half).replace("-", "−") }) : "";
  return words.text("ui.frame_short", { declared: String(bad.declared), n: end - bad.body }) + signed;
}

/**
 * As Python prints them: b'5hel'.
 *
 * @param {Uint8Array} bytes
 */
function pythonBytes(bytes) {
  const text = [...bytes].map((byte) => {
    if (byte === 0x5c || byte === 0x27) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `b'${text.join("")}'`;
}
