/**
 * Projector mode: the middle and the sentence fill the screen, and text is as large as the back row needs it. What is
 * shown then is a matter of style sheets, which go by `data-projector` of the root.
 *
 * @typedef {"black" | "white"} Blank
 */

import { projectorOf } from "./address.js";
import { byId, set, setText } from "./view/dom.js";

/**
 * @param {import("./messages.js").Catalog} words
 * @param {() => void} changed
 */
export function projector(words, changed) {
  const root = document.documentElement;
  const button = byId("project", HTMLButtonElement);
  let on = false;

  /** @param {boolean} to */
  function show(to) {
    on = to;
    set(root, { "data-projector": to });
    set(button, { "aria-pressed": String(to) });
    setText(button, words.text(to ? "ui.project_leave" : "ui.project"));
  }

  function leave() {
    if (!on) return;
    show(false);
    changed();
    // Where the browser refuses, it was not full screen.
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  function enter() {
    show(true);
    changed();
    // Needs a key or a click, and may be forbidden: projector mode does without.
    root.requestFullscreen?.().catch(() => {});
  }

  // Escape leaves the full screen without a word to the page.
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) leave();
  });
  show(projectorOf(location.search));

  return {
    get on() {
      return on;
    },
    toggle: () => (on ? leave() : enter()),
    leave,
  };
}

/**
 * The blank screen of a presenter's remote: `b` or `.` makes it black, `w` or `,` white, and any key or a press ends it.
 *
 * @returns {(to: Blank) => void}
 */
export function blankScreen() {
  const sheet = byId("blank", HTMLButtonElement);
  const end = () => {
    sheet.hidden = true;
  };
  sheet.addEventListener("click", end);
  // Before anybody else hears the key, which means nothing else.
  document.addEventListener("keydown", (event) => {
    if (sheet.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    end();
  }, { capture: true });
  return (to) => {
    set(sheet, { "data-blank": to });
    sheet.hidden = false;
  };
}
