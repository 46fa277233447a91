/** One program panel: what the process is doing, what can be done to it, its code, its sockets, its terminal. */

import { lives } from "../model/hold.js";
import { updateCode } from "./code.js";
import { html, set, setText } from "./dom.js";
import { updateSockets } from "./sockets.js";
import { newTerminal } from "./terminal.js";
import { newWheel } from "./wheel.js";
import { chip, exitText } from "./words.js";

/**
 * @typedef {import("../model/group.js").Panel} Panel
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../control.js").Control} Control
 * @typedef {{state: State, live: State | null, now: number, same: boolean, panel: Panel, colour: string | null,
 *   input: boolean, aimed: boolean, several: boolean, problem: string}} Shown
 *   `state` at the viewer's event, `live` at the live edge of a run that goes on; `same` when neither has changed;
 *   `colour` is a CSS class, of one of several processes; `input` when it reads its standard input
 */

/** @type {WeakMap<HTMLElement, (shown: Shown) => void>} */
const updates = new WeakMap();

/**
 * @param {Panel} panel
 * @param {Catalog} words
 * @param {Control} control
 * @returns {HTMLElement}
 */
export function newPanel({ name, file }, words, control) {
  const title = html("span", { class: "file" }, file || name);
  const who = html("span", { class: "who" }, name);
  const mark = html("span", { class: "chip" });
  const why = html("p", { class: "why-ended", hidden: true });
  const wheel = newWheel(name, words, control);
  const codeName = words.text("ui.code_of", { file: file || name });
  const code = html("ol", { class: "code", tabindex: 0, "aria-label": codeName });
  const sockets = html("ul", { class: "sockets", "aria-label": words.text("ui.sockets") });
  const terminal = newTerminal(name, words, control);
  const node = html(
    "section", { class: "program", "data-process": name, "aria-label": words.text("ui.program_of", { name }) },
    html("h2", {}, title, who, mark), why, wheel.node, code, sockets, terminal.node,
  );
  updates.set(node, ({ state, live, now, same, panel, colour, input, aimed, several, problem }) => {
    const process = state.processes[name];
    const current = live?.processes[name];
    const alive = lives(current) ? current : null;
    const { text, tone } = chip(words, process, now);
    setText(mark, text);
    set(mark, { "data-tone": tone });
    set(node, { "data-aimed": aimed, "data-input": input });
    wheel.update({ process: alive, behind: state !== live, aimed, several, problem });
    if (same) return;
    node.className = colour ? `program ${colour}` : "program";
    who.hidden = !several;
    const ended = exitText(words, process?.exited ?? null);
    why.hidden = ended === "";
    setText(why, ended);
    updateSockets(sockets, words, state, process);
    terminal.update({ file: panel.file || name, process, typing: input && alive !== null && !alive.inputEnded });
    // Last: the room the others leave decides how far it must scroll.
    updateCode(code, panel.listing?.lines ?? [], process);
  });
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {Shown} shown
 * @returns {void}
 */
export function updatePanel(node, shown) {
  updates.get(node)?.(shown);
}
