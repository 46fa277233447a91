/** Whether a run will go on by itself. Pure. */

/** So long without an event, in ns, and programs that all wait for one another will wait for ever. */
const QUIET_NS = 1e9;

/**
 * As a run without a viewer is judged (`engine/follow.py`): nothing has happened for a while, and every process that
 * lives sleeps in a call.
 *
 * @param {import("./state.js").State} state the newest
 * @param {number} now ns since the run began
 * @returns {boolean}
 */
export function waitsForEver(state, now) {
  const alive = Object.values(state.processes).filter(({ exited }) => exited === null);
  const waiting = alive.every(({ calls }) => Object.values(calls).some(({ blocked }) => blocked));
  return alive.length > 0 && waiting && now - state.t > QUIET_NS;
}
