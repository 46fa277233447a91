/** The sides of the stage: a panel for each program, and cards where one program has many processes. */

import { addingTo } from "../control.js";
import { groupsOf, numberOf } from "../model/group.js";
import { aimed } from "../model/hold.js";
import { newCards, newHead, updateCards, updateHead } from "./cards.js";
import { keyed } from "./dom.js";
import { sendClass } from "./marks.js";
import { newPanel, updatePanel } from "./panel.js";

/**
 * @typedef {import("../types.js").Listing} Listing
 * @typedef {import("../types.js").ProgramUse} ProgramUse
 * @typedef {import("../types.js").Role} Role
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/group.js").Group} Group
 * @typedef {import("../model/group.js").Panel} Panel
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../control.js").Control} Control
 * @typedef {{state: State, live: State | null, listings: Listing[], now: number}} Shown
 *   `state` at the viewer's event, `live` at the live edge of a run that goes on; `now` in ns since the run began
 * @typedef {{kind: "head", key: string, group: Group} | {kind: "cards", key: string, group: Group}
 *   | {kind: "panel", key: string, group: Group, panel: Panel}} Item
 */

/**
 * @param {Record<Role, HTMLElement>} sides
 * @param {ProgramUse[]} uses
 * @param {Catalog} words
 * @param {Control} control
 * @param {() => void} ask for another frame
 */
export function programsView(sides, uses, words, control, ask) {
  /** @type {{state: State | null, live: State | null, listings: Listing[], groups: Group[]}} */
  const drawn = { state: null, live: null, listings: [], groups: [] };
  /** The process whose panel is open, by program. @type {Record<string, string>} */
  let chosen = {};
  /** @type {Record<string, string>} */
  let problems = {};
  /** @type {string | null} */
  let focused = null;
  for (const side of Object.values(sides)) {
    for (const kind of ["focusin", "pointerdown"]) side.addEventListener(kind, (event) => noteFocus(event.target));
  }

  /** @param {EventTarget | null} target */
  function noteFocus(target) {
    const panel = target instanceof Element ? target.closest("section[data-process]") : null;
    if (!(panel instanceof HTMLElement) || panel.dataset.process === focused) return;
    focused = panel.dataset.process ?? null;
    ask();
  }

  /**
   * @param {string} program
   * @param {string} process
   */
  function choose(program, process) {
    chosen = { ...chosen, [program]: process };
    focused = process;
    drawn.state = null;
    ask();
  }

  /**
   * @param {Item} item
   * @returns {HTMLElement}
   */
  function create(item) {
    if (item.kind === "head") return newHead(item.group, words, control);
    return item.kind === "cards" ? newCards() : newPanel(item.panel, words, control);
  }

  /**
   * @param {HTMLElement} node
   * @param {Item} item
   * @param {Shown & {same: boolean, aim: string | null}} shown
   */
  function update(node, item, { state, live, now, same, aim }) {
    const { group } = item;
    const use = uses.find(({ name }) => name === group.program);
    const more = use?.more ?? false;
    if (item.kind === "head") {
      const problem = problems[addingTo(group.program)] ?? "";
      return updateHead(node, words, { group, state, live, now, more, problem });
    }
    if (item.kind === "cards") {
      const open = (/** @type {string} */ name) => choose(group.program, name);
      return updateCards(node, words, control, { group, state, live, now, more, open });
    }
    const { name } = item.panel;
    updatePanel(node, {
      state, live, now, same, panel: item.panel, colour: group.all > 1 ? sendClass(numberOf(name)) : null,
      input: use?.input ?? false, aimed: aim === name, several: more || group.all > 1, problem: problems[name] ?? "",
    });
  }

  return {
    choose,
    /** @returns {string | null} the process whose panel has the focus */
    get focused() {
      return focused;
    },
    /**
     * @param {string} whom a process, or a program to which one was to be added
     * @param {string} text why something could not be done to it; empty when it could
     */
    complain(whom, text) {
      problems = { ...problems, [whom]: text };
      ask();
    },
    /** Another run is watched: the complaints were about the one before. */
    calm() {
      problems = {};
    },
    /** @param {Shown} shown */
    update(shown) {
      const { state, live, listings } = shown;
      const same = drawn.state === state && drawn.live === live && drawn.listings === listings;
      if (!same) Object.assign(drawn, { state, live, listings, groups: groupsOf(state, listings, chosen) });
      const aim = live ? (aimed(live, focused)?.name ?? null) : null;
      for (const role of /** @type {const} */ (["client", "server"])) {
        const items = drawn.groups.filter((group) => group.role === role).flatMap((group) => itemsOf(group, uses));
        const seen = { ...shown, same, aim };
        keyed(sides[role], items, ({ key }) => key, create, (node, item) => update(node, item, seen));
      }
    },
  };
}

/**
 * @param {Group} group
 * @param {ProgramUse[]} uses
 * @returns {Item[]}
 */
function itemsOf(group, uses) {
  const { program, panels, cards, folded, ended } = group;
  const others = cards.length + folded + ended > 0;
  const headed = others || uses.some(({ name, more }) => name === program && more);
  /** @type {Item[]} */
  const items = panels.map((panel) => ({ kind: "panel", key: `panel ${panel.name} ${panel.file}`, group, panel }));
  if (headed) items.unshift({ kind: "head", key: `head ${program}`, group });
  if (others) items.push({ kind: "cards", key: `cards ${program}`, group });
  return items;
}
