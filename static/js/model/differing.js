/**
 * What two runs of a lesson were given that is not the same. Pure.
 *
 * @typedef {import("../types.js").Lesson} Lesson
 * @typedef {import("../types.js").Value} Value
 * @typedef {{variant: string, values: Record<string, Value>}} Settings
 */

/**
 * @param {Lesson} lesson
 * @param {Settings} own
 * @param {Settings} other
 * @returns {string[]} of `own`: its variant when the other has another, and the constants that differ, as Python writes them
 */
export function differing({ variants, parameters }, own, other) {
  const variant = own.variant === other.variant ? undefined : variants.find(({ name }) => name === own.variant);
  const names = parameters.map(({ name }) => name).filter((name) => (
    name in own.values && pythonText(own.values[name]) !== pythonText(other.values[name])
  ));
  return [...(variant ? [variant.label] : []), ...names.map((name) => `${name} = ${pythonText(own.values[name])}`)];
}

/**
 * @param {Lesson} lesson
 * @returns {Settings}
 */
export function usualSettings({ variants, parameters }) {
  return {
    variant: variants[0]?.name ?? "",
    values: Object.fromEntries(parameters.map(({ name, default: usual }) => [name, usual])),
  };
}

/**
 * @param {Value | undefined} value
 * @returns {string}
 */
function pythonText(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  return JSON.stringify(value) ?? "";
}
