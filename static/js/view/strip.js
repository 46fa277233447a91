/** The strip of projector mode: the program that acts, what it does now, and its lit line between its neighbours. */

import { updateCode } from "./code.js";
import { html, set, setText } from "./dom.js";
import { updateSockets } from "./sockets.js";
import { chip, exitText } from "./words.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../types.js").Listing} Listing
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/**
 * @param {HTMLElement} root
 * @param {Catalog} words
 */
export function stripView(root, words) {
  const file = html("b", { class: "file" });
  const who = html("span", { class: "who" });
  const mark = html("span", { class: "chip" });
  const why = html("p", { class: "why-ended" });
  const code = html("ol", { class: "code", "aria-label": words.text("ui.code_now") });
  const sockets = html("ul", { class: "sockets", "aria-label": words.text("ui.sockets") });
  root.append(html("div", { class: "strip-head" }, html("p", {}, file, who, mark), why, sockets), code);
  /** @type {unknown[]} */
  let drawn = [];
  return {
    /**
     * @param {State} state
     * @param {Listing[]} listings
     * @param {number} now ns since the run began
     */
    update(state, listings, now) {
      const process = state.acting === null ? undefined : state.processes[state.acting];
      root.hidden = !process;
      if (!process) return;
      const { text, tone } = chip(words, process, now);
      setText(mark, text);
      set(mark, { "data-tone": tone });
      const seen = [state, listings, root.clientWidth, root.clientHeight];
      if (seen.every((value, i) => value === drawn[i])) return;
      drawn = seen;
      set(root, { "data-acting": process.name });
      setText(file, process.file || process.name);
      // One that is called as its file is needs no second name.
      setText(who, process.file === `${process.name}.py` ? "" : process.name);
      const ended = exitText(words, process.exited);
      setText(why, ended);
      set(why, { title: ended });
      updateSockets(sockets, words, state, process);
      updateCode(code, lit(process) ? (listingOf(listings, process)?.lines ?? []) : [], process);
    },
  };
}

/**
 * @param {import("../model/state.js").Process} process
 * @returns {boolean} whether a line of it is lit
 */
function lit({ line, exited, held }) {
  return line !== null || (exited?.line ?? null) !== null || Object.values(held).some((call) => call.line !== null);
}

/**
 * @param {Listing[]} listings
 * @param {import("../model/state.js").Process} process
 * @returns {Listing | undefined} a child runs its parent's file
 */
function listingOf(listings, { program, file }) {
  return listings.find(({ name }) => name === program) ?? listings.find((listing) => listing.file === file);
}
