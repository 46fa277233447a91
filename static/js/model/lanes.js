/**
 * Which processes have a lane on the timeline: clients above servers, as they are left of them; where there are more
 * than fit, those that did something last.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {{names: string[], firstServer: number, hidden: number}} Lanes
 *   `firstServer` is the index of the first lane of a server; `hidden` processes have none
 */

/** How many events are looked through for the last ones that did something. */
const LOOK_BACK = 2000;

/**
 * @param {Store} store
 * @param {number} most lanes
 * @param {number} step of the playhead
 * @returns {Lanes}
 */
export function lanesOf(store, most, step) {
  const all = [...store.lanes.keys()];
  const shown = all.length <= most ? all : busiest(store, all, most, store.lastOfStep(step));
  const clients = shown.filter((name) => store.lanes.get(name) !== "server");
  const servers = shown.filter((name) => store.lanes.get(name) === "server");
  return { names: [...clients, ...servers], firstServer: clients.length, hidden: all.length - shown.length };
}

/**
 * @param {Store} store
 * @param {string[]} all
 * @param {number} most
 * @param {number} index of the event to look back from
 * @returns {string[]} in the order of `all`
 */
function busiest(store, all, most, index) {
  /** @type {Set<string>} */
  const seen = new Set();
  for (let i = index; i >= 0 && i > index - LOOK_BACK && seen.size < most; i -= 1) {
    const event = store.events[i];
    if ("process" in event && event.process && store.lanes.has(event.process)) seen.add(event.process);
  }
  for (const name of all) if (seen.size < most) seen.add(name);
  return all.filter((name) => seen.has(name));
}
