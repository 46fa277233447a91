/** What a viewer can do to a live process: hold it, let one call through, interrupt it, end it. Always as it is now. */

import { standings } from "../model/hold.js";
import { html, keyed, set, setText } from "./dom.js";
import { callText } from "./words.js";

/**
 * @typedef {import("../model/state.js").Process} Process
 * @typedef {import("../model/hold.js").Standing} Standing
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../control.js").Control} Control
 * @typedef {{process: Process | null, behind: boolean, aimed: boolean, several: boolean, problem: string}} Shown
 *   `process` at the live edge, null when it does not run; `behind` when the viewer is not there; `aimed` when the keys
 *   act on it; `several` when it is one of several of its program, so that it can be ended alone
 */

/** Threads listed; a server may have hundreds. */
const THREADS = 20;

/**
 * @param {string} name of the process
 * @param {Catalog} words
 * @param {Control} control
 */
export function newWheel(name, words, control) {
  const hold = button("hold", "h");
  const step = button("step", "n");
  const interrupt = button("interrupt");
  const end = button("end");
  const live = html("span", { class: "live-now", hidden: true }, words.text("ui.now"));
  const group = html(
    "div", { class: "wheel-buttons", role: "group", "aria-label": words.text("ui.control_of", { name }) },
    live, hold.node, step.node, interrupt.node, end.node,
  );
  const threads = html("ul", { class: "standings" });
  const problem = html("p", { class: "problem", role: "alert" });
  const node = html("div", { class: "wheel", hidden: true }, group, threads, problem);
  interrupt.label("Ctrl-C", words.text("ui.interrupt_title", { name }), "");
  end.label(words.text("ui.end_process"), words.text("ui.end_process_title", { name }), "");

  let held = false;
  hold.onPress(() => void (held ? control.release(name) : control.hold(name)));
  step.onPress(() => void control.step(name, null));
  interrupt.onPress(() => void control.interrupt(name));
  end.onPress(() => void control.end(name));

  return {
    node,
    /** @param {Shown} shown */
    update({ process, behind, aimed, several, problem: said }) {
      node.hidden = process === null && !said;
      group.hidden = process === null;
      setText(problem, said);
      if (!process) return threads.replaceChildren();
      held = process.hold;
      const all = standings(process);
      const first = all.find((standing) => standing.held);
      const title = words.text(held ? "ui.release_title" : "ui.hold_title", { name });
      hold.label(words.text(held ? "ui.release" : "ui.hold"), title, "");
      step.label(words.text("ui.one_call"), words.text("ui.one_call_title", { name }), whyNot(words, held, first));
      end.node.hidden = !several;
      live.hidden = !behind;
      set(node, { "data-held": held, "data-aimed": aimed });
      updateStandings(threads, words, control, { name, held, all });
    },
  };
}

/**
 * @param {Catalog} words
 * @param {boolean} held
 * @param {Standing | undefined} first
 * @returns {string} why no call can be let through; empty when one can
 */
function whyNot(words, held, first) {
  if (first) return "";
  return words.text(held ? "ui.why_no_call_held" : "ui.why_not_held");
}

/**
 * @param {HTMLElement} list
 * @param {Catalog} words
 * @param {Control} control
 * @param {{name: string, held: boolean, all: Standing[]}} process
 */
function updateStandings(list, words, control, { name, held, all }) {
  const several = all.filter((standing) => standing.held).length > 1;
  const listed = all.slice(0, THREADS);
  const lines = listed.map((standing) => ({ key: `${standing.thread} ${standing.call.call}`, standing }));
  const note = { key: "note", standing: null };
  keyed(
    list, held ? [...lines, note] : [], ({ key }) => key,
    ({ standing }) => newStanding(words, control, name, standing),
    (node, { standing }) => {
      if (!standing) return setText(node, noteText(words, all.length));
      const [text, one] = /** @type {HTMLElement[]} */ ([...node.children]);
      setText(text, standingText(words, standing, all.length > 1));
      set(node, { "data-standing": standing.held ? "held" : "inside", "data-thread": standing.thread });
      one.hidden = !standing.held || !several;
    },
  );
}

/**
 * @param {Catalog} words
 * @param {number} count of threads that stand before a call or are inside one
 */
function noteText(words, count) {
  if (count === 0) return words.text("ui.stops_before");
  const more = count > THREADS ? [words.text("ui.n_more", { n: count - THREADS })] : [];
  return [...more, words.text("ui.peers_time")].join(" · ");
}

/**
 * @param {Catalog} words
 * @param {Control} control
 * @param {string} name
 * @param {Standing | null} standing null for the note
 * @returns {HTMLLIElement}
 */
function newStanding(words, control, name, standing) {
  if (!standing) return html("li", { class: "peers" });
  const { thread } = standing;
  const title = words.text("ui.one_call_of_thread", { thread });
  const one = html("button", { type: "button", "aria-label": title, title }, words.text("ui.one_call"));
  one.addEventListener("click", () => void control.step(name, thread));
  return html("li", {}, html("span"), one);
}

/**
 * @param {Catalog} words
 * @param {Standing} standing
 * @param {boolean} named with the thread it is of
 * @returns {string}
 */
function standingText(words, { thread, call, held }, named) {
  const text = held
    ? words.text("ui.about_to", { call: callText(call) })
    : words.text("ui.stops_after", { op: call.op });
  return named ? words.text("ui.of_thread", { thread, text }) : text;
}

/**
 * A small button with its key; one that can do nothing says why.
 *
 * @param {string} kind
 * @param {string} [key]
 */
function button(kind, key) {
  const text = html("span");
  const node = html("button", { type: "button", class: kind }, text);
  if (key) node.append(html("kbd", { "aria-hidden": "true" }, key));
  return {
    node,
    /** @param {() => void} run */
    onPress(run) {
      node.addEventListener("click", () => {
        if (node.getAttribute("aria-disabled") !== "true") run();
      });
    },
    /**
     * @param {string} name
     * @param {string} title
     * @param {string} why it can do nothing; empty when it can
     */
    label(name, title, why) {
      setText(text, name);
      set(node, {
        title: why || title, "aria-label": why ? `${title} ${why}` : title, "aria-disabled": why ? "true" : null,
      });
    },
  };
}
