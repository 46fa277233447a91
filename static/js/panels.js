/** The panels that open under the header: not modal, one at a time, closed with Escape or their button. */

import { byId, set } from "./view/dom.js";

/**
 * @typedef {{toggle: (id: string) => void, open: (id: string) => void, close: () => boolean}} Panels  `close` says whether one was open
 *
 * @param {string[]} ids of the panels; the button of `x` is `#x-toggle`
 * @returns {Panels}
 */
export function panels(ids) {
  /** @param {string | null} open */
  const show = (open) => {
    for (const id of ids) {
      byId(id, HTMLElement).hidden = id !== open;
      set(byId(`${id}-toggle`, HTMLButtonElement), { "aria-expanded": String(id === open) });
    }
  };
  /** @param {string} id */
  const isOpen = (id) => !byId(id, HTMLElement).hidden;
  const close = () => {
    const open = ids.find(isOpen);
    if (!open) return false;
    const held = byId(open, HTMLElement).contains(document.activeElement);
    show(null);
    if (held) byId(`${open}-toggle`, HTMLButtonElement).focus();
    return true;
  };
  /** @param {string} id */
  const toggle = (id) => (isOpen(id) ? close() : show(id));
  for (const id of ids) byId(`${id}-toggle`, HTMLButtonElement).addEventListener("click", () => toggle(id));
  return { toggle, open: show, close };
}
