/** The bar at the bottom: the controls, the large sentence, and where in the recording the viewer stands. */

import { FACTORS, SPEEDS, edge } from "../model/player.js";
import { byId, html, set, setText } from "./dom.js";

/**
 * @typedef {import("../model/player.js").Player} Player
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../types.js").Caption} Caption
 * @typedef {{player: Player, steps: import("../model/player.js").Steps, behind: number,
 *   running: boolean, lost: boolean}} TransportState  `behind` in ns; `lost` while the dashboard is out of reach
 */

/**
 * @param {HTMLElement} node
 * @param {Catalog} words
 * @returns {{update: (caption: Caption | null) => void}}
 */
export function sentenceView(node, words) {
  /** @type {Caption | null | undefined} */
  let said;
  return {
    update(caption) {
      if (said !== caption) say(node, words, caption);
      said = caption;
    },
  };
}

/** @param {Catalog} words */
export function transportView(words) {
  const position = byId("position", HTMLElement);
  const play = byId("play", HTMLButtonElement);
  const speed = byId("speed", HTMLSelectElement);
  const mode = byId("mode", HTMLSelectElement);
  /** @type {import("../model/player.js").Mode | null} */
  let drawn = null;
  return {
    /** @param {TransportState} state */
    update(state) {
      if (drawn !== state.player.mode) fillSpeeds(speed, words, state.player);
      drawn = state.player.mode;
      const pace = String(state.player.mode === "event" ? state.player.speed : state.player.factor);
      if (speed.value !== pace) speed.value = pace;
      const { playing } = state.player;
      set(play, { "data-playing": playing, "aria-label": words.text(playing ? "ui.pause" : "ui.play") });
      if (mode.value !== state.player.mode) mode.value = state.player.mode;
      updateButtons(words, state);
      updatePosition(position, words, state);
    },
  };
}

/**
 * @param {HTMLElement} sentence
 * @param {Catalog} words
 * @param {Caption | null} caption
 */
function say(sentence, words, caption) {
  const pieces = caption ? words.pieces(caption.key, caption.args, caption.parts) : words.pieces("ui.press_run");
  sentence.replaceChildren(...pieces.map(({ text, emphasised }) => (emphasised ? html("em", {}, text) : text)));
}

/**
 * @param {HTMLSelectElement} speed
 * @param {Catalog} words
 * @param {Player} player
 */
function fillSpeeds(speed, words, player) {
  const byEvent = player.mode === "event";
  const real = words.text("ui.real_time");
  const options = byEvent
    ? SPEEDS.map((value) => html("option", { value }, `${value}×`))
    : FACTORS.map((value) => html("option", { value }, value === 1 ? real : `1/${Math.round(1 / value)}`));
  speed.replaceChildren(...options);
}

/**
 * A button that can do nothing says why.
 *
 * @param {Catalog} words
 * @param {TransportState} state
 */
function updateButtons(words, { player, steps }) {
  const none = steps.count === 0 ? "ui.why_no_events" : null;
  const start = none ?? (player.step <= 0 ? "ui.why_at_start" : null);
  const end = none ?? (player.step >= steps.count - 1 ? "ui.why_at_end" : null);
  disable("first", words, start);
  disable("previous", words, start);
  disable("play", words, none);
  disable("next", words, end);
  disable("last", words, none ?? (steps.closed ? end : null));
}

/**
 * @param {string} id
 * @param {Catalog} words
 * @param {string | null} why key of the reason; null when the button works
 * @returns {void}
 */
export function disable(id, words, why) {
  const button = byId(id, HTMLButtonElement);
  const reason = byId(`${id}-why`, HTMLElement);
  // aria-disabled keeps the focus where it is when the end is reached.
  set(button, { "aria-disabled": why ? "true" : null, "aria-describedby": why ? reason.id : null });
  const text = why ? words.text(why) : "";
  setText(reason, text);
  set(button, { title: text || button.dataset.title || null });
}

/**
 * @param {HTMLElement} position
 * @param {Catalog} words
 * @param {TransportState} state
 */
function updatePosition(position, words, { player, steps, behind, running, lost }) {
  const where = lost ? "lost" : edge(player, steps);
  set(position, {
    "data-event": player.step + 1, "data-events": steps.count, "data-edge": where,
    "data-closed": steps.closed ? "true" : null,
  });
  const [count, place] = position.children;
  setText(count, steps.count ? words.text("ui.position", { event: player.step + 1, events: steps.count }) : "");
  const left = steps.count - 1 - player.step;
  setText(place, placeText(words, { where, running, left, behind, any: steps.count > 0 }));
}

/**
 * @param {Catalog} words
 * @param {{where: "live" | "behind" | "paused" | "lost", running: boolean, left: number, behind: number, any: boolean}} at
 * @returns {string}
 */
function placeText(words, { where, running, left, behind, any }) {
  if (!any) return "";
  if (where === "lost") return words.text("ui.connection_lost");
  if (where === "live") return words.text("ui.edge_live");
  if (running && left > 0) return words.text("ui.edge_behind", { n: left, behind_ns: behind });
  if (where === "behind") return words.text("ui.edge_playing");
  return words.text(left === 0 && !running ? "ui.edge_over" : "ui.edge_paused");
}
