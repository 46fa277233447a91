/**
 * What the address holds: lesson, parameters that are not at their default, language, run and event. Reloading it
 * shows the same event of the same run.
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
 * @param {{lang: string, run: string | null, event: number, parameters: Parameter[],
 *   values: Record<string, Value>}} view
 * @returns {string} the query, without `?`
 */
export function queryOf({ lang, run, event, parameters, values }) {
  const query = new URLSearchParams({ lang });
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
