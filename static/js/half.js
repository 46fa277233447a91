/** One side of two runs side by side: its run, its settings, and what of it is on the page. */

import { middleView } from "./middle.js";
import { differing, usualSettings } from "./model/differing.js";
import { commonExtents } from "./model/pair.js";
import { parametersForm } from "./parameters.js";
import { variantSwitch } from "./variants.js";
import { axisView } from "./view/axis.js";
import { html, keyed, set, setText } from "./view/dom.js";
import { Watched } from "./watched.js";

/**
 * @typedef {import("./types.js").Lesson} Lesson
 * @typedef {import("./types.js").Value} Value
 * @typedef {import("./types.js").Problem} Problem
 * @typedef {import("./model/differing.js").Settings} Settings
 * @typedef {"left" | "right"} Side
 * @typedef {{run: string | null, variant: string, parameters: Record<string, Value>, problem: string | null}} SideData
 *   what the page was opened with; `problem` says why the run it names cannot be shown
 * @typedef {import("./api.js").KeptRun} KeptRun
 * @typedef {{changed: () => void, run: (half: Half) => void, choose: (half: Half, run: KeptRun) => void,
 *   seek: (half: Half, step: number) => void, list: () => void}} Verbs
 *   `seek` goes to a step of its run; `list` asks for the kept runs anew
 * @typedef {{state: import("./model/state.js").State, now: number}} Moment  `now` in ns since its run began
 */

