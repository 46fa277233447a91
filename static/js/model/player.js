/**
 * Where the viewer stands in the recording. Pure: time comes in as elapsed ms, so tests play with a virtual clock.
 *
 * By event, every step has the same screen time. By time, screen time is run time by a factor, with idle gaps folded;
 * `cursor` is then the place on that folded clock, in ns.
 *
 * @typedef {"event" | "time"} Mode
 * @typedef {{step: number, playing: boolean, follow: boolean, mode: Mode, speed: number, factor: number,
 *   elapsed: number, cursor: number}} Player
 *   `step` is -1 before there is one; `speed` is for by event, `factor` (run seconds a screen second) for by time;
 *   `elapsed` is the ms the current step has had; `follow` shows new events at once.
 * @typedef {{count: number, closed: boolean, at: (step: number) => number}} Steps
 *   `at` gives a step's place on the folded clock, in ns; `closed` when no more steps will come
 */

/** Screen time of one step at speed 1: about 20 s for a lesson of 25 steps. */
export const DWELL_MS = 800;
/** After a pause of the browser itself (a hidden tab) the player goes on where it was. */
const LONGEST_TICK_MS = 250;

/** The choices of the speed: times the usual pace by event, run seconds a screen second by time. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4];
export const FACTORS = [1 / 100000, 1 / 20000, 1 / 5000, 1 / 1000, 1 / 100, 1 / 10, 1];
/** By time, a whole run takes at most about this long unless the reader chooses otherwise. */
const SUITED_NS = 40e9;

/** @returns {Player} */
export function newPlayer() {
  return {
    step: -1, playing: false, follow: false, mode: "event", speed: 1, factor: 1 / 20000, elapsed: 0, cursor: 0,
  };
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @param {number} elapsed ms since the last tick
 * @returns {Player}
 */
export function tick(player, steps, elapsed) {
  if (steps.count === 0) return player;
  const here = player.step < 0 ? moved(player, steps, 0) : player;
  if (!here.playing) return here;
  if (here.follow) return stopAtEnd(here.step === steps.count - 1 ? here : moved(here, steps, steps.count - 1), steps);
  const ms = Math.min(elapsed, LONGEST_TICK_MS);
  return here.mode === "event" ? byEvent(here, steps, ms) : byTime(here, steps, ms);
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @param {number} ms
 * @returns {Player}
 */
function byEvent(player, steps, ms) {
  const dwell = DWELL_MS / player.speed;
  const elapsed = player.elapsed + ms;
  const ahead = Math.min(Math.floor(elapsed / dwell), steps.count - 1 - player.step);
  const next = ahead > 0 ? moved(player, steps, player.step + ahead) : player;
  // At the edge the wait is over once, so the next event shows as it comes and those behind it at the usual pace.
  return stopAtEnd({ ...next, elapsed: Math.min(elapsed - ahead * dwell, dwell) }, steps);
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @param {number} ms
 * @returns {Player}
 */
function byTime(player, steps, ms) {
  const cursor = Math.min(player.cursor + ms * 1e6 * player.factor, steps.at(steps.count - 1));
  let step = player.step;
  while (step + 1 < steps.count && steps.at(step + 1) <= cursor) step += 1;
  return stopAtEnd({ ...player, step, cursor }, steps);
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @returns {Player}
 */
function stopAtEnd(player, steps) {
  const over = steps.closed && player.step === steps.count - 1;
  return over ? { ...player, playing: false, follow: false } : player;
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @param {number} step
 * @returns {Player}
 */
function moved(player, steps, step) {
  return { ...player, step, elapsed: 0, cursor: steps.at(step) };
}

/**
 * Goes to a step, within the recording.
 *
 * @param {Player} player
 * @param {Steps} steps
 * @param {number} step
 * @returns {Player}
 */
export function seek(player, steps, step) {
  if (steps.count === 0) return { ...player, playing: false, follow: false };
  const to = Math.max(0, Math.min(step, steps.count - 1));
  return { ...moved(player, steps, to), playing: false, follow: false };
}

/**
 * To the newest event; of a run that goes on, to its live edge.
 *
 * @param {Player} player
 * @param {Steps} steps
 * @returns {Player}
 */
export function toEdge(player, steps) {
  return { ...seek(player, steps, steps.count - 1), playing: !steps.closed, follow: !steps.closed };
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @returns {Player}
 */
export function toggle(player, steps) {
  if (player.playing) return { ...player, playing: false, follow: false };
  const atEnd = steps.closed && player.step === steps.count - 1;
  return { ...(atEnd ? seek(player, steps, 0) : player), playing: true, elapsed: 0 };
}

/**
 * The next finding after a step, or the last one before it.
 *
 * @param {number[]} findings steps, ascending
 * @param {number} step
 * @param {1 | -1} direction
 * @returns {number | null}
 */
export function findingFrom(findings, step, direction) {
  const beyond = findings.filter((at) => (direction > 0 ? at > step : at < step));
  return (direction > 0 ? beyond[0] : beyond.at(-1)) ?? null;
}

/**
 * @param {Player} player
 * @param {Steps} steps
 * @returns {"live" | "behind" | "paused"}
 */
export function edge(player, steps) {
  if (!player.playing) return "paused";
  return player.step >= steps.count - 1 ? "live" : "behind";
}

/**
 * Changes the mode, at the same event. By time it starts with the slowest factor at which nobody falls asleep.
 *
 * @param {Player} player
 * @param {Steps} steps
 * @param {Mode} mode
 * @returns {Player}
 */
export function inMode(player, steps, mode) {
  const length = steps.count ? steps.at(steps.count - 1) : 0;
  const factor = FACTORS.find((choice) => length / choice <= SUITED_NS) ?? 1;
  return { ...player, mode, factor, elapsed: 0, cursor: player.step < 0 ? 0 : steps.at(player.step) };
}
