/** Two runs of one lesson side by side: puts the halves, the common clock, the views and the verbs together. */

import { compareQueryOf, eventOf } from "./address.js";
import { addressBar } from "./addressbar.js";
import { readKeptRuns } from "./api.js";
import { listenToButtons } from "./buttons.js";
import { Half } from "./half.js";
import { listenToKeys } from "./keys.js";
import { Catalog } from "./messages.js";
import { viewNamed, viewSwitch } from "./middle.js";
import { momentThatShows, pairOf } from "./model/pair.js";
import { findingFrom, inMode, newPlayer, seek, tick, toEdge, toggle } from "./model/player.js";
import { totalsOf } from "./model/totals.js";
import { panels } from "./panels.js";
import { turnsOf } from "./turns.js";
import { typingOf } from "./typing.js";
import { byId, setText } from "./view/dom.js";
import { definePatterns } from "./view/marks.js";
import { timelineView } from "./view/timeline.js";
import { totalsView } from "./view/totals.js";
import { disable, sentenceView, transportView } from "./view/transport.js";

/**
 * @typedef {import("./model/player.js").Player} Player
 * @typedef {import("./model/player.js").Steps} Steps
 * @typedef {import("./model/pair.js").Pair} Pair
 * @typedef {import("./types.js").Lesson} Lesson
 * @typedef {{lesson: Lesson, lang: "zh" | "en", left: import("./half.js").SideData,
 *   right: import("./half.js").SideData}} ComparePage
 */

/** @type {ComparePage} */
const page = JSON.parse(byId("page-data", HTMLScriptElement).text);
const words = new Catalog(JSON.parse(byId("messages", HTMLScriptElement).text));
const query = new URLSearchParams(location.search);

definePatterns(document.body);
const open = panels(["keys"]);
const transport = transportView(words);
const totals = totalsView(words);
const noteQuery = addressBar(page.lang);
const scale = byId("scale", HTMLSelectElement);
const mode = byId("mode", HTMLSelectElement);
const turns = turnsOf(page.lesson.id, words, { changed: ask, started });
const typing = typingOf(page.lesson.programs, query.get("typed"), words, ask);
const views = viewSwitch(words, { usual: page.lesson.view, wanted: viewNamed(query.get("view")) }, ask);
/** @type {import("./half.js").Verbs} */
const verbs = {
  changed: ask, run: (half) => void turns.inTurn([half]), choose, list: () => void list(),
  seek: (half, step) => go(moments().momentOf(half.side === "left" ? 0 : 1, step)),
};
const about = { lesson: page.lesson, words, lang: page.lang };
/** @type {[Half, Half]} */
const halves = [new Half("left", page.left, about, verbs), new Half("right", page.right, about, verbs)];
const timelines = halves.map(({ side }, i) => timelineView(
  byId(`${side}-timeline`, HTMLCanvasElement), words,
  { seek: (step) => go(moments().momentOf(i === 0 ? 0 : 1, step)), changed: ask },
));
const sentences = halves.map(({ side }) => sentenceView(byId(`${side}-sentence`, HTMLElement), words));

/** Of a side on which nothing has happened at the moment that is shown. */
const BEFORE = { key: "ui.side_before" };
/** Of a side that has not run. */
const UNRUN = { key: "ui.press_run_both" };
/** The moment the address names, until both runs are here. */
let wanted = eventOf(location.search);
/** Without one, the end: what there is to compare is seen at once. @type {Player} */
let player = { ...newPlayer(), mode: query.get("mode") === "event" ? "event" : "time" };
if (wanted === null && (page.left.run || page.right.run)) player = { ...player, playing: true, follow: true };
scale.value = query.get("scale") === "even" ? "even" : "folded";

/** While runs grow, putting many steps in order takes longer than a frame has: then it is done a few times a second. */
const MANY = 4000;
const AGAIN_MS = 400;
/** @type {{pair: Pair, figures: import("./model/totals.js").Totals[], of: unknown[], at: number} | null} */
let made = null;

/** @returns {{pair: Pair, figures: import("./model/totals.js").Totals[]}} */
function pairing() {
  const stores = halves.map(({ watched }) => watched.store);
  const counts = stores.map(({ count }) => count);
  const of = [scale.value, ...stores, ...counts];
  const [same, grown] = [4, 3].map((some) => made !== null && of.slice(0, some).every((it, i) => it === made?.of[i]));
  if (made && same && of.every((it, i) => it === made?.of[i])) return made;
  const soon = made !== null && performance.now() < made.at + AGAIN_MS;
  if (made && grown && soon && !closed() && counts[0] + counts[1] > MANY) return made;
  const pair = pairOf([stores[0], stores[1]], scale.value === "folded");
  made = { pair, figures: stores.map((store, i) => totalsOf(store, pair.clocks[i].zero)), of, at: performance.now() };
  return made;
}

function moments() {
  const { pair } = pairing();
  return player.mode === "time" ? pair.byTime : pair.byEvent;
}

function closed() {
  return halves.every((half) => half.closed);
}

/** @returns {Steps} */
function steps() {
  const { count, at } = moments();
  return { count, closed: closed(), at };
}

let asked = false;
let before = 0;
/** Whether all there will be is here: then the pace suits it. */
let settled = false;

function ask() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(commit);
}

