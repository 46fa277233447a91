/**
 * What a viewer does to the run itself: hold, let through, type, interrupt, end, add. It always happens now, so the
 * viewer is taken to the live edge first.
 *
 * @typedef {{hold: (process: string | null) => Promise<boolean>, release: (process: string | null) => Promise<boolean>,
 *   step: (process: string, thread: number | null) => Promise<boolean>,
 *   input: (process: string, text: string, end: boolean) => Promise<boolean>,
 *   interrupt: (process: string) => Promise<boolean>, end: (process: string) => Promise<boolean>,
 *   add: (program: string) => Promise<boolean>}} Control  each resolves to whether it was done
 * @typedef {{run: () => string | null, toEdge: () => void, added: (program: string, process: string) => void,
 *   complain: (whom: string | null, error: Refusal | null) => void}} Page
 *   `run` the live run, if there is one; `complain` with null takes the complaint about a process away, or about adding
 *   one to a program (`addingTo` it)
 */

import { Refusal, act } from "./api.js";

/** Of one call, asked for before the process stands before one: its panel shows where it is. */
const TOO_EARLY = "error.not_held";

/**
 * @param {string} program
 * @returns {string} whom complaints about adding a process are about; no process has this name
 */
export function addingTo(program) {
  return `+${program}`;
}

/**
 * @param {Page} page
 * @returns {Control}
 */
export function controlOf(page) {
  /** What is done to one process is done in order. @type {Map<string | null, Promise<unknown>>} */
  const last = new Map();

  /**
   * @param {import("./api.js").Act} verb
   * @param {string | null} subject whom it is done to
   * @param {Record<string, unknown>} body
   * @param {(answer: any) => void} [then]
   * @returns {Promise<boolean>}
   */
  async function done(verb, subject, body, then) {
    const run = page.run();
    if (run === null) return false;
    page.toEdge();
    const turn = (last.get(subject) ?? Promise.resolve()).then(() => act(run, verb, body));
    last.set(subject, turn.catch(() => {}));
    try {
      const answer = await turn; // a `then` that is not there would not wait
      then?.(answer);
      page.complain(subject, null);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.problem?.key !== TOO_EARLY) page.complain(subject, error);
      return false;
    }
  }

  /** @param {string | null} process */
  const whom = (process) => (process === null ? {} : { process });
  return {
    hold: (process) => done("hold", process, whom(process)),
    release: (process) => done("release", process, whom(process)),
    step: (process, thread) => done("step", process, thread === null ? { process } : { process, thread }),
    input: (process, text, end) => done("input", process, { process, text, end }),
    interrupt: (process) => done("interrupt", process, { process }),
    end: (process) => done("end", process, { process }),
    add: (program) =>
      done("processes", addingTo(program), { program }, (answer) => page.added(program, answer.process)),
  };
}
