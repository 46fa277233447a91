/** The code of a program: the current line is lit, and each line carries the marks of its sends. */

import { markOf } from "../palette.js";
import { html, keyed, set } from "./dom.js";
import { sendClass } from "./marks.js";

/** @typedef {import("../model/state.js").Process} Process */

/**
 * @param {HTMLElement} code
 * @param {import("../types.js").CodeLine[]} lines
 * @param {Process | undefined} process
 * @returns {void}
 */
export function updateCode(code, lines, process) {
  const crashed = process?.exited?.line ?? null;
  const held = new Set(Object.values(process?.held ?? {}).map(({ line }) => line));
  set(code, { hidden: lines.length === 0 });
  keyed(
    code, lines.map((pieces, i) => ({ pieces, line: i + 1 })),
    ({ pieces, line }) => `${line} ${pieces.map(([, text]) => text).join("")}`,
    newLine,
    (node, { line }) => {
      const current = line === process?.line || held.has(line);
      const classes = { "is-current": current, "is-held": held.has(line), "is-crashed": line === crashed };
      const names = Object.entries(classes).flatMap(([name, on]) => (on ? [name] : []));
      set(node, { class: ["code-line", ...names].join(" "), "aria-current": current ? "step" : null });
      set(node, { title: line === crashed ? (process?.exited?.error ?? null) : null });
      updateMarks(/** @type {HTMLElement} */ (node.lastElementChild), process?.sendLines[line] ?? NONE);
    },
  );
  showSoon(code);
}

/**
 * @param {{pieces: import("../types.js").CodeLine, line: number}} item
 * @returns {HTMLLIElement}
 */
function newLine({ pieces, line }) {
  const text = html("span", { class: "code-text" });
  const indent = /^ */.exec(pieces.map(([, piece]) => piece).join(""))?.[0] ?? "";
  text.style.setProperty("--indent", `${indent.length}ch`);
  text.append(html("span", { class: "code-indent" }, indent));
  let skip = indent.length;
  for (const [kind, piece] of pieces) {
    const shown = piece.slice(skip);
    skip -= piece.length - shown.length;
    text.append(kind ? html("span", { class: kind }, shown) : shown);
    if (/[(.]$/.test(shown)) text.append(html("wbr")); // where a long line is best broken
  }
  return html(
    "li", { "data-line": line },
    html("span", { class: "code-number", "aria-hidden": "true" }, String(line)),
    html("span", { class: "code-marked" }, text, html("span", { class: "code-stripes" })),
    html("span", { class: "code-marks" }),
  );
}

/** The sends that a line shows. @type {WeakMap<HTMLElement, number[]>} */
const marked = new WeakMap();
/** @type {number[]} */
const NONE = [];

/**
 * The line is underlined in the colours of its sends, and carries their numbers.
 *
 * @param {HTMLElement} marks
 * @param {number[]} numbers
 */
function updateMarks(marks, numbers) {
  if (marked.get(marks) === numbers) return;
  marked.set(marks, numbers);
  const stripes = /** @type {HTMLElement} */ (marks.parentElement?.querySelector(".code-stripes"));
  keyed(
    stripes, numbers, (number) => number,
    (number) => html("i", { class: `${sendClass(number)} pattern-${markOf(number).pattern}` }), () => {},
  );
  keyed(
    marks, numbers, (number) => number,
    (number) => html("b", { class: sendClass(number) }, markOf(number).sign), () => {},
  );
}

/** Those whose line may be out of view. @type {Set<HTMLElement>} */
const toShow = new Set();

/**
 * Where a line stands is asked after the browser has drawn this frame: before, it would have to lay out the page twice.
 *
 * @param {HTMLElement} code
 */
function showSoon(code) {
  if (toShow.size === 0) {
    setTimeout(() => {
      for (const it of toShow) showLine(it, it.querySelector(".is-current, .is-crashed"));
      toShow.clear();
    });
  }
  toShow.add(code);
}

/**
 * Scrolls inside the panel only: `scrollIntoView` would move the page as well.
 *
 * @param {HTMLElement} code
 * @param {Element | null} line
 */
function showLine(code, line) {
  if (!(line instanceof HTMLElement)) return;
  const top = line.offsetTop;
  const bottom = top + line.offsetHeight;
  // The whole line, before what is around it.
  const margin = Math.max(0, Math.min(line.offsetHeight, (code.clientHeight - line.offsetHeight) / 2));
  if (top - margin < code.scrollTop) code.scrollTop = top - margin;
  else if (bottom + margin > code.scrollTop + code.clientHeight) code.scrollTop = bottom + margin - code.clientHeight;
}
