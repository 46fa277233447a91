/** The buttons of the header and of the transport: which verb each one means. */

import { byId } from "./view/dom.js";

/**
 * @param {Record<string, () => void>} verbs by the id of the button
 * @returns {void}
 */
export function listenToButtons(verbs) {
  for (const [id, verb] of Object.entries(verbs)) {
    const button = byId(id, HTMLButtonElement);
    button.addEventListener("click", (event) => {
      // A pressed button keeps the focus, and the space bar would press it again instead of play and pause.
      if (event.detail > 0) button.blur();
      if (button.getAttribute("aria-disabled") !== "true") verb();
    });
  }
}