export class Half {
  /**
   * @param {Side} side
   * @param {SideData} data
   * @param {{lesson: Lesson, words: import("./messages.js").Catalog, lang: "zh" | "en"}} page
   * @param {Verbs} verbs
   */
  constructor(side, data, page, verbs) {
    this.side = side;
    this.page = page;
    this.watched = new Watched(null);
    this.variant = data.variant;
    this.values = data.parameters;
    this.root = /** @type {HTMLElement} */ (document.querySelector(`.half[data-side="${side}"]`));
    this.axis = axisView(
      { streams: this.#part(".streams"), more: this.#part(".more-connections"), compact: true }, page.words, verbs.changed,
    );
    this.middle = middleView(
      page.words, { seek: (step) => verbs.seek(this, step), changed: verbs.changed }, `${side}-`,
    );
    this.settings = /** @type {HTMLFormElement} */ (this.#part(".settings"));
    this.form = parametersForm(this.settings, page.lesson.parameters, page.words, `${side}-`);
    this.switch = variantSwitch(
      [{ node: this.#part(".variants"), group: `${side}-variant`, noted: true }], page.lesson.variants, data.variant, () => {},
    );
    this.kept = /** @type {HTMLSelectElement} */ (this.#part(".kept"));
    /** @type {KeptRun[]} */
    this.runs = [];
    this.form.fill(this.values);
    this.complain(data.problem);
    /** Tells who waits for the end of the run that was watched. */
    this.leave = () => {};
    this.#listen(verbs);
  }

  /** @param {string} selector */
  #part(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /** @param {Verbs} verbs */
  #listen(verbs) {
    this.#part(".change").addEventListener("click", () => this.showSettings(this.settings.hidden));
    this.#part(".defaults").addEventListener("click", () => {
      this.form.reset();
      this.#changed(verbs.changed);
    });
    this.settings.addEventListener("submit", (event) => {
      event.preventDefault();
      verbs.run(this);
    });
    for (const kind of ["input", "change"]) this.settings.addEventListener(kind, () => this.#changed(verbs.changed));
    for (const kind of ["focus", "pointerdown"]) this.kept.addEventListener(kind, verbs.list);
    this.kept.addEventListener("change", () => {
      const run = this.runs.find((it) => it.run === this.kept.value);
      if (run) verbs.choose(this, run);
    });
  }

  /**
   * What the form says is what this side is about, until it is about a run.
   *
   * @param {() => void} changed
   */
  #changed(changed) {
    if (this.watched.run !== null) return;
    Object.assign(this, this.planned);
    changed();
  }

  /** @returns {Settings} what the form says */
  get planned() {
    const chosen = this.settings.querySelector(".variants input:checked");
    return { variant: chosen instanceof HTMLInputElement ? chosen.value : "", values: this.form.values() };
  }

  /** @returns {import("./address.js").SideShown} */
  get shown() {
    return { run: this.watched.run, variant: this.variant, values: this.values };
  }

  /** Whether no more of its run will come. */
  get closed() {
    return this.watched.run === null || this.watched.over;
  }

  /**
   * @param {string} run
   * @param {Settings} settings what it was given
   * @param {() => void} changed
   * @returns {Promise<void>} when it is over, or another is watched
   */
  watch(run, settings, changed) {
    this.watched.close();
    this.leave();
    const next = new Watched(run);
    this.watched = next;
    Object.assign(this, settings);
    this.form.fill(settings.values);
    this.switch.show(settings.variant);
    this.complain(null);
    this.showSettings(false);
    return new Promise((resolve) => {
      this.leave = resolve;
      next.follow(() => {
        if (next.over) resolve();
        changed();
      });
    });
  }

  /** @param {boolean} shown */
  showSettings(shown) {
    this.settings.hidden = !shown;
    this.#part(".kernel").hidden = shown;
    set(this.#part(".change"), { "aria-expanded": String(shown) });
  }

  /** @param {string | null} problem */
  complain(problem) {
    setText(this.#part(".side-problem"), problem ?? "");
  }

  /**
   * @param {Problem} problem what is wrong with its settings
   * @param {() => void} again
   */
  refuse(problem, again) {
    this.showSettings(true);
    this.form.show(problem, this.page.lang, again);
  }

  /** @param {KeptRun[]} runs newest first */
  offer(runs) {
    this.runs = runs;
    const usual = usualSettings(this.page.lesson);
    const none = { value: "", text: this.page.words.text(runs.length ? "ui.choose_run" : "ui.no_kept_runs") };
    const options = runs.map(({ run, started_at: at, variant, parameters }) => {
      const settings = differing(this.page.lesson, { variant, values: parameters }, usual);
      return { value: run, text: [timeText(at, this.page.lang), ...settings].join(" · ") };
    });
    keyed(
      this.kept, [none, ...options], ({ value }) => value, ({ value }) => html("option", { value }),
      (node, { text }) => setText(node, text),
    );
    this.#select();
  }

  #select() {
    const { run } = this.watched;
    const value = this.runs.some((it) => it.run === run) ? (run ?? "") : "";
    if (this.kept.value !== value) this.kept.value = value;
  }

  /**
   * @param {Moment} own
   * @param {{half: Half, state: import("./model/state.js").State}} other
   * @param {import("./middle.js").View} view
   * @param {boolean} growing whether there will be more, on any side
   */
  update({ state, now }, other, view, growing) {
    const { words, lesson } = this.page;
    const differences = differing(lesson, this, other.half);
    setText(this.#part(".differs"), differences.join(" · ") || words.text("ui.compare_same"));
    const { text, tone } = this.#chip();
    setText(this.#part(".chip"), text);
    set(this.#part(".chip"), { "data-tone": tone });
    this.#select();
    const empty = state.connections.size === 0;
    setText(this.#part(".no-connection"), empty ? words.text(this.#emptyKey()) : "");
    this.#drawMiddle({ state, now }, other, view, growing);
  }

  /**
   * @param {Moment} own
   * @param {{half: Half, state: import("./model/state.js").State}} other
   * @param {import("./middle.js").View} view
   * @param {boolean} growing
   */
  #drawMiddle({ state, now }, other, view, growing) {
    const { lesson } = this.page;
    const [store, beside] = [this.watched.store, other.half.watched.store];
    // Of what was not run yet, the axis says so.
    const shown = this.watched.run === null ? "axis" : view;
    this.middle.update(shown, { store, state }, now, { store: beside, state: other.state });
    if (shown !== "axis") return;
    const extents = commonExtents(store.extents, beside.extents);
    const { framing } = lesson.variants.find(({ name }) => name === this.variant) ?? lesson;
    this.axis.update(state, { extents, contents: store.contents }, growing, framing);
  }

  #emptyKey() {
    if (this.watched.run === null) return "ui.side_not_run";
    return this.watched.running ? "ui.no_connection_yet" : "ui.side_no_connection";
  }

  /** @returns {{text: string, tone: string}} */
  #chip() {
    const { words } = this.page;
    const { run, status, running, store } = this.watched;
    if (run === null) return { text: words.text("ui.not_run"), tone: "quiet" };
    if (status === "lost") return { text: words.text("ui.connection_lost"), tone: "bad" };
    if (status === "unknown") return { text: words.text("ui.connection_unknown"), tone: "bad" };
    if (running) return { text: words.text("ui.running"), tone: "busy" };
    return { text: words.text(store.ended === "finished" ? "ui.run_finished" : "ui.run_stopped"), tone: "quiet" };
  }
}

/**
 * @param {string} at ISO 8601
 * @param {"zh" | "en"} lang
 * @returns {string} the time of day, with the date when it is not today's
 */
function timeText(at, lang) {
  const date = new Date(at);
  const locale = lang === "zh" ? "zh-CN" : "en-GB";
  const time = date.toLocaleTimeString(locale);
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.toLocaleDateString(locale, { month: "short", day: "numeric" })} ${time}`;
}
