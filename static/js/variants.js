/** The variants of a lesson, as a switch: in the header, and with what is different about each among the parameters. */

import { html } from "./view/dom.js";

/**
 * @typedef {import("./types.js").Variant} Variant
 * @typedef {{node: HTMLElement, group: string, noted: boolean}} Place
 *   `group` is the name of its radio buttons, `noted` with what is different about each variant
 *
 * @param {Place[]} places
 * @param {Variant[]} variants none of a lesson that is written in one way only
 * @param {string} chosen
 * @param {(variant: string) => void} changed
 * @returns {{show: (variant: string) => void}}
 */
export function variantSwitch(places, variants, chosen, changed) {
  const switches = places.map((place) => newSwitch(place, variants));
  for (const { node } of places) {
    node.hidden = variants.length === 0;
    node.addEventListener("change", (event) => {
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
 * @param {Place} place
 * @param {Variant[]} variants
 * @returns {HTMLInputElement[]}
 */
function newSwitch({ node, group, noted }, variants) {
  return variants.map(({ name, label, note }) => {
    const input = html("input", { type: "radio", name: group, value: name });
    const text = html("span", {}, label);
    const said = noted ? [html("small", {}, note)] : [];
    node.append(html("label", { title: noted ? null : note }, input, text, ...said));
    return input;
  });
}
