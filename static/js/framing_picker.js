/** By what framing messages are told on the axis: the lesson's own, or what the reader picks. */

import { LENGTHS, LONGEST_DELIMITER, MOST, escaped, framingNamed, nameOf, unescaped } from "./model/framing_name.js";
import { byId, html, set } from "./view/dom.js";
import { framingText } from "./view/frames.js";

/**
 * @typedef {import("./model/framing.js").Framing} Framing
 * @typedef {import("./messages.js").Catalog} Catalog
 */

/** Those that need a number or a text besides. */
const SIZED = ["text", "fixed"];
const USUAL_SIZE = { text: 4, fixed: 16 };

/**
 * @param {Catalog} words
 * @param {Framing | null} usual that of the lesson
 * @param {Framing | null | undefined} wanted that of the address, undefined when it names none
 * @param {() => void} changed
 */
export function framingPicker(words, usual, wanted, changed) {
  const kind = byId("framing", HTMLSelectElement);
  const size = byId("framing-size", HTMLInputElement);
  const delimiter = byId("framing-delimiter", HTMLInputElement);
  kind.append(...optionsOf(words).map(({ value, text }) => html("option", { value }, text)));
  set(delimiter, { maxlength: LONGEST_DELIMITER });
  /** @type {Framing | null | undefined} */
  let picked = wanted;

  function show() {
    const framing = picked === undefined ? usual : picked;
    kind.value = framing && framing.kind !== "length" ? framing.kind : nameOf(framing);
    if (framing && framing.kind !== "delimiter" && framing.size) size.value = String(framing.size);
    if (framing?.kind === "delimiter") delimiter.value = escaped(framing.delimiter ?? "\n");
    fit();
  }

  function fit() {
    size.hidden = !SIZED.includes(kind.value);
    delimiter.hidden = kind.value !== "delimiter";
    set(size, { max: kind.value === "text" ? MOST.text : MOST.fixed });
  }

  /** What is typed counts as soon as it is a framing. */
  function pick() {
    fit();
    const rest = SIZED.includes(kind.value) ? `-${size.value}` : delimiter.hidden ? "" : `-${unescaped(delimiter.value)}`;
    const framing = framingNamed(kind.value + rest);
    for (const input of [size, delimiter]) set(input, { "aria-invalid": framing === undefined && !input.hidden ? "true" : null });
    if (framing === undefined) return;
    picked = nameOf(framing) === nameOf(usual) ? undefined : framing;
    changed();
  }

  kind.addEventListener("change", () => {
    if (kind.value === "text" || kind.value === "fixed") size.value = String(USUAL_SIZE[kind.value]);
    if (kind.value === "delimiter" && !delimiter.value) delimiter.value = "\\n";
    pick();
  });
  for (const input of [size, delimiter]) input.addEventListener("input", pick);
  show();
  return {
    /** @returns {Framing | null} */
    get framing() {
      return picked === undefined ? usual : picked;
    },
    /** @returns {string | null} its name when it is not the usual one */
    get chosen() {
      return picked === undefined ? null : nameOf(picked);
    },
    /** @param {Framing | null} to that of the variant that is shown now */
    setUsual(to) {
      usual = to;
      show();
    },
  };
}

/**
 * @param {Catalog} words
 * @returns {{value: string, text: string}[]}
 */
function optionsOf(words) {
  /** @type {Framing[]} */
  const lengths = LENGTHS.flatMap((size) => (
    /** @type {("big" | "little")[]} */ (size === 1 ? ["big"] : ["big", "little"]).map((order) => ({ kind: "length", size, order }))
  ));
  return [
    { value: "none", text: words.text("ui.framing_none") },
    ...lengths.map((framing) => ({ value: nameOf(framing), text: framingText(words, framing) })),
    ...["text", "delimiter", "fixed"].map((kind) => ({ value: kind, text: words.text(`ui.pick_${kind}`) })),
  ];
}
