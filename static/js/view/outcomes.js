/** The outcomes of a repeated run as a histogram: a bar for each, with its count as a number. */

import { commonestFirst, keyOf, outcomeText } from "../model/outcomes.js";
import { html, keyed, set, setText } from "./dom.js";

/**
 * @typedef {import("../api.js").Outcome} Outcome
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/** The commonest outcomes are drawn, at most so many. */
const BARS = 20;

/**
 * @param {HTMLElement} root
 * @param {Catalog} words
 * @param {Outcome[]} outcomes
 * @param {(outcome: Outcome, key: string) => void} open one of its runs
 * @returns {void}
 */
export function updateOutcomes(root, words, outcomes, open) {
  const ends = new Map(outcomes.map((outcome) => [`${outcome.process} ${outcome.stream}`, outcome]));
  keyed(
    root, [...ends.values()], ({ process, stream }) => `${process} ${stream}`,
    ({ process }) => {
      const title = html("h3", {}, words.text("ui.repeat_outcomes", { process }));
      return html("section", {}, title, html("ol"), html("p"));
    },
    (section, { process, stream }) => {
      const same = outcomes.filter((outcome) => outcome.process === process && outcome.stream === stream);
      const own = commonestFirst(same);
      const [, list, rest] = /** @type {HTMLElement[]} */ ([...section.children]);
      updateBars(list, words, own.slice(0, BARS), open);
      setText(rest, own.length > BARS ? words.text("ui.n_more", { n: own.length - BARS }) : "");
    },
  );
}

/**
 * @param {HTMLElement} list
 * @param {Catalog} words
 * @param {Outcome[]} outcomes
 * @param {(outcome: Outcome, key: string) => void} open
 */
function updateBars(list, words, outcomes, open) {
  const most = Math.max(1, ...outcomes.map(({ runs }) => runs.length));
  keyed(
    list, outcomes, keyOf,
    () => html("li", {}, html("button", { type: "button" }, html("span"), html("i", {}, html("i")), html("b"))),
    (item, outcome) => {
      const button = /** @type {HTMLButtonElement} */ (item.firstElementChild);
      const [label, bar, count] = /** @type {HTMLElement[]} */ ([...button.children]);
      const text = outcomeText(outcome) || words.text("ui.repeat_no_receive");
      const runs = words.text("ui.repeat_count", { n: outcome.runs.length });
      setText(label, text);
      setText(count, runs);
      set(button, {
        "aria-label": `${text}: ${runs}`, title: words.text("ui.repeat_open", { outcome: text }),
        "data-receives": outcome.receives.join(" "), "data-runs": outcome.runs.length,
      });
      /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${(outcome.runs.length / most) * 100}%`;
      button.onclick = () => open(outcome, keyOf(outcome));
    },
  );
}
