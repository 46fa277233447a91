/** The middle of a page: the byte axis, what is ready, or what a wait costs; and the switch between them. */

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
 * The switch between the views: the one that is chosen, of those there is something for.
 *
 * @param {Catalog} words
 * @param {{usual: View, wanted: View | null}} views  the lesson's, and that of the address
 * @param {() => void} changed
 */
export function viewSwitch(words, { usual, wanted }, changed) {
  const node = byId("view", HTMLElement);
  /** @type {View} */
  let view = wanted ?? usual;

  /** @param {View} to */
  function choose(to) {
    view = to;
    changed();
  }

  return {
    /** @returns {View | null} when it is not the usual one */
    get chosen() {
      return view === usual ? null : view;
    },
    get shown() {
      return view;
    },
    /** @param {Store[]} stores of the runs on the page */
    update(stores) {
      const some = stores.some(({ waits }) => waits.count > 0 || waits.askers.size > 0);
      const offered = VIEWS.filter((item) => (
        item === "axis" || item === usual || item === view || some || (item === "readiness" && usual === "cost")
      ));
      node.hidden = offered.length < 2;
      keyed(node, offered, (item) => item, (item) => {
        const button = html("button", { type: "button", "data-view": item }, words.text(`ui.view_${item}`));
        button.addEventListener("click", () => choose(item));
        return button;
      }, (button, item) => set(button, { "aria-pressed": String(item === view) }));
    },
  };
}

/**
 * What the middle shows of one run.
 *
 * @typedef {{store: Store, state: State}} Moment
 *
 * @param {Catalog} words
 * @param {{seek: (step: number) => void, changed: () => void}} verbs
 * @param {string} [prefix] of the ids, where a page has several of these
 */
export function middleView(words, verbs, prefix = "") {
  const frame = /** @type {HTMLElement} */ (byId(`${prefix}readiness`, HTMLElement).closest(".kernel"));
  const chooser = byId(`${prefix}poller`, HTMLSelectElement);
  const readiness = readinessView(words, prefix);
  const raster = rasterView(words, verbs, prefix);
  const cost = costView(words, prefix);
  const [nothing, parts] = ["no-waits", "readiness-parts"].map((id) => byId(`${prefix}${id}`, HTMLElement));
  let pollers = -1;
  /** @type {Store | null} */
  let before = null;
  chooser.addEventListener("change", verbs.changed);

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
    /**
     * @param {View} view
     * @param {Moment} own
     * @param {number} now ns since the run began
     * @param {Moment} [beside] of the run next to it
     */
    update(view, own, now, beside = own) {
      const { store, state } = own;
      set(frame, { "data-view": view });
      chooser.hidden = view !== "readiness" || store.waits.askers.size < 2;
      if (view === "cost") cost.update(measured(own), measured(beside));
      if (view !== "readiness") return;
      offerPollers(store);
      const id = chooser.value ? Number(chooser.value) : state.readiness.current;
      const poller = id === null ? undefined : state.readiness.pollers.get(id);
      [nothing.hidden, parts.hidden] = [poller !== undefined, poller === undefined];
      if (!poller) return;
      // It measures the page, so it comes before anything else is written.
      raster.update(store, state, poller);
      readiness.update(state, poller, { now, store });
    },
  };
}

/** @param {Moment} moment */
function measured({ store, state }) {
  return { store, count: firstAfter(store.waits.index.view(), state.seq - 1) };
}
