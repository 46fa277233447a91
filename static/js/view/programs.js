/** The program panels: what each process is doing, its code, its sockets, its terminal. */

import { entries } from "../model/log.js";
import { markOf } from "../palette.js";
import { html, keyed, set, setText } from "./dom.js";
import { sendClass } from "./marks.js";
import { updateSockets } from "./sockets.js";
import { chip } from "./words.js";

/**
 * @typedef {import("../types.js").Listing} Listing
 * @typedef {import("../model/state.js").Process} Process
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {{name: string, role: import("../types.js").Role, file: string, listing: Listing | undefined}} Panel
 */

/**
 * @param {{client: HTMLElement, server: HTMLElement}} sides
 * @param {Catalog} words
 */
export function programsView(sides, words) {
  /** @type {{state: State | null, listings: Listing[]}} */
  const drawn = { state: null, listings: [] };
  return {
    /**
     * @param {State} state
     * @param {Listing[]} listings
     * @param {number} now ns since the run began, for the clocks of blocked calls
     */
    update(state, listings, now) {
      const same = drawn.state === state && drawn.listings === listings;
      const panels = panelsOf(state, listings);
      for (const role of /** @type {const} */ (["client", "server"])) {
        keyed(
          sides[role], panels.filter((panel) => panel.role === role), (panel) => panel.name,
          (panel) => newPanel(panel, words),
          (node, panel) => {
            updateChip(node, words, state.processes[panel.name], now);
            if (!same) updatePanel(node, words, panel, state);
          },
        );
      }
      Object.assign(drawn, { state, listings });
    },
  };
}

/**
 * A panel for each program of the lesson and for each process that came of itself.
 *
 * @param {State} state
 * @param {Listing[]} listings
 * @returns {Panel[]}
 */
function panelsOf(state, listings) {
  const own = listings.map((listing) => ({ ...listing, listing }));
  const names = new Set(listings.map(({ name }) => name));
  const others = Object.values(state.processes).filter(({ name }) => !names.has(name));
  return [
    ...own,
    ...others.map(({ name, role, file }) => {
      const listing = listings.find((item) => item.file === file);
      return { name, role, file, listing };
    }),
  ];
}

/**
 * @param {Panel} panel
 * @param {Catalog} words
 * @returns {HTMLElement}
 */
function newPanel(panel, words) {
  const { name, file } = panel;
  return html(
    "section", { class: "program", "data-process": name, "aria-label": words.text("ui.program_of", { name }) },
    html("h2", {}, html("span", { class: "file" }, file || name), html("span", { class: "chip" })),
    html("ol", { class: "code", tabindex: 0, "aria-label": words.text("ui.code_of", { file: file || name }) }),
    html("ul", { class: "sockets", "aria-label": words.text("ui.sockets") }),
    html("div", {
      class: "terminal", tabindex: 0, role: "log", "aria-live": "off",
      "aria-label": words.text("ui.terminal_of", { name }),
    }),
  );
}

/**
 * @param {HTMLElement} node
 * @param {Catalog} words
 * @param {Process | undefined} process
 * @param {number} now
 */
function updateChip(node, words, process, now) {
  const { text, tone } = chip(words, process, now);
  const mark = /** @type {HTMLElement} */ (node.querySelector(".chip"));
  setText(mark, text);
  set(mark, { "data-tone": tone });
}

/**
 * @param {HTMLElement} node
 * @param {Catalog} words
 * @param {Panel} panel
 * @param {State} state
 */
function updatePanel(node, words, panel, state) {
  const process = state.processes[panel.name];
  const [, code, sockets, terminal] = /** @type {HTMLElement[]} */ ([...node.children]);
  updateSockets(sockets, words, state, process);
  updateTerminal(terminal, words, panel, process);
  // Last: the room the others leave decides how far it must scroll.
  updateCode(code, panel, process);
}

/**
 * @param {HTMLElement} code
 * @param {Panel} panel
 * @param {Process | undefined} process
 */
function updateCode(code, panel, process) {
  const lines = panel.listing?.lines ?? [];
  set(code, { hidden: lines.length === 0 });
  keyed(
    code, lines.map((pieces, i) => ({ pieces, line: i + 1 })),
    ({ pieces, line }) => `${line} ${pieces.map(([, text]) => text).join("")}`,
    newLine,
    (node, { line }) => {
      set(node, { class: line === process?.line ? "code-line is-current" : "code-line" });
      set(node, { "aria-current": line === process?.line ? "step" : null });
      updateMarks(/** @type {HTMLElement} */ (node.lastElementChild), process?.sendLines[line] ?? []);
    },
  );
  showLine(code, code.querySelector(".is-current"));
}

/**
 * @param {{pieces: import("../types.js").CodeLine, line: number}} item
 * @returns {HTMLLIElement}
 */
function newLine({ pieces, line }) {
  const text = html("span", { class: "code-text" });
  text.append(...pieces.map(([kind, piece]) => (kind ? html("span", { class: kind }, piece) : piece)));
  return html(
    "li", { "data-line": line },
    html("span", { class: "code-number", "aria-hidden": "true" }, String(line)),
    html("span", { class: "code-marked" }, text, html("span", { class: "code-stripes" })),
    html("span", { class: "code-marks" }),
  );
}

/**
 * The line is underlined in the colours of its sends, and carries their numbers.
 *
 * @param {HTMLElement} marks
 * @param {number[]} numbers
 */
function updateMarks(marks, numbers) {
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
  const margin = line.offsetHeight;
  if (top - margin < code.scrollTop) code.scrollTop = top - margin;
  else if (bottom + margin > code.scrollTop + code.clientHeight) code.scrollTop = bottom + margin - code.clientHeight;
}

/**
 * @param {HTMLElement} terminal
 * @param {Catalog} words
 * @param {Panel} panel
 * @param {Process | undefined} process
 */
function updateTerminal(terminal, words, panel, process) {
  const command = { stream: "command", text: `$ python ${panel.file || panel.name}\n`, dropped: 0 };
  const outputs = process?.pid ? [command, ...entries(process.output)] : [];
  const before = terminal.childElementCount;
  keyed(
    terminal, outputs.map((output, i) => ({ ...output, i })), ({ i }) => i,
    ({ stream }) => html("span", { class: stream }),
    (node, { text, dropped }) => setText(node, text + (dropped ? words.text("ui.output_dropped", { n: dropped }) : "")),
  );
  if (terminal.childElementCount !== before) terminal.scrollTop = terminal.scrollHeight;
}
