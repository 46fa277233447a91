/** The panel in which numbers are packed by struct: what Python makes of them is asked of Python. */

import { packedBy, structFormats } from "./api.js";
import { asked, familyOf, spaced } from "./model/struct_rows.js";
import { byId, html, keyed, set, setText } from "./view/dom.js";

/**
 * @typedef {import("./messages.js").Catalog} Catalog
 * @typedef {import("./api.js").PackedValue} PackedValue
 */

/** After the last key, in ms: each one asks. */
const PAUSE_MS = 120;

/**
 * @param {Catalog} words
 * @param {(problem: import("./types.js").Problem | null) => string} inWords
 */
export function structPanel(words, inWords) {
  const value = byId("struct-value", HTMLInputElement);
  const format = byId("struct-format", HTMLInputElement);
  const problem = byId("struct-problem", HTMLElement);
  let turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  async function ask() {
    const mine = ++turn;
    const formats = asked(format.value.trim());
    try {
      const answers = await Promise.all(formats.map((one) => packedBy(one, value.value)));
      if (mine === turn) show(answers);
    } catch (error) {
      if (mine === turn) setText(problem, inWords(/** @type {import("./api.js").Refusal} */ (error).problem));
    }
  }

  /** @param {PackedValue[]} answers the first is what was asked for */
  function show(answers) {
    setText(problem, "");
    showPacked(words, answers);
    showReadings(words, answers[0]);
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => void ask(), PAUSE_MS);
  }

  for (const input of [value, format]) input.addEventListener("input", later);
  byId("struct-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  /** Nothing is asked before the panel is opened. */
  let opened = false;
  byId("struct-toggle", HTMLButtonElement).addEventListener("click", () => {
    if (opened) return;
    opened = true;
    void ask();
    structFormats().then((formats) => showFormats(words, formats)).catch((error) => setText(problem, inWords(error.problem)));
  });
}

/**
 * @param {Catalog} words
 * @param {PackedValue[]} answers
 */
function showPacked(words, answers) {
  const body = byId("struct-packed", HTMLTableSectionElement);
  const create = () => html("tr", {}, html("th", { scope: "row" }, html("code")), html("td"), html("td"), html("td"));
  keyed(body, answers, ({ format }) => format, create, (row, answer) => {
    const [name, size, bytes, says] = row.children;
    setText(/** @type {Element} */ (name.firstElementChild), answer.format);
    setText(size, answer.size === null ? "" : `${answer.size} B`);
    keyed(bytes, spaced(answer.bytes), ([i]) => i, () => html("code", { class: "byte" }), (cell, [, hex]) => setText(cell, hex));
    const order = answer.error ?? words.text(answer.too_long ? "ui.struct_too_long" : familyOf(answer.format));
    setText(says, order);
    set(row, { "data-format": answer.format, "data-bytes": answer.bytes, "data-asked": answer === answers[0] });
    set(says, { class: answer.error ? "struct-error" : null });
  });
}

/**
 * @param {Catalog} words
 * @param {PackedValue} answer
 */
function showReadings(words, { format, bytes, readings }) {
  const box = byId("struct-readings", HTMLElement);
  box.hidden = readings.length === 0;
  const [title, list] = box.children;
  setText(title, words.text("ui.struct_readings", { format, bytes: spaced(bytes).map(([, hex]) => hex).join(" ") }));
  const create = () => html("li", {}, html("code"), html("span"));
  keyed(list, readings, (reading) => reading.format, create, (item, reading) => {
    const [name, value] = item.children;
    setText(name, reading.format);
    setText(value, reading.value.replace("-", "−"));
    set(item, { "data-format": reading.format });
  });
}

/**
 * @param {Catalog} words
 * @param {import("./api.js").StructFormats} formats
 */
function showFormats(words, { byte_order: order, formats }) {
  setText(byId("struct-order", HTMLElement), words.text(`ui.struct_order_${order}`));
  const body = byId("struct-formats", HTMLTableSectionElement);
  const create = () => html("tr", {}, html("th", { scope: "row" }, html("code")), html("td"), html("td"), html("td"));
  keyed(body, formats, ({ char }) => char, create, (row, { char, c_type: type, standard, native }) => {
    const [name, c, own, here] = row.children;
    setText(/** @type {Element} */ (name.firstElementChild), char);
    setText(c, type || words.text("ui.struct_padding"));
    setText(own, standard === null ? "—" : String(standard));
    setText(here, native === null ? "—" : String(native));
    set(row, { "data-char": char, "data-standard": standard, "data-native": native });
  });
}