/** @param {number} frame ms */
function commit(frame) {
  asked = false;
  const { pair, figures } = pairing();
  const now = steps();
  if (wanted !== null) player = seek(player, now, wanted - 1);
  if (closed()) wanted = null;
  if (closed() && !settled) player = inMode(player, now, player.mode);
  settled = closed();
  player = tick(player, now, before ? frame - before : 0);
  const at = moments().steps(player.step);
  const states = halves.map(({ watched }, i) => watched.store.stateAt(at[i]));
  views.update(halves.map(({ watched }) => watched.store));
  halves.forEach((half, i) => {
    const { watched } = half;
    const own = watched.store;
    const atEdge = watched.running && at[i] >= own.stepCount - 1;
    const shown = { state: states[i], now: atEdge ? watched.timeAt(frame) : states[i].t };
    half.update(shown, { half: halves[1 - i], state: states[1 - i] }, views.shown, !closed());
    sentences[i].update(watched.run === null ? UNRUN : at[i] < 0 ? BEFORE : states[i].caption);
    const clock = pair.clocks[i];
    const cursor = player.mode === "time" ? player.cursor : clock.places.at(Math.max(0, at[i]));
    timelines[i].update(own, clock, { ...player, mode: "time", step: at[i], cursor });
  });
  totals.update(halves.map(({ side, watched }, i) => (
    { side, letter: letterOf(i), totals: watched.run === null || watched.store.count === 0 ? null : figures[i] }
  )));
  const lost = halves.some(({ watched }) => watched.lostAt !== null);
  transport.update({ player, steps: now, behind: 0, running: !closed(), lost });
  turns.endIdle(frame);
  typing.update(turns.now?.side ?? null);
  say(pair);
  noteAddress();
  before = player.playing || !closed() ? frame : 0;
  if (before) ask();
}

/** @param {number} i */
function letterOf(i) {
  return i === 0 ? "A" : "B";
}

/** @param {Pair} pair */
function say(pair) {
  const turn = turns.now;
  disable("run", words, turn ? "ui.why_turn" : null);
  disable("stop", words, closed() ? "ui.why_not_running" : null);
  const letter = turn ? letterOf(halves.indexOf(turn.side)) : "";
  const next = turn?.then ? letterOf(halves.indexOf(turn.then)) : null;
  setText(
    byId("says", HTMLElement),
    turn ? words.text(next ? "ui.turn_then" : "ui.turn", next ? { side: letter, next } : { side: letter }) : "",
  );
  setText(byId("zero", HTMLElement), pair.byTime.count ? words.text(`ui.zero_${pair.from}`) : "");
}

function noteAddress() {
  const atEnd = player.step === steps().count - 1;
  const event = wanted ?? (atEnd || player.follow ? 0 : player.step + 1);
  const [left, right] = halves.map(({ shown }) => shown);
  noteQuery(compareQueryOf(
    page.lesson, { lang: page.lang, left, right },
    {
      event, byEvent: player.mode === "event", even: scale.value === "even", view: views.chosen, typed: typing.chosen,
    },
  ));
}

/** @param {number} moment */
function go(moment) {
  wanted = null;
  player = seek(player, steps(), moment);
  ask();
}

/** @param {(player: Player, steps: Steps) => Player} change */
function play(change) {
  wanted = null;
  player = change(player, steps());
  ask();
}

/** @param {1 | -1} direction */
function goToFinding(direction) {
  const found = halves.flatMap(({ watched }, i) => (
    watched.store.findings.map((step) => moments().momentOf(i === 0 ? 0 : 1, step))
  ));
  const moment = findingFrom(found.sort((a, b) => a - b), player.step, direction);
  if (moment !== null) go(moment);
}

async function list() {
  const runs = await readKeptRuns(page.lesson.id).catch(() => null);
  if (runs) for (const half of halves) half.offer(runs);
  ask();
}

/**
 * @param {Half} half
 * @param {import("./half.js").KeptRun} run
 */
function choose(half, { run, variant, parameters }) {
  void half.watch(run, { variant, values: parameters }, ask);
  play(toEdge);
}

/** What runs now is seen as it comes. */
function started() {
  player = toEdge(player, steps());
  void list();
}

const acts = {
  toggle: () => play(toggle),
  next: () => go(player.step + 1),
  previous: () => go(player.step - 1),
  first: () => go(0),
  last: () => play(toEdge),
  nextFinding: () => goToFinding(1),
  previousFinding: () => goToFinding(-1),
  help: () => open.toggle("keys"),
  close: () => void open.close(),
};

listenToKeys(acts);
listenToButtons({
  play: acts.toggle, next: acts.next, previous: acts.previous, first: acts.first, last: acts.last,
  run: () => void turns.inTurn([...halves]), stop: () => halves.forEach((half) => void turns.stop(half)),
});
mode.addEventListener("change", () => {
  const at = moments().steps(player.step);
  const to = mode.value === "event" ? "event" : "time";
  const { pair } = pairing();
  const order = to === "time" ? pair.byTime : pair.byEvent;
  player = { ...player, mode: to, step: momentThatShows(order, at) };
  settled = false;
  ask();
});
byId("speed", HTMLSelectElement).addEventListener("change", (event) => {
  const value = Number(/** @type {HTMLSelectElement} */ (event.target).value);
  player = player.mode === "event" ? { ...player, speed: value } : { ...player, factor: value };
  ask();
});
scale.addEventListener("change", () => {
  settled = false;
  ask();
});

for (const [i, data] of [page.left, page.right].entries()) {
  if (data.run) void halves[i].watch(data.run, { variant: data.variant, values: data.parameters }, ask);
}
void list();
ask();
