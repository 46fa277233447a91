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
 * @param {string} lesson
 * @param {Record<string, Value>} parameters
 * @returns {Promise<{run: string, programs: Listing[]}>} rejects with Refusal
 */
export function startRun(lesson, parameters) {
  return post("/api/runs", { lesson, parameters });
}

/**
 * @param {string} run
 * @returns {Promise<unknown>} when nothing of the run is left; rejects with Refusal
 */
export function stopRun(run) {
  return post(`/api/runs/${encodeURIComponent(run)}/stop`, {});
}

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 */
async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Refusal(content?.error ?? null);
  return content;
}
