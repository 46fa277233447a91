/**
 * The keys of the stage, as a table: what the reader presses, and which of the player's verbs it means. PageUp and
 * PageDown, `b` and `.` are what a presenter's remote sends.
 *
 * @typedef {"toggle" | "next" | "previous" | "first" | "last" | "nextFinding" | "previousFinding" | "hold"
 *   | "oneCall" | "projector" | "black" | "white" | "help" | "close"} Verb
 */

/** @type {Record<string, Verb>} */
const KEYS = {
  " ": "toggle",
  ArrowRight: "next",
  ArrowLeft: "previous",
  PageDown: "next",
  PageUp: "previous",
  "shift+ArrowRight": "nextFinding",
  "shift+ArrowLeft": "previousFinding",
  Home: "first",
  End: "last",
  h: "hold",
  n: "oneCall",
  f: "projector",
  b: "black",
  ".": "black",
  w: "white",
  ",": "white",
  "?": "help",
  "shift+?": "help",
  Escape: "close",
};

/**
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @returns {Verb | null}
 */
export function verbOf({ key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (ctrlKey || altKey || metaKey) return null;
  return KEYS[shiftKey ? `shift+${key}` : key] ?? null;
}

/** What keeps its own keys: fields, and for the space bar also what it presses. */
const TYPING = "input, textarea, select, [contenteditable]";
const PRESSED_BY_SPACE = "button, a, summary";

/**
 * @param {Partial<Record<Verb, () => void>>} verbs those of the page; the keys of the others are left to the browser
 * @returns {void}
 */
export function listenToKeys(verbs) {
  document.addEventListener("keydown", (event) => {
    const verb = verbOf(event);
    const act = verb && verbs[verb];
    if (!act || !(event.target instanceof Element)) return;
    if (verb !== "close" && event.target.closest(TYPING)) return;
    if (event.key === " " && event.target.closest(PRESSED_BY_SPACE)) return;
    event.preventDefault();
    act();
  });
}
