/** The processes of one program as cards: what each is doing, in a line; and the head above them and their panel. */

import { numberOf } from "../model/group.js";
import { lives } from "../model/hold.js";
import { html, keyed, set, setText } from "./dom.js";
import { sendClass } from "./marks.js";
import { chip } from "./words.js";

/**
 * @typedef {import("../model/group.js").Group} Group
 * @typedef {import("../model/group.js").Panel} Panel
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../control.js").Control} Control
 * @typedef {{group: Group, state: State, live: State | null, now: number, more: boolean}} Shown
 *   `more` when processes of the program can be added, and ended one by one
 */

/**
 * @param {Group} group
 * @param {Catalog} words
 * @param {Control} control
 * @returns {HTMLElement}
 */
export function newHead({ program }, words, control) {
  const title = words.text("ui.add_process_title", { program });
  const add = html("button", { type: "button", class: "add", title }, words.text("ui.add_process", { program }));
  add.addEventListener("click", () => {
    if (add.getAttribute("aria-disabled") !== "true") void control.add(program);
  });
  const problem = html("p", { class: "problem", role: "alert" });
  return html("div", { class: "group-head", "data-program": program }, html("h2"), add, problem);
}

/**
 * @param {HTMLElement} node
 * @param {Catalog} words
 * @param {Shown & {problem: string}} shown
 * @returns {void}
 */
export function updateHead(node, words, { group, live, more, problem }) {
  const [title, add, said] = /** @type {HTMLElement[]} */ ([...node.children]);
  setText(title, words.text("ui.processes_of", { n: group.all, program: group.program }));
  const why = live === null ? words.text("ui.why_not_running") : "";
  add.hidden = !more;
  setText(said, problem);
  set(add, {
    "aria-disabled": why ? "true" : null, title: why || words.text("ui.add_process_title", { program: group.program }),
  });
}

/** @returns {HTMLElement} */
export function newCards() {
  return html("div", { class: "cards" }, html("ul"), html("p"));
}

/**
 * @param {HTMLElement} node
 * @param {Catalog} words
 * @param {Control} control
 * @param {Shown & {open: (name: string) => void}} shown
 * @returns {void}
 */
export function updateCards(node, words, control, { group, state, live, now, more, open }) {
  const [list, rest] = /** @type {HTMLElement[]} */ ([...node.children]);
  const descriptors = descriptorsOf(state);
  keyed(
    list, group.cards, ({ name }) => name, ({ name }) => newCard(name, words, control, open),
    (card, { name }) => {
      const { text, tone } = chip(words, state.processes[name], now);
      const [face, end] = /** @type {HTMLElement[]} */ ([...card.children]);
      const [, fd, doing] = face.children;
      const at = descriptors.get(name);
      set(card, { "data-tone": tone, "data-ended": state.processes[name].exited !== null });
      setText(fd, at ? `fd ${at.fd}` : "");
      set(fd, { title: at ? words.text("ui.its_fd", at) : null });
      setText(doing, text);
      end.hidden = !more || !lives(live?.processes[name]);
    },
  );
  const folded = group.folded ? [words.text("ui.n_more", { n: group.folded })] : [];
  const ended = group.ended ? [words.text("ui.n_ended", { n: group.ended })] : [];
  setText(rest, [...folded, ...ended].join(" · "));
}

/**
 * @param {string} name
 * @param {Catalog} words
 * @param {Control} control
 * @param {(name: string) => void} open
 * @returns {HTMLLIElement}
 */
function newCard(name, words, control, open) {
  const face = html(
    "button", { type: "button", class: "face", "aria-expanded": "false", title: words.text("ui.open_panel", { name }) },
    html("b", {}, name), html("span", { class: "fd" }), html("span", { class: "doing" }),
  );
  const title = words.text("ui.end_process_title", { name });
  const end = html("button", { type: "button", class: "end", title, "aria-label": title }, "×");
  face.addEventListener("click", () => open(name));
  end.addEventListener("click", () => void control.end(name));
  return html("li", { class: `card ${sendClass(numberOf(name))}`, "data-process": name }, face, end);
}

/**
 * @param {State} state
 * @returns {Map<string, {fd: number, at: string}>} by client: the descriptor its server has for it
 */
function descriptorsOf(state) {
  /** @type {Map<string, {fd: number, at: string}>} */
  const found = new Map();
  for (const { name, sockets } of Object.values(state.processes)) {
    for (const { connection, fd, state: now } of sockets.values()) {
      const known = connection === null ? undefined : state.connections.get(connection);
      if (now !== "closed" && known?.server === name && known.client) found.set(known.client, { fd, at: name });
    }
  }
  return found;
}
