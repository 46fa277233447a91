/** The stage of a lesson: puts the store, the player, the views and the verbs together. */

import { compareQueryOf, eventOf, heldOf, namesRun, queryOf } from "./address.js";
import { addressBar } from "./addressbar.js";
import { Refusal, readPrograms, readRun, startRun, stopRun } from "./api.js";
import { listenToButtons } from "./buttons.js";
import { controlOf } from "./control.js";
import { framingPicker } from "./framing_picker.js";
import { listenToKeys } from "./keys.js";
import { Catalog } from "./messages.js";
import { middleView, viewNamed, viewSwitch } from "./middle.js";
import { aimed, holdsOf } from "./model/hold.js";
import { framingNamed } from "./model/framing_name.js";
import { findingFrom, inMode, newPlayer, seek, tick, toEdge, toggle } from "./model/player.js";
import { pacer } from "./pace.js";
import { panels } from "./panels.js";
import { parametersForm } from "./parameters.js";
import { blankScreen, projector as projectorMode } from "./projector.js";
import { repeatPanel } from "./repeat.js";
import { structPanel } from "./struct_table.js";
import { variantSwitch } from "./variants.js";
import { axisView } from "./view/axis.js";
import { diagramView } from "./view/diagram.js";
import { byId, set } from "./view/dom.js";
import { endsView } from "./view/ends.js";
import { definePatterns } from "./view/marks.js";
import { predictionView } from "./view/prediction.js";
import { programsView } from "./view/programs.js";
import { statusView } from "./view/status.js";
import { stripView } from "./view/strip.js";
import { timelineView } from "./view/timeline.js";
import { sentenceView, transportView } from "./view/transport.js";
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
let { variant } = page;
let busy = false;

definePatterns(document.body);
const { notes, remember, tools } = page.lesson;
const open = panels(["parameters", "repeat", "keys", "states", ...tools, ...(notes ? ["notes"] : []), ...(remember.length ? ["remember"] : [])]);
const form = parametersForm(byId("parameters-form", HTMLFormElement), page.lesson.parameters, words);
const startHeld = byId("start-held", HTMLInputElement);
const control = controlOf({
  run: () => (watched.running ? watched.run : null),
  toEdge: () => play(toEdge),
  added: (program, process) => programs.choose(program, process),
  complain: (whom, error) => {
    if (whom !== null) programs.complain(whom, error ? inWords(error.problem) : "");
    else if (error) complain(error);
  },
});
const sides = { client: byId("clients", HTMLElement), server: byId("servers", HTMLElement) };
const programs = programsView(sides, page.lesson.programs, words, control, ask);
const axis = axisView(
  { streams: byId("streams", HTMLElement), more: byId("more-connections", HTMLElement) }, words, ask,
);
const views = viewSwitch(
  words, { usual: page.lesson.view, wanted: viewNamed(new URLSearchParams(location.search).get("view")) }, ask,
);
const middle = middleView(words, { seek: go, changed: ask });
const picker = framingPicker(
  words, framingOf(variant), framingNamed(new URLSearchParams(location.search).get("framing")), ask,
);
const line = byId("timeline", HTMLCanvasElement);
const timeline = timelineView(line, words, { seek: go, changed: ask });
const diagram = diagramView(words);
const ends = endsView(byId("no-connection", HTMLElement), words);
const transport = transportView(words);
const sentence = sentenceView(byId("sentence", HTMLElement), words);
const status = statusView(words);
const strip = stripView(byId("strip", HTMLElement), words);
const projector = projectorMode(words, ask);
const blank = blankScreen();
const noteQuery = addressBar(page.lang);
const prediction = predictionView(words, page.lesson, sessionStorage);

/** One commit a frame; between frames changes are only noted. */
let asked = false;
/** Whether something has changed since the state that is being drawn: that may take several frames. */
let stale = false;
let before = 0;
const pace = pacer();

function ask() {
  stale = true;
  nextFrame();
}

function nextFrame() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(commit);
}

