/** The parameters of the lesson, as a form: one labelled field each, and an error next to the field it is about. */

import { html, set, setText } from "./view/dom.js";

/**
 * @typedef {import("./types.js").Parameter} Parameter
 * @typedef {import("./types.js").Value} Value
 * @typedef {import("./types.js").Problem} Problem
 * @typedef {import("./messages.js").Catalog} Catalog
 * @typedef {HTMLInputElement | HTMLTextAreaElement} Field
 */

/**
 * @param {HTMLFormElement} form
 * @param {Parameter[]} parameters
 * @param {Catalog} words
 * @param {string} [prefix] of the ids, where a page has several of these forms
 */
export function parametersForm(form, parameters, words, prefix = "") {
  const fields = new Map(parameters.map((parameter) => [parameter.name, newField(parameter, prefix)]));
  const general = html("p", { class: "problem", role: "alert" });
  const rows = parameters.map((parameter) => (
    row(parameter, /** @type {Field} */ (fields.get(parameter.name)), words, prefix)
  ));
  form.prepend(...rows, general);

  /** @param {Record<string, Value>} values */
  function fill(values) {
    for (const parameter of parameters) {
      const field = fields.get(parameter.name);
      if (field && parameter.name in values) write(field, values[parameter.name]);
    }
  }

  return {
    fill,
    reset: () => fill(Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.default]))),
    /** @returns {Record<string, Value>} what the fields say; whether it may be said is for the engine to judge */
    values: () =>
      Object.fromEntries(parameters.map((parameter) => [parameter.name, read(parameter, fields.get(parameter.name))])),
    clear: () => {
      for (const field of fields.values()) complain(field, "");
      setText(general, "");
    },
    /**
     * @param {Problem} problem
     * @param {"zh" | "en"} lang
     * @param {() => void} again starts the run again, after the fix that is offered
     */
    show(problem, lang, again) {
      const field = problem.field === null ? undefined : fields.get(problem.field);
      if (!field) return setText(general, problem.text[lang]);
      complain(field, problem.text[lang]);
      if (problem.args.free !== undefined) offer(field, words, problem.args.free, again);
      field.focus();
    },
  };
}

/**
 * @param {Parameter} parameter
 * @param {string} prefix
 * @returns {Field}
 */
function newField({ name, kind, minimum, maximum }, prefix) {
  const described = { "aria-describedby": `${prefix}help-${name} ${prefix}problem-${name}` };
  const shared = { id: `${prefix}parameter-${name}`, name, autocomplete: "off", ...described };
  if (kind === "texts") return html("textarea", { ...shared, rows: 3, spellcheck: "false" });
  if (kind === "bool") return html("input", { ...shared, type: "checkbox" });
  if (kind === "text") return html("input", { ...shared, type: "text", spellcheck: "false" });
  return html("input", { ...shared, type: "number", min: minimum, max: maximum, step: kind === "int" ? 1 : "any" });
}

/**
 * @param {Parameter} parameter
 * @param {Field} field
 * @param {Catalog} words
 * @param {string} prefix
 * @returns {HTMLElement}
 */
function row({ name, kind, label, help, minimum, maximum }, field, words, prefix) {
  const limited = (kind === "int" || kind === "number") && Number.isFinite(minimum) && Number.isFinite(maximum);
  const helps = [
    help,
    kind === "texts" ? words.text("ui.one_per_line") : "",
    limited ? words.text("ui.limits", { minimum, maximum }) : "",
  ];
  return html(
    "div", { class: `field field-${kind}` },
    html("label", { for: field.id }, label, html("code", {}, name)), field,
    html("p", { class: "help", id: `${prefix}help-${name}` }, helps.filter(Boolean).join(" ")),
    html("p", { class: "problem", id: `${prefix}problem-${name}`, role: "alert" }),
  );
}

/**
 * @param {Field} field
 * @param {Value} value
 */
function write(field, value) {
  if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
  else field.value = Array.isArray(value) ? value.join("\n") : String(value);
}

/**
 * A number that cannot be read is passed on as its text, so that the engine's answer names the field.
 *
 * @param {Parameter} parameter
 * @param {Field | undefined} field
 * @returns {Value}
 */
function read({ kind }, field) {
  if (!field) return "";
  if (field instanceof HTMLInputElement && kind === "bool") return field.checked;
  if (kind === "texts") return field.value.replace(/\n$/, "").split("\n");
  if (kind === "text") return field.value;
  return field.value.trim() === "" || Number.isNaN(Number(field.value)) ? field.value : Number(field.value);
}

/**
 * @param {Field} field
 * @param {string} text
 */
function complain(field, text) {
  const place = /** @type {HTMLElement} */ (field.parentElement?.querySelector(".problem"));
  place.replaceChildren(text);
  set(field, { "aria-invalid": text ? "true" : null });
}

/**
 * @param {Field} field
 * @param {Catalog} words
 * @param {string | number} value
 * @param {() => void} again
 */
function offer(field, words, value, again) {
  const button = html("button", { type: "button", class: "offer" }, words.text("ui.use_instead", { value }));
  button.addEventListener("click", () => {
    write(field, value);
    again();
  });
  field.parentElement?.querySelector(".problem")?.append(" ", button);
}
