/**
 * What the address holds: lesson, parameters that are not at their default, variant, whether it starts held, language,
 * run and event. Reloading it shows the same event of the same run.
 *
 * @typedef {import("./types.js").Parameter} Parameter
 * @typedef {import("./types.js").Value} Value
 */

/**
 * @param {string} query
 * @returns {number | null} the event (from 1) the address names
 */
export function eventOf(query) {
  const event = Number(new URLSearchParams(query).get("event"));
  return Number.isInteger(event) && event > 0 ? event : null;
}

/**
 * @param {string} query
 * @returns {boolean} whether a run is to start held
 */
export function heldOf(query) {
  return new URLSearchParams(query).get("held") === "1";
}

/**
 * @param {{lang: string, run: string | null, event: number, parameters: Parameter[],
 *   values: Record<string, Value>, variant: string, held: boolean, view?: string | null,
 *   framing?: string | null}} shown  `variant`, `view` and `framing` are empty when they are the usual ones
 * @returns {string} the query, without `?`
 */
export function queryOf({ lang, run, event, parameters, values, variant, held, view, framing }) {
  const query = new URLSearchParams({ lang });
  if (variant) query.set("variant", variant);
  if (held) query.set("held", "1");
  if (view) query.set("view", view);
  if (framing) query.set("framing", framing);
  for (const { name, default: usual } of parameters) {
    const value = values[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(usual)) continue;
    // A list of texts repeats its name.
    for (const item of Array.isArray(value) ? value : [value]) query.append(`p.${name}`, String(item));
  }
  if (run !== null) query.set("run", run);
  if (run !== null && event > 0) query.set("event", String(event));
  return query.toString();
}
