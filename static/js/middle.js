/** The middle of the stage: the byte axis, what is ready, or what a wait costs; and the switch between them. */

import { firstAfter } from "./model/fold.js";
import { costView } from "./view/cost.js";
import { byId, html, keyed, set, setText } from "./view/dom.js";
import { rasterView } from "./view/raster.js";
import { readinessView } from "./view/readiness.js";

/**
 * @typedef {"axis" | "readiness" | "cost"} View
 * @typedef {import("./model/state.js").State} State
 * @typedef {import("./model/store.js").Store} Store
 * @typedef {import("./messages.js").Catalog} Catalog
 */

/** @type {View[]} */
const VIEWS = ["axis", "readiness", "cost"];
/** More pollers than these are not offered by name. */
const POLLERS = 20;

/**
 * @param {string | null | undefined} text
 * @returns {View | null}
 */
export function viewNamed(text) {
  return VIEWS.find((view) => view === text) ?? null;
}

/**
 * @param {Catalog} words
 * @param {{usual: View, wanted: View | null}} views  the lesson's, and that of the address
 * @param {{seek: (step: number) => void, changed: () => void}} verbs
 */
export function middleView(words, { usual, wanted }, verbs) {
  const frame = /** @type {HTMLElement} */ (byId("view", HTMLElement).closest(".kernel"));
  const switcher = byId("view", HTMLElement);
  const chooser = byId("poller", HTMLSelectElement);
  const readiness = readinessView(words);
  const raster = rasterView(words, verbs);
  const cost = costView(words);
  /** @type {View} */
  let view = wanted ?? usual;
  /** The views there are something for. @type {View[]} */
  let offered = [];
  let pollers = -1;
  /** @type {Store | null} */
  let before = null;
  chooser.addEventListener("change", verbs.changed);

  /** @param {View} to */
  function choose(to) {
    view = to;
    verbs.changed();
  }

  /** @param {Store} store */
  function offer(store) {
    const some = store.waits.count > 0 || store.waits.askers.size > 0;
    offered = VIEWS.filter((item) => (
      item === "axis" || item === usual || item === view || some || (item === "readiness" && usual === "cost")
    ));
    switcher.hidden = offered.length < 2;
    keyed(switcher, offered, (item) => item, (item) => {
      const button = html("button", { type: "button", "data-view": item }, words.text(`ui.view_${item}`));
      button.addEventListener("click", () => choose(item));
      return button;
    }, (node, item) => set(node, { "aria-pressed": String(item === view) }));
  }

  /** @param {Store} store */
  function offerPollers(store) {
    if (before === store && pollers === store.waits.askers.size) return;
    [before, pollers] = [store, store.waits.askers.size];
    const some = [...store.waits.askers].slice(0, POLLERS);
    const names = some.map(([id, { process, kind }]) => ({ id: String(id), text: `${process} · ${kind}` }));
    const items = [{ id: "", text: words.text("ui.latest_poller") }, ...names];
    const create = (/** @type {{id: string}} */ { id }) => html("option", { value: id });
    keyed(chooser, items, ({ id }) => id, create, (node, { text }) => setText(node, text));
  }

  return {
    /** @returns {View | null} when it is not the usual one */
    get chosen() {
      return view === usual ? null : view;
    },
    get shown() {
      return view;
    },
    /**
     * @param {Store} store
     * @param {State} state
     * @param {number} now ns since the run began
     */
    update(store, state, now) {
      offer(store);
      set(frame, { "data-view": view });
      chooser.hidden = view !== "readiness" || store.waits.askers.size < 2;
      if (view === "cost") cost.update(store, firstAfter(store.waits.index.view(), state.seq - 1));
      if (view !== "readiness") return;
      offerPollers(store);
      const id = chooser.value ? Number(chooser.value) : state.readiness.current;
      const poller = id === null ? undefined : state.readiness.pollers.get(id);
      // It measures the page, so it comes before anything is written.
      if (poller) raster.update(store, state, poller);
      readiness.update(state, poller, { now, store });
    },
  };
}