/** @param {number} frame ms */
function commit(frame) {
  asked = false;
  const more = pace.draw(frame, () => {
    stale = false;
    player = tick(player, watched.steps, before ? frame - before : 0);
    // The clocks of blocked calls go on while the run does.
    before = player.playing || watched.running ? frame : 0;
    return partsOf(frame);
  });
  if (more || stale || before) nextFrame();
}

/**
 * @param {number} frame ms
 * @returns {import("./pace.js").Part[]} what shows the present state
 */
function partsOf(frame) {
  const { store } = watched;
  const state = store.stateAt(player.step);
  const now = watched.timeAt(frame);
  const atEdge = player.step >= store.stepCount - 1 && watched.running;
  const shown = { store, state, player, now, at: atEdge ? now : state.t };
  return [() => drawMiddle(shown), () => drawBelow(shown), () => drawAround(shown)];
}

/**
 * @typedef {{store: import("./model/store.js").Store, state: import("./model/state.js").State, player: Player,
 *   now: number, at: number}} Moment `now` in the run, and the time that is shown, in ns
 *
 * @param {Moment} moment
 */
function drawMiddle({ store, state, at }) {
  views.update([store]);
  middle.update(views.shown, { store, state }, at);
  if (views.shown === "axis") axis.update(state, store, store.ended === null, picker.framing, projector.on);
  diagram.update(state);
}

/** @param {Moment} moment */
function drawBelow({ store, state, player: drawn, at }) {
  // What measures the page comes first, before anything is written: in between it would be laid out twice.
  if (projector.on) strip.update(state, listings, at);
  if (!projector.on || "projected" in line.dataset) timeline.update(store, watched.clock, drawn);
  prediction.update(state.answer, state.ended !== null, values);
  sentence.update(state.caption);
}

/** @param {Moment} moment */
function drawAround({ store, state, player: drawn, now, at }) {
  status.update({
    run: watched.run, running: watched.running, busy, status: watched.status, started: state.seq > 0,
    concluded: state.ended !== null, why: store.ended, streams: state.connections.size,
    capture: state.capture, segments: state.segments, datagrams: state.datagrams, lost: state.lost,
    states: state.tcp.size > 0, segment: state.segment, ...holdsOf(watched.running ? store.newest : null),
  });
  ends.update(state, at);
  programs.update({ state, live: watched.running ? store.newest : null, listings, now: at });
  noteAddress();
  // The position comes last: the event that it names is all on the page.
  const { steps, running, lostAt } = watched;
  transport.update({ player: drawn, steps, behind: now - state.t, running, lost: lostAt !== null });
}

function noteAddress() {
  const event = watched.wanted ?? player.step + 1;
  const { parameters, variants } = page.lesson;
  noteQuery(queryOf({
    lang: page.lang, run: watched.run, event, parameters, values,
    variant: variant === variants[0]?.name ? "" : variant, held: startHeld.checked, view: views.chosen,
    framing: picker.chosen, projector: projector.on,
  }));
  const left = { run: watched.run, variant, values };
  const query = compareQueryOf(page.lesson, { lang: page.lang, left });
  set(byId("compare", HTMLAnchorElement), { href: `/lessons/${encodeURIComponent(page.lesson.id)}/compare?${query}` });
}

/**
 * @param {string} run
 * @param {number | null} event the one to show; null to play from the start
 */
function watch(run, event) {
  watched.close();
  programs.calm();
  const next = new Watched(run);
  next.wanted = event;
  watched = next;
  player = { ...newPlayer(), mode: player.mode, speed: player.speed, factor: player.factor, playing: event === null };
  // What is heard belongs to this run, even when another is watched by then.
  next.follow(() => {
    if (next === watched) showWanted(next);
    ask();
  });
  ask();
}

