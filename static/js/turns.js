/** Runs the sides one after the other: both use the same port, and the engine runs a lesson once at a time. */

import { Refusal, startRun, stopRun } from "./api.js";
import { waitsForEver } from "./model/idle.js";

/**
 * @typedef {import("./half.js").Half} Half
 * @typedef {{side: Half, then: Half | null, ending: boolean}} Turn  the side that is being started or runs, and the one
 *   that follows; `ending` when it is being stopped because it only waits
 */

/**
 * @param {string} lesson
 * @param {import("./messages.js").Catalog} words
 * @param {{changed: () => void, started: () => void}} verbs  `changed` asks for a frame, `started` is told of a new run
 */
export function turnsOf(lesson, words, verbs) {
  /** @type {Turn | null} */
  let turn = null;

  /** @param {Half[]} sides */
  async function inTurn(sides) {
    if (turn) return;
    for (const [i, side] of sides.entries()) {
      turn = { side, then: sides[i + 1] ?? null, ending: false };
      verbs.changed();
      if (!(await run(side))) break;
    }
    turn = null;
    verbs.changed();
  }

  /**
   * @param {Half} half
   * @returns {Promise<boolean>} when its run is over; false when it could not be started
   */
  async function run(half) {
    const { variant, values } = half.planned;
    half.form.clear();
    try {
      const { run: id } = await startRun({ lesson, parameters: values, variant, held: false });
      const over = half.watch(id, { variant, values }, verbs.changed);
      verbs.started();
      await over;
      return true;
    } catch (error) {
      refused(half, error);
      return false;
    }
  }

  /**
   * @param {Half} half
   * @param {unknown} error
   */
  function refused(half, error) {
    if (!(error instanceof Refusal)) throw error;
    const { problem } = error;
    if (problem) half.refuse(problem, () => void inTurn([half]));
    else half.complain(words.text("ui.no_answer"));
  }

  /** @param {Half} half */
  async function stop(half) {
    const { run: id, running } = half.watched;
    if (id !== null && running) await stopRun(id).catch((error) => refused(half, error));
  }

  return {
    get now() {
      return turn;
    },
    inTurn,
    stop,
    /**
     * A server that only waits for more clients would keep the other side waiting.
     *
     * @param {number} frame ms
     */
    endIdle(frame) {
      if (!turn || turn.ending || !turn.side.watched.running) return;
      const { watched } = turn.side;
      if (!waitsForEver(watched.store.newest, watched.timeAt(frame))) return;
      turn.ending = true;
      void stop(turn.side);
    },
  };
}
