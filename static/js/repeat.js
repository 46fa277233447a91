/** Repeat: the lesson many times over, its outcomes counted, each of them open to a look at one of its runs. */

import { Refusal, readRepeat, startRepeat, stopRepeat } from "./api.js";
import { byId, set, setText } from "./view/dom.js";
import { updateOutcomes } from "./view/outcomes.js";

/**
 * @typedef {import("./api.js").Repeat} Repeat
 * @typedef {import("./api.js").Plan} Plan
 * @typedef {import("./types.js").Problem} Problem
 */

const POLL_MS = 400;

/**
 * @param {{words: import("./messages.js").Catalog, repeat: string | null, plan: () => Plan,
 *   open: (run: string) => void, complain: (problem: Problem | null) => string}} page
 *   `repeat` the last one of the lesson, if there was one; `complain` gives the words of a problem
 */
export function repeatPanel({ words, repeat: last, plan, open, complain }) {
  const form = byId("repeat-form", HTMLFormElement);
  const times = byId("repeat-times", HTMLInputElement);
  const start = byId("repeat-start", HTMLButtonElement);
  const stop = byId("repeat-stop", HTMLButtonElement);
  const progress = byId("repeat-progress", HTMLProgressElement);
  /** @type {string | null} */
  let running = last;
  /** How often the bar of an outcome was pressed: each press opens the next of its runs. @type {Map<string, number>} */
  const pressed = new Map();

  /** @param {Repeat | null} repeat */
  function show(repeat) {
    const live = running !== null;
    set(start, { "aria-disabled": live ? "true" : null, title: live ? words.text("ui.why_repeating") : null });
    set(stop, { "aria-disabled": live ? null : "true", title: live ? null : words.text("ui.why_not_repeating") });
    if (!repeat) return;
    set(progress, { max: repeat.times, value: repeat.done });
    setText(byId("repeat-done", HTMLElement), words.text("ui.repeat_done", { done: repeat.done, times: repeat.times }));
    updateOutcomes(byId("repeat-outcomes", HTMLElement), words, repeat.outcomes, (outcome, key) => {
      const count = pressed.get(key) ?? 0;
      pressed.set(key, count + 1);
      open(outcome.runs[count % outcome.runs.length]);
    });
  }

  /** @param {unknown} error */
  function failed(error) {
    running = null;
    if (!(error instanceof Refusal)) throw error;
    setText(byId("repeat-problem", HTMLElement), complain(error.problem));
    show(null);
  }

  /** One question after the other: the next is asked when the last is answered. @param {string} repeat */
  async function poll(repeat) {
    try {
      const answer = await readRepeat(repeat);
      if (running !== repeat) return;
      if (!answer.live) running = null;
      show(answer);
      if (answer.error) setText(byId("repeat-problem", HTMLElement), complain(answer.error));
      if (answer.live) setTimeout(() => void poll(repeat), POLL_MS);
    } catch (error) {
      failed(error);
    }
  }

  async function begin() {
    setText(byId("repeat-problem", HTMLElement), "");
    pressed.clear();
    try {
      const { repeat } = await startRepeat({ ...plan(), times: Number(times.value) });
      running = repeat;
      void poll(repeat);
    } catch (error) {
      failed(error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (running === null) void begin();
  });
  stop.addEventListener("click", () => {
    if (running !== null) void stopRepeat(running).catch(failed);
  });
  show(null);
  if (last !== null) void poll(last);
}
