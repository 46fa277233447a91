/**
 * Held processes, and what a viewer did to them: the reducer's share of it, and what the panels say of it. Pure.
 */

import { appended } from "./log.js";
import { without } from "./records.js";
import { newProcess, withProcess } from "./state.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Process} Process
 * @typedef {import("./state.js").OpenCall} OpenCall
 * @typedef {{thread: number, call: OpenCall, held: boolean}} Standing
 *   a thread of a process that is to be held: it stands before this call, or is still inside it
 */

/**
 * @param {State} state
 * @param {import("../types.js").ProcessHeld} event
 * @returns {State}
 */
export function processHeld(state, { process, hold }) {
  return withProcess(state, process, hold ? { hold } : { hold, held: {} });
}

/**
 * A held thread has not made its call: a send among them gets its number when it does.
 *
 * @param {State} state
 * @param {import("../types.js").CallHeld} event
 * @returns {State}
 */
export function callHeld(state, event) {
  const process = state.processes[event.process] ?? newProcess(event.process);
  const { call, op, args = "", asked = null, thread = 0, t: since } = event;
  const line = !event.file || event.file === process.file ? (event.line ?? null) : null;
  const known = { call, thread, op, args, asked, line, since, blocked: false, number: 0 };
  const held = { ...process.held, [thread]: { ...known, stream: null, start: null, end: null } };
  return withProcess(state, event.process, { held, line });
}

/**
 * @param {Process} process
 * @param {import("../types.js").CallEvent} event of a call that is made now
 * @returns {Record<number, OpenCall>} the calls that are held still
 */
export function letThrough({ held }, { thread = 0, call }) {
  return held[thread]?.call === call ? without(held, thread) : held;
}

/**
 * @param {State} state
 * @param {import("../types.js").ProcessInput} event
 * @returns {State}
 */
export function processInput(state, { process, text = "", end = false }) {
  const typed = text ? shown(state, process, "input", text) : state;
  return end ? withProcess(shown(typed, process, "end", "^D\n"), process, { inputEnded: true }) : typed;
}

/**
 * @param {State} state
 * @param {import("../types.js").ProcessInterrupted} event
 * @returns {State}
 */
export function processInterrupted(state, { process }) {
  return shown(state, process, "interrupt", "^C\n");
}

/**
 * @param {State} state
 * @param {string} name
 * @param {import("./state.js").Output["stream"]} stream
 * @param {string} text
 * @returns {State}
 */
function shown(state, name, stream, text) {
  const process = state.processes[name] ?? newProcess(name);
  return withProcess(state, name, { output: appended(process.output, { text, stream, dropped: 0 }) });
}

/**
 * @param {Process | undefined} process
 * @returns {process is Process} whether it runs
 */
export function lives(process) {
  return process !== undefined && process.pid > 0 && process.exited === null;
}

/**
 * Where the threads of a held process are: first those that can be let through.
 *
 * @param {Process} process
 * @returns {Standing[]}
 */
export function standings({ hold, held, calls }) {
  if (!hold) return [];
  const before = Object.values(held).map((call) => ({ thread: call.thread, call, held: true }));
  const inside = Object.values(calls).map((call) => ({ thread: call.thread, call, held: false }));
  return [...before, ...inside];
}

/**
 * @param {State | null} state at the live edge; null when nothing runs
 * @returns {{held: number, alive: number}} of the processes that run, how many are held
 */
export function holdsOf(state) {
  const alive = Object.values(state?.processes ?? {}).filter(lives);
  return { held: alive.filter(({ hold }) => hold).length, alive: alive.length };
}

/**
 * The process that a key acts on: the one in focus, else the first that is held, else the first that runs.
 *
 * @param {State} state at the live edge
 * @param {string | null} focused
 * @returns {Process | null}
 */
export function aimed({ processes }, focused) {
  const all = Object.values(processes).filter(lives);
  return all.find(({ name }) => name === focused) ?? all.find(({ hold }) => hold) ?? all[0] ?? null;
}
