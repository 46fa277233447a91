/** The variants of a lesson, as a switch: in the header, and with what is different about each among the parameters. */

import { html } from "./view/dom.js";

/**
 * @typedef {import("./types.js").Variant} Variant
 *
 * @param {{short: HTMLElement, long: HTMLElement}} places
 * @param {Variant[]} variants none of a lesson that is written in one way only
 * @param {string} chosen
 * @param {(variant: string) => void} changed
 * @returns {{show: (variant: string) => void}}
 */
export function variantSwitch({ short, long }, variants, chosen, changed) {
  const switches = [newSwitch(short, "variant-short", variants, false), newSwitch(long, "variant", variants, true)];
  for (const place of [short, long]) {
    place.hidden = variants.length === 0;
    place.addEventListener("change", (event) => {
      const { value } = /** @type {HTMLInputElement} */ (event.target);
      show(value);
      changed(value);
    });
  }

  /** @param {string} variant */
  function show(variant) {
    for (const inputs of switches) for (const input of inputs) input.checked = input.value === variant;
  }

  show(chosen);
  return { show };
}

/**
 * @param {HTMLElement} place
 * @param {string} group name of the radio buttons
 * @param {Variant[]} variants
 * @param {boolean} noted with the notes
 * @returns {HTMLInputElement[]}
 */
function newSwitch(place, group, variants, noted) {
  return variants.map(({ name, label, note }) => {
    const input = html("input", { type: "radio", name: group, value: name });
    const text = html("span", {}, label);
    const said = noted ? [html("small", {}, note)] : [];
    place.append(html("label", { title: noted ? null : note }, input, text, ...said));
    return input;
  });
}
