/** The stage of a lesson: puts the store, the player, the views and the verbs together. */

import { eventOf, queryOf } from "./address.js";
import { Refusal, startRun, stopRun } from "./api.js";
import { listenToKeys } from "./keys.js";
import { Live, browserWires } from "./live.js";
import { Catalog } from "./messages.js";
import { FoldedClock } from "./model/fold.js";
import { findingFrom, inMode, newPlayer, seek, tick, toEdge, toggle } from "./model/player.js";
import { panels } from "./panels.js";
import { parametersForm } from "./parameters.js";
import { axisView } from "./view/axis.js";
import { diagramView } from "./view/diagram.js";
import { byId } from "./view/dom.js";
import { definePatterns } from "./view/marks.js";
import { programsView } from "./view/programs.js";
import { statusView } from "./view/status.js";
import { timelineView } from "./view/timeline.js";
import { transportView } from "./view/transport.js";
import { Watched } from "./watched.js";

/** @typedef {import("./types.js").PageData} PageData */
/** @typedef {import("./model/player.js").Player} Player */
/** @typedef {import("./model/player.js").Steps} Steps */

/** @type {PageData} */
const page = JSON.parse(byId("page-data", HTMLScriptElement).text);
const words = new Catalog(JSON.parse(byId("messages", HTMLScriptElement).text));

let watched = new Watched(null);
let player = newPlayer();
let listings = page.programs;
let values = page.parameters;
let busy = false;

definePatterns(document.body);
const open = panels(["parameters", "keys", "states"]);
const form = parametersForm(byId("parameters-form", HTMLFormElement), page.lesson.parameters, words);
const programs = programsView({ client: byId("clients", HTMLElement), server: byId("servers", HTMLElement) }, words);
const axis = axisView(byId("streams", HTMLElement), words, ask);
const timeline = timelineView(byId("timeline", HTMLCanvasElement), words, { seek: go, changed: ask });
const diagram = diagramView(words);
const transport = transportView(words);
const status = statusView(words);

/** One commit a frame; between frames changes are only noted. */
let asked = false;
let before = 0;

function ask() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(commit);
}

/** @param {number} frame ms */
function commit(frame) {
  asked = false;
  const { store } = watched;
  player = tick(player, watched.steps, before ? frame - before : 0);
  const state = store.stateAt(player.step);
  const now = watched.timeAt(frame);
  const atEdge = player.step >= store.stepCount - 1 && watched.running;
  programs.update(state, listings, atEdge ? now : state.t);
  axis.update(state, store.extents);
  diagram.update(state);
  timeline.update(store, watched.clock, player);
  transport.update({
    player, steps: watched.steps, caption: state.caption, behind: now - state.t, running: watched.running,
  });
  status.update({
    run: watched.run, running: watched.running, busy, status: watched.status, started: state.seq > 0,
    concluded: state.ended !== null, why: store.ended, streams: Object.keys(state.connections).length,
    capture: state.capture, segments: state.segments, datagrams: state.datagrams, lost: state.lost,
    states: Object.keys(state.tcp).length > 0, segment: state.segment,
  });
  noteAddress();
  // The clocks of blocked calls go on while the run does.
  before = player.playing || watched.running ? frame : 0;
  if (before) ask();
}

let noted = "";

function noteAddress() {
  const event = watched.wanted ?? player.step + 1;
  const query = queryOf({ lang: page.lang, run: watched.run, event, parameters: page.lesson.parameters, values });
  if (query === noted) return;
  noted = query;
  replaceAddress(query);
}

/**
 * The other language shows the same event. Browsers limit how often the address may be replaced, so a fast player
 * writes it a little later.
 *
 * @param {string} query
 */