/** Shows no run: what would run has changed. */
function unwatch() {
  watched.close();
  watched = new Watched(null);
  player = newPlayer();
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

/** @param {(process: import("./model/state.js").Process) => void} act on the one the keys mean */
function withAimed(act) {
  const process = watched.running ? aimed(watched.store.newest, programs.focused) : null;
  if (process) act(process);
}

/** @returns {import("./api.js").Plan} */
function plan() {
  return { lesson: page.lesson.id, parameters: form.values(), variant };
}

/**
 * @param {string} name of a variant
 * @returns {import("./types.js").Framing | null} how its messages are delimited, or those of the lesson
 */
function framingOf(name) {
  const { variants, framing } = page.lesson;
  return (variants.find((it) => it.name === name) ?? { framing }).framing;
}

/** @param {string} to */
async function changeVariant(to) {
  variant = to;
  ask();
  if (watched.running) return;
  const { parameters } = page.lesson;
  const query = queryOf({ lang: page.lang, run: null, event: 0, parameters, values, variant, held: false });
  const read = await readPrograms(page.lesson.id, query).catch(complain);
  if (!read || watched.running || variant !== to) return;
  unwatch();
  picker.setUsual(framingOf(variant));
  listings = read.programs;
  ask();
}

/** @param {string} id of a run of before */
async function openRun(id) {
  const read = await readRun(id).catch(complain);
  if (!read) return;
  ({ programs: listings, parameters: values, variant } = read);
  form.fill(values);
  variantChoice.show(variant);
  picker.setUsual(framingOf(variant));
  watch(read.run, null);
  open.close();
}

async function run() {
  if (busy) return;
  busy = true;
  form.clear();
  ask();
  try {
    const asked = plan();
    const started = await startRun({ ...asked, held: startHeld.checked });
    listings = started.programs;
    values = asked.parameters;
    picker.setUsual(framingOf(asked.variant));
    watch(started.run, null);
    // Who is to take part must see what is true now.
    // What is measured is drawn as it comes: there are too many calls to look at each.
    const measuring = page.lesson.view === "cost";
    const follow = measuring || startHeld.checked || page.lesson.programs.some(({ input }) => input);
    player = { ...player, follow };
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
  const text = inWords(error.problem);
  const problem = error.problem ?? { key: "", args: {}, field: null, text: { zh: text, en: text } };
  open.open("parameters");
  form.show(problem, page.lang, () => void run());
}

/**
 * @param {import("./types.js").Problem | null} problem null when there was no answer
 * @returns {string}
 */
function inWords(problem) {
  return problem?.text[page.lang] ?? words.text("ui.no_answer");
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
  hold: () => withAimed(({ name, hold }) => void (hold ? control.release(name) : control.hold(name))),
  oneCall: () => withAimed(({ name }) => void control.step(name, null)),
  help: () => open.toggle("keys"),
  projector: () => projector.toggle(),
  black: () => blank("black"),
  white: () => blank("white"),
  close: () => void (open.close() || projector.leave()),
};

listenToKeys(verbs);
listenToButtons({
  play: verbs.toggle, next: verbs.next, previous: verbs.previous, first: verbs.first, last: verbs.last,
  run: () => void run(), stop: () => void stop(),
  project: verbs.projector,
  "hold-all": () => void control.hold(null), "release-all": () => void control.release(null),
});
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

startHeld.checked = heldOf(location.search);
startHeld.addEventListener("change", ask);
const variantChoice = variantSwitch(
  [
    { node: byId("variant-short", HTMLElement), group: "variant-short", noted: false },
    { node: byId("variants", HTMLElement), group: "variant", noted: true },
  ],
  page.lesson.variants, variant,
  (to) => void changeVariant(to),
);
repeatPanel({ words, repeat: page.repeat, plan, open: (id) => void openRun(id), complain: inWords });
if (tools.includes("struct")) structPanel(words, inWords);
form.fill(values);
if (page.run) {
  watch(page.run, eventOf(location.search));
  // Who comes back to a run that is going on sees what is true now.
  player = { ...player, follow: !namesRun(location.search) };
}
if (page.problem) complain(new Refusal(page.problem));
ask();
