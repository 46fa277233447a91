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
 * @returns {boolean} whether the address names a run
 */
export function namesRun(query) {
  return Boolean(new URLSearchParams(query).get("run"));
}

/**
 * @param {string} query
 * @returns {boolean} whether projector mode is asked for
 */
export function projectorOf(query) {
  return new URLSearchParams(query).get("projector") === "1";
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
 *   framing?: string | null, projector?: boolean}} shown  `variant`, `view` and `framing` are empty when they are the usual ones
 * @returns {string} the query, without `?`
 */
export function queryOf({ lang, run, event, parameters, values, variant, held, view, framing, projector }) {
  const query = new URLSearchParams({ lang });
  if (variant) query.set("variant", variant);
  if (held) query.set("held", "1");
  if (view) query.set("view", view);
  if (framing) query.set("framing", framing);
  if (projector) query.set("projector", "1");
  addValues(query, "p.", parameters, values);
  if (run !== null) query.set("run", run);
  if (run !== null && event > 0) query.set("event", String(event));
  return query.toString();
}

/**
 * @param {URLSearchParams} query
 * @param {string} prefix of the names
 * @param {Parameter[]} parameters
 * @param {Record<string, Value>} values those at their default are left out
 */
function addValues(query, prefix, parameters, values) {
  for (const { name, default: usual } of parameters) {
    const value = values[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(usual)) continue;
    // A list of texts repeats its name.
    for (const item of Array.isArray(value) ? value : [value]) query.append(prefix + name, String(item));
  }
}

/**
 * Of two runs side by side. What each was given is there as well: it can be run again when its recording is gone.
 *
 * @typedef {{run: string | null, variant: string, values: Record<string, Value>}} SideShown
 *
 * @param {import("./types.js").Lesson} lesson
 * @param {{lang: string, left: SideShown, right?: SideShown}} shown  a side that is left out gets another variant
 * @param {{event?: number, byEvent?: boolean, even?: boolean, view?: string | null, typed?: string | null}} [how] what is at
 *   its default is left out: the end of the runs, by time, gaps folded, the lesson's view, the lines it suggests to type
 * @returns {string} the query, without `?`
 */
export function compareQueryOf({ parameters, variants }, { lang, left, right }, how = {}) {
  const { event = 0, byEvent, even, view = null, typed = null } = how;
  const query = new URLSearchParams({ lang });
  for (const [side, shown] of Object.entries({ left, right })) {
    if (!shown) continue;
    const { run, variant, values } = shown;
    query.set(side, run ?? "");
    if (variants.length > 0) query.set(`${side}.variant`, variant);
    addValues(query, `${side}.p.`, parameters, values);
  }
  if (byEvent) query.set("mode", "event");
  if (even) query.set("scale", "even");
  if (view) query.set("view", view);
  if (typed !== null) query.set("typed", typed);
  if (event > 0) query.set("event", String(event));
  return query.toString();
}