function replaceAddress(query) {
  const other = new URLSearchParams(query);
  other.set("lang", page.lang === "zh" ? "en" : "zh");
  byId("language", HTMLAnchorElement).href = `?${other}`;
  clearTimeout(writing);
  writing = setTimeout(() => history.replaceState(null, "", `?${query}`), 120);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let writing;

/**
 * @param {string} run
 * @param {number | null} event the one to show; null to play from the start
 */
function watch(run, event) {
  watched.live?.close();
  const next = new Watched(run);
  next.wanted = event;
  watched = next;
  player = { ...newPlayer(), mode: player.mode, speed: player.speed, factor: player.factor, playing: event === null };
  next.live = new Live(run, listener(next), browserWires());
  next.live.start();
  ask();
}

/**
 * @param {Watched} own what is heard belongs to this run, even when another is watched by then
 * @returns {import("./live.js").Listener}
 */
function listener(own) {
  return {
    onEvents: (events) => {
      own.store.append(events);
      own.clock = FoldedClock.of(Array.from({ length: own.store.stepCount }, (_, step) => own.store.stepTime(step)));
      if (own === watched) showWanted(own);
      ask();
    },
    onNow: (now) => {
      own.now = { ns: now, at: performance.now() };
      ask();
    },
    onStatus: (to) => {
      own.status = to;
      if (own === watched && own.over) own.wanted = null;
      ask();
    },
  };
}

/**
 * After a reload: the event the address names, as soon as it is here.
 *
 * @param {Watched} own
 */
function showWanted(own) {
  if (own.wanted === null) return;
  player = seek(player, own.steps, own.wanted - 1);
  if (own.store.stepCount >= own.wanted) own.wanted = null;
}

/** @param {number} step */
function go(step) {
  watched.wanted = null;
  player = seek(player, watched.steps, step);
  ask();
}

/** @param {1 | -1} direction */
function goToFinding(direction) {
  const step = findingFrom(watched.store.findings, player.step, direction);
  if (step !== null) go(step);
}

/** @param {(player: Player, steps: Steps) => Player} change */
function play(change) {
  watched.wanted = null;
  player = change(player, watched.steps);
  ask();
}

async function run() {
  if (busy) return;
  busy = true;
  form.clear();
  ask();
  try {
    const asked = form.values();
    const started = await startRun(page.lesson.id, asked);
    listings = started.programs;
    values = asked;
    watch(started.run, null);
    open.close();
  } catch (error) {
    complain(error);
  }
  busy = false;
  ask();
}

/** @param {unknown} error */
function complain(error) {
  if (!(error instanceof Refusal)) throw error;
  const unreachable = words.text("ui.no_answer");
  const problem = error.problem ?? { key: "", args: {}, field: null, text: { zh: unreachable, en: unreachable } };
  open.open("parameters");
  form.show(problem, page.lang, () => void run());
}

async function stop() {
  if (!watched.run || !watched.running) return;
  await stopRun(watched.run).catch(complain);
}

const verbs = {
  toggle: () => play(toggle),
  next: () => go(player.step + 1),
  previous: () => go(player.step - 1),
  first: () => go(0),
  last: () => play(toEdge),
  nextFinding: () => goToFinding(1),
  previousFinding: () => goToFinding(-1),
  help: () => open.toggle("keys"),
  close: () => open.close(),
};

listenToKeys(verbs);
/** @type {[string, () => void][]} */
const BUTTONS = [
  ["play", verbs.toggle], ["next", verbs.next], ["previous", verbs.previous], ["first", verbs.first],
  ["last", verbs.last], ["run", () => void run()], ["stop", () => void stop()],
];
for (const [id, verb] of BUTTONS) {
  const button = byId(id, HTMLButtonElement);
  button.addEventListener("click", (event) => {
    // A pressed button keeps the focus, and the space bar would press it again instead of play and pause.
    if (event.detail > 0) button.blur();
    if (button.getAttribute("aria-disabled") !== "true") verb();
  });
}
byId("mode", HTMLSelectElement).addEventListener("change", (event) => {
  const mode = /** @type {HTMLSelectElement} */ (event.target).value === "time" ? "time" : "event";
  player = inMode(player, watched.steps, mode);
  ask();
});
byId("speed", HTMLSelectElement).addEventListener("change", (event) => {
  const value = Number(/** @type {HTMLSelectElement} */ (event.target).value);
  player = player.mode === "event" ? { ...player, speed: value } : { ...player, factor: value };
  ask();
});
byId("parameters-form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
byId("defaults", HTMLButtonElement).addEventListener("click", () => form.reset());

form.fill(values);
if (page.run) watch(page.run, eventOf(location.search));
ask();
