/**
 * Which connections are drawn: a screen shows a few, a run may have thousands. Those on which something happened last,
 * or those the reader looks for.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Connection} Connection
 * @typedef {{shown: Connection[], matching: number, total: number}} Choice
 *   `matching` counts those that could be shown
 */

/** How many are drawn. */
export const SHOWN = 6;

/**
 * @param {State} state
 * @param {string} wanted what the reader looks for: a number, a part of a process's name or of an address; or empty
 * @returns {Choice} in the order of their numbers
 */
export function chosenConnections(state, wanted) {
  const total = state.connections.size;
  const text = wanted.trim().toLowerCase();
  if (!text) return { shown: inOrder(state, state.active.slice(0, SHOWN)), matching: total, total };
  const matching = matchesOf(state.connections, text);
  return { shown: inOrder(state, matching.slice(0, SHOWN)), matching: matching.length, total };
}

/**
 * @param {State} state
 * @param {readonly number[]} ids
 * @returns {Connection[]}
 */
function inOrder({ connections }, ids) {
  return [...ids].sort((a, b) => a - b).flatMap((id) => connections.get(id) ?? []);
}

/** Of each version of the map, what was looked for last and found. @type {WeakMap<object, [string, number[]]>} */
const found = new WeakMap();

/**
 * @param {State["connections"]} connections
 * @param {string} text
 * @returns {number[]} ascending, but first the one that has this number
 */
function matchesOf(connections, text) {
  const known = found.get(connections);
  if (known?.[0] === text) return known[1];
  const ids = [...connections.values()].filter((item) => matches(item, text)).map(({ connection }) => connection);
  ids.sort((a, b) => Number(String(b) === text) - Number(String(a) === text) || a - b);
  found.set(connections, [text, ids]);
  return ids;
}

/**
 * @param {Connection} connection
 * @param {string} text
 */
function matches({ connection, client, server, clientAddress, serverAddress }, text) {
  if (String(connection) === text) return true;
  const names = [client ?? "", server ?? ""].some((name) => name.toLowerCase().includes(text));
  return names || clientAddress.includes(text) || serverAddress.includes(text);
}
