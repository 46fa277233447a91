/** The line that stands for the connections that are not drawn, and the field that finds one of them. */

import { SHOWN } from "../model/connections.js";
import { set, setText } from "./dom.js";

/**
 * @param {HTMLElement} line
 * @param {import("../messages.js").Catalog} words
 * @param {() => void} changed
 */
export function moreView(line, words, changed) {
  const field = /** @type {HTMLInputElement} */ (line.querySelector("input"));
  const text = /** @type {HTMLElement} */ (line.firstElementChild);
  field.addEventListener("input", changed);
  return {
    wanted: () => (line.hidden ? "" : field.value),
    /** @param {import("../model/connections.js").Choice} choice */
    update({ shown, matching, total }) {
      const hidden = total <= SHOWN && !field.value;
      if (line.hidden !== hidden) line.hidden = hidden;
      const key = field.value.trim() ? "ui.found_connections" : "ui.more_connections";
      setText(text, words.text(key, { n: field.value.trim() ? matching : total - shown.length, total }));
      set(line, { "data-total": total, "data-matching": matching });
    },
  };
}
