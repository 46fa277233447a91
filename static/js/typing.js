/** What is typed in both runs: the same lines into every process that reads its input, and then its end. */

import { Refusal, act } from "./api.js";
import { byId, set } from "./view/dom.js";

/**
 * @typedef {import("./half.js").Half} Half
 * @typedef {import("./types.js").ProgramUse} ProgramUse
 */

/** A process that has ended by itself reads nothing: what happened to it is seen anyway. */
const GONE = "error.process_ended";

/**
 * @param {ProgramUse[]} programs of the lesson
 * @param {string | null} wanted what the address says is typed
 * @param {import("./messages.js").Catalog} words
 * @param {() => void} changed
 */
export function typingOf(programs, wanted, words, changed) {
  const readers = programs.filter(({ input }) => input);
  const suggested = (readers.find(({ lines }) => lines.length > 0)?.lines ?? []).join("\n");
  const field = byId("typed", HTMLTextAreaElement);
  field.value = wanted ?? suggested;
  byId("typing", HTMLElement).hidden = readers.length === 0;
  field.addEventListener("input", changed);
  /** @type {string | null} */
  let run = null;
  /** The processes of that run which were typed into. @type {Set<string>} */
  let given = new Set();

  /**
   * @param {Half} half
   * @param {string} into the run
   * @param {string} process
   */
  async function type(half, into, process) {
    const { value } = field;
    const text = value === "" || value.endsWith("\n") ? value : `${value}\n`;
    try {
      await act(into, "input", { process, text, end: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.problem?.key !== GONE) half.complain(error.problem?.text[half.page.lang] ?? words.text("ui.no_answer"));
    }
  }

  return {
    /** @returns {string | null} when it is not what the lesson suggests */
    get chosen() {
      return field.value === suggested ? null : field.value;
    },
    /** @param {Half | null} half whose turn it is: both are to be given the same */
    update(half) {
      set(field, { readonly: half !== null });
      if (half === null || !half.watched.running) return;
      const { watched } = half;
      if (run !== watched.run) [run, given] = [watched.run, new Set()];
      for (const { name, program, exited } of Object.values(watched.store.newest.processes)) {
        if (exited || given.has(name) || watched.run === null || !readers.some((it) => it.name === program)) continue;
        given.add(name);
        void type(half, watched.run, name);
      }
    },
  };
}
