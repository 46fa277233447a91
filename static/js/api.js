/**
 * The commands of the page, over HTTP.
 *
 * @typedef {import("./types.js").Listing} Listing
 * @typedef {import("./types.js").Problem} Problem
 * @typedef {import("./types.js").Value} Value
 */

/** An answer that says no, in the one shape errors have; null when there was no answer at all. */
export class Refusal extends Error {
  /** @param {Problem | null} problem */
  constructor(problem) {
    super(problem?.text.en ?? "no answer");
    this.problem = problem;
  }
}

/**
 * What to run.
 *
 * @typedef {{lesson: string, parameters: Record<string, Value>, variant: string}} Plan
 *
 * @param {Plan & {held: boolean}} plan `held`: every process stops before its first call
 * @returns {Promise<{run: string, programs: Listing[]}>} rejects with Refusal
 */
export function startRun(plan) {
  return post("/api/runs", plan);
}

/**
 * @param {string} run
 * @returns {Promise<{run: string, parameters: Record<string, Value>, variant: string, programs: Listing[]}>}
 *   rejects with Refusal
 */
export function readRun(run) {
  return ask(`/api/runs/${encodeURIComponent(run)}`);
}

/**
 * @param {string} run
 * @returns {Promise<unknown>} when nothing of the run is left; rejects with Refusal
 */
export function stopRun(run) {
  return post(`/api/runs/${encodeURIComponent(run)}/stop`, {});
}

/**
 * @typedef {"hold" | "release" | "step" | "input" | "interrupt" | "end" | "processes"} Act
 *
 * @param {string} run
 * @param {Act} verb
 * @param {Record<string, unknown>} body
 * @returns {Promise<any>} rejects with Refusal
 */
export function act(run, verb, body) {
  return post(`/api/runs/${encodeURIComponent(run)}/${verb}`, body);
}

/**
 * The programs as they would run.
 *
 * @param {string} lesson
 * @param {string} query
 * @returns {Promise<{programs: Listing[]}>} rejects with Refusal
 */
export function readPrograms(lesson, query) {
  return ask(`/api/lessons/${encodeURIComponent(lesson)}/programs?${query}`);
}

/**
 * @typedef {{run: string, started_at: string, variant: string, parameters: Record<string, Value>,
 *   live: boolean}} KeptRun  `started_at` is ISO 8601
 *
 * @param {string} lesson
 * @returns {Promise<KeptRun[]>} newest first; rejects with Refusal
 */
export function readKeptRuns(lesson) {
  return ask(`/api/lessons/${encodeURIComponent(lesson)}/runs`);
}

/**
 * One way a repeated run came out: what the receives of a process returned from a stream, in bytes, or how it failed,
 * and the runs that did.
 *
 * @typedef {{process: string, stream: string, receives: number[], error: string | null, runs: string[]}} Outcome
 * @typedef {{repeat: string, lesson: string, times: number, done: number, live: boolean, error: Problem | null,
 *   outcomes: Outcome[]}} Repeat  `error` when a run could not be started, which ended it
 *
 * @param {Plan & {times: number}} plan
 * @returns {Promise<{repeat: string}>} rejects with Refusal
 */
export function startRepeat(plan) {
  return post("/api/repeats", plan);
}

/**
 * @param {string} repeat
 * @returns {Promise<Repeat>} rejects with Refusal
 */
export function readRepeat(repeat) {
  return ask(`/api/repeats/${encodeURIComponent(repeat)}`);
}

/**
 * @param {string} repeat
 * @returns {Promise<unknown>} when nothing of it is left; rejects with Refusal
 */
export function stopRepeat(repeat) {
  return post(`/api/repeats/${encodeURIComponent(repeat)}/stop`, {});
}

/**
 * What Python's struct makes of a value; `error` is the last line of the traceback, `bytes` are in hex.
 *
 * @typedef {{format: string, value: string, size: number | null, bytes: string | null, error: string | null,
 *   too_long: boolean, readings: {format: string, value: string}[]}} PackedValue
 * @typedef {{byte_order: "little" | "big", formats: {char: string, c_type: string, standard: number | null,
 *   native: number | null}[]}} StructFormats
 *
 * @param {string} format
 * @param {string} value
 * @returns {Promise<PackedValue>} rejects with Refusal
 */
export function packedBy(format, value) {
  return ask(`/api/struct?${new URLSearchParams({ format, value })}`);
}

/** @returns {Promise<StructFormats>} rejects with Refusal */
export function structFormats() {
  return ask("/api/struct/formats");
}

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 */
function post(path, body) {
  return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/**
 * @param {string} path
 * @param {RequestInit} [request]
 * @returns {Promise<any>}
 */
async function ask(path, request) {
  const answer = await fetch(path, request).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Refusal(content?.error ?? null);
  return content;
}
