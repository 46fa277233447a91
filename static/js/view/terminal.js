/** A terminal: what a process wrote and what was typed into it, and the line to type into. */

import { Screen } from "../model/screen.js";
import { html, set, setText } from "./dom.js";

/**
 * @typedef {import("../model/state.js").Process} Process
 * @typedef {import("../model/state.js").Output} Output
 * @typedef {import("../model/log.js").Log<Output>} Outputs
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {{node: HTMLElement, update: (shown: {file: string, process: Process | undefined, typing: boolean}) => void
 *   }} Terminal  `typing` when a line can be typed
 */

/**
 * @param {string} name of the process
 * @param {Catalog} words
 * @param {import("../control.js").Control} control
 * @returns {Terminal}
 */
export function newTerminal(name, words, control) {
  const left = html("p", { class: "left-out", hidden: true });
  const lines = html("div", {
    class: "lines", role: "log", "aria-live": "off", "aria-label": words.text("ui.terminal_of", { name }),
  });
  const open = html("span", { class: "open-line" });
  const typed = typingLine(name, words, control);
  const last = html("div", { class: "last-line" }, open, typed);
  const node = html("div", { class: "terminal", tabindex: 0 }, left, lines, last);
  /** A click beside the text means the line to type into, as in any terminal. */
  node.addEventListener("click", () => {
    if (!typed.hidden && getSelection()?.isCollapsed) typed.querySelector("input")?.focus();
  });
  keepAtEnd(node, [node, lines, last]);
  const reader = outputReader(words);
  let drawn = -1;
  return {
    node,
    update({ file, process, typing }) {
      const before = { screen: reader.screen, typing: !typed.hidden };
      const changed = reader.read(process?.pid ? `$ python ${file}\n` : "", process?.output ?? null);
      typed.hidden = !typing;
      if (!changed && before.typing === typing) return;
      if (reader.screen !== before.screen) {
        lines.replaceChildren();
        drawn = -1;
      }
      drawn = appendLines(lines, reader.screen, drawn);
      open.replaceChildren(...reader.screen.open.pieces.map(newPiece));
      left.hidden = reader.screen.left === 0;
      setText(left, words.text("ui.lines_left_out", { n: reader.screen.left }));
    },
  };
}

/**
 * Scrolls to the end whenever the content or the room for it changes, unless the reader has scrolled away from it.
 *
 * @param {HTMLElement} node
 * @param {HTMLElement[]} parts whose sizes matter
 */
function keepAtEnd(node, parts) {
  let follows = true;
  node.addEventListener("scroll", () => {
    follows = node.scrollTop + node.clientHeight >= node.scrollHeight - 4;
  });
  const sizes = new ResizeObserver(() => {
    if (follows) node.scrollTop = node.scrollHeight;
  });
  for (const part of parts) sizes.observe(part);
}

/**
 * Reads on in the output of a process; after a jump back it begins anew, with a new screen.
 *
 * @param {Catalog} words
 */
function outputReader(words) {
  /** @type {{items: Output[] | null, read: number, command: string}} */
  const known = { items: null, read: 0, command: "" };
  const reader = {
    screen: new Screen(),
    /**
     * @param {string} command
     * @param {Outputs | null} outputs
     * @returns {boolean} whether the screen has changed
     */
    read(command, outputs) {
      const items = outputs?.items ?? null;
      const length = outputs?.length ?? 0;
      const goesOn = command === known.command && items === known.items && length >= known.read;
      if (goesOn && length === known.read) return false;
      if (!goesOn) {
        reader.screen = new Screen();
        Object.assign(known, { items, read: 0, command });
        if (command) reader.screen.write("command", command);
      }
      for (const { stream, text, dropped } of (items ?? []).slice(known.read, length)) {
        reader.screen.write(stream, text);
        if (dropped) reader.screen.write("dropped", words.text("ui.output_dropped", { n: dropped }));
      }
      known.read = length;
      return true;
    },
  };
  return reader;
}

/**
 * Lines that are full never change: they are only added, and taken away at the top.
 *
 * @param {HTMLElement} lines
 * @param {Screen} screen
 * @param {number} drawn number of the last line that is there
 * @returns {number} and now
 */
function appendLines(lines, screen, drawn) {
  const full = screen.lines.slice(0, -1);
  lines.append(...full.filter(({ number }) => number > drawn).map(({ pieces }) => newLine(pieces)));
  while (lines.childElementCount > full.length) lines.firstElementChild?.remove();
  return full.at(-1)?.number ?? drawn;
}

/**
 * @param {import("../model/screen.js").Piece[]} pieces
 * @returns {HTMLElement}
 */
function newLine(pieces) {
  const line = html("div", { class: "line" });
  if (pieces.length) line.append(...pieces.map(newPiece));
  else line.append(html("br"));
  return line;
}

/** @param {import("../model/screen.js").Piece} piece */
function newPiece({ kind, text }) {
  return html("span", { class: kind, title: kind === "stderr" ? "stderr" : null }, text);
}

/**
 * @param {string} name
 * @param {Catalog} words
 * @param {import("../control.js").Control} control
 * @returns {HTMLElement}
 */
function typingLine(name, words, control) {
  const label = words.text("ui.type_to", { name });
  const input = html("input", {
    type: "text", class: "typed", "aria-label": label, placeholder: label, autocomplete: "off", autocapitalize: "off",
    spellcheck: "false",
  });
  const title = words.text("ui.end_of_input_title", { name });
  const end = html("button", { type: "button", title }, words.text("ui.end_of_input"));
  /** @type {string[]} */
  const history = [];
  let at = 0;

  /** @param {number} to */
  function recall(to) {
    if (to < 0 || to > history.length) return;
    at = to;
    input.value = history[at] ?? "";
  }

  function send() {
    const text = input.value;
    if (text && history.at(-1) !== text) history.push(text);
    at = history.length;
    input.value = "";
    void control.input(name, `${text}\n`, false).then((taken) => {
      if (!taken && !input.value) input.value = text;
    });
  }

  /** @type {Record<string, () => boolean>} true when the key is used up */
  const keys = {
    Enter: () => (send(), true),
    ArrowUp: () => (recall(at - 1), true),
    ArrowDown: () => (recall(at + 1), true),
    "ctrl+c": () => input.selectionStart === input.selectionEnd && (void control.interrupt(name), true),
    "ctrl+d": () => input.value === "" && (void control.input(name, "", true), true),
  };
  input.addEventListener("keydown", (event) => {
    // The Enter that ends a composition belongs to the input method.
    if (event.isComposing || event.altKey || event.metaKey) return;
    const key = event.ctrlKey ? `ctrl+${event.key.toLowerCase()}` : event.key;
    if (keys[key]?.()) event.preventDefault();
  });
  end.addEventListener("click", () => void control.input(name, "", true));
  return html("span", { class: "typing", hidden: true }, input, end);
}
