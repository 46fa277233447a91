/** The states of TCP as a map (RFC 9293, figure 5), on which each end of a connection leaves its numbered path. */

import { TRANSITIONS } from "../model/tcp.js";
import { byId, html, keyed, set, setText, svg } from "./dom.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/tcp.js").Paths} Paths
 * @typedef {import("../model/tcp.js").Visit} Visit
 * @typedef {import("../types.js").Role} Role
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {typeof TRANSITIONS[number]} Transition
 * @typedef {{x: number, y: number}} Point
 */

/** Columns and rows of the map: an active open above, a passive one below. @type {Record<string, [number, number]>} */
const PLACES = {
  CLOSED: [0, 1], LISTEN: [0, 2], "SYN-SENT": [1, 0], "SYN-RECEIVED": [1, 2], ESTABLISHED: [2, 1],
  "FIN-WAIT-1": [3, 0], "CLOSE-WAIT": [3, 2], "FIN-WAIT-2": [4, 0], CLOSING: [4, 1], "LAST-ACK": [4, 2],
  "TIME-WAIT": [5, 1],
};
const SIZE = { width: 1000, height: 306 };
const BOX = { width: 130, height: 40 };
/** The ways back to CLOSED go around the map. */
const ROUND = { top: 12, bottom: 294, left: 5 };
const ROLES = /** @type {const} */ (["client", "server"]);

/** @param {Catalog} words */
export function diagramView(words) {
  const root = byId("states-drawing", HTMLElement);
  const legend = html("p", { class: "states-legend" });
  const drawing = svg("svg", { class: "states-map", viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img" });
  const [edges, boxes] = [svg("g"), svg("g")];
  drawing.append(edges, boxes);
  root.append(legend, drawing);
  /** @type {unknown} */
  let drawn = null;
  return {
    /** @param {State} state */
    update(state) {
      if (drawn === state.tcp) return;
      drawn = state.tcp;
      const { walked: connection } = state;
      const paths = connection === null ? undefined : state.tcp.get(connection);
      byId("states-none", HTMLElement).hidden = paths !== undefined;
      root.hidden = paths === undefined;
      const known = connection === null ? undefined : state.connections.get(connection);
      if (!paths || !known) return;
      const { client, server, clientAddress, serverAddress } = known;
      updateLegend(legend, words, { client: client ?? clientAddress, server: server ?? serverAddress });
      set(drawing, { "aria-label": pathText(paths), "data-connection": connection });
      updateEdges(edges, words, paths);
      updateBoxes(boxes, paths);
    },
  };
}

/**
 * @param {HTMLElement} legend
 * @param {Catalog} words
 * @param {Record<Role, string>} names
 */
function updateLegend(legend, words, names) {
  const items = [
    ...ROLES.map((role) => ({ key: role, text: names[role] })),
    { key: "measured", text: words.text("ui.state_measured") },
    { key: "derived", text: words.text("ui.state_derived") },
  ];
  keyed(legend, items, ({ key }) => key, () => html("span"), (node, { key, text }) => {
    set(node, { class: `legend-${key}` });
    setText(node, text);
  });
}

/**
 * @param {Paths} paths
 * @returns {string} for who cannot see the map
 */
function pathText(paths) {
  return ROLES.map((role) => `${role}: ${paths[role].map(({ state }) => state).join(" → ")}`).join("; ");
}

/**
 * @param {string} state
 * @returns {Point} the middle of its box
 */
function placeOf(state) {
  const [column, row] = PLACES[state];
  return { x: 80 + column * 168, y: 62 + row * 93 };
}

/**
 * From box to box, leaving and entering at the side that looks there.
 *
 * @param {Transition} transition
 * @returns {{path: string, label: Point}}
 */
function lineOf({ from, to }) {
  const [a, b] = [placeOf(from), placeOf(to)];
  const [w, h] = [BOX.width / 2, BOX.height / 2];
  if (from === "TIME-WAIT") {
    return { path: `M${a.x} ${a.y - h}V${ROUND.top}H${b.x}V${b.y - h}`, label: { x: a.x - 60, y: ROUND.top } };
  }
  if (from === "LAST-ACK") {
    const path = `M${a.x} ${a.y + h}V${ROUND.bottom}H${ROUND.left}V${b.y}H${b.x - w}`;
    return { path, label: { x: a.x - 260, y: ROUND.bottom } };
  }
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  if (a.x === b.x) return { path: `M${a.x} ${a.y + h}V${b.y - h}`, label: middle };
  if (a.y === b.y) {
    // Above the badges of the boxes.
    const beside = a.y < 150 ? -h - 19 : h + 9;
    return { path: `M${a.x + w} ${a.y}H${b.x - w}`, label: { x: middle.x, y: a.y + beside } };
  }
  const down = Math.sign(b.y - a.y);
  const steep = from === "FIN-WAIT-2";
  const start = steep ? { x: a.x + w, y: a.y } : { x: a.x + w * 0.6, y: a.y + down * h };
  const end = steep ? { x: b.x - w * 0.4, y: b.y - h } : { x: b.x - w * 0.6, y: b.y - down * h };
  return {
    path: `M${start.x} ${start.y}L${end.x} ${end.y}`, label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
  };
}

/** All but the one that would cross the middle of the map. */
const DRAWN = TRANSITIONS.filter(({ from, to }) => !(from === "SYN-RECEIVED" && to === "FIN-WAIT-1"));

/**
 * @param {SVGGElement} layer
 * @param {Catalog} words
 * @param {Paths} paths
 */
function updateEdges(layer, words, paths) {
  const walked = new Set(ROLES.flatMap((role) => stepsOf(paths[role])));
  keyed(layer, DRAWN, keyOf, () => svg("g", {}, svg("path"), svg("path"), svg("text")), (node, transition) => {
    const [line, head, label] = node.children;
    const { path, label: at } = lineOf(transition);
    set(node, { class: walked.has(keyOf(transition)) ? "edge is-walked" : "edge" });
    set(line, { d: path });
    set(head, { d: headOf(path) });
    set(label, { x: at.x, y: at.y + 5, "text-anchor": "middle" });
    setText(label, edgeText(words, transition));
  });
}

/** @param {{from: string, to: string}} edge */
function keyOf({ from, to }) {
  return `${from} ${to}`;
}

/** @param {Visit[]} path */
function stepsOf(path) {
  return path.slice(1).map(({ state }, i) => keyOf({ from: path[i].state, to: state }));
}

/**
 * @param {string} path of lines
 * @returns {string} the arrow head at its end
 */
function headOf(path) {
  /** @type {Point[]} */
  const points = [];
  for (const [, command, x, y] of path.matchAll(/([MLHV])([\d.-]+)(?: ([\d.-]+))?/g)) {
    const before = points.at(-1) ?? { x: 0, y: 0 };
    if (command === "H") points.push({ x: Number(x), y: before.y });
    else if (command === "V") points.push({ x: before.x, y: Number(x) });
    else points.push({ x: Number(x), y: Number(y) });
  }
  const [before, end] = points.slice(-2);
  const angle = Math.atan2(end.y - before.y, end.x - before.x);
  const corners = [2.7, -2.7].map((turn) => {
    return `L${end.x + 11 * Math.cos(angle + turn)} ${end.y + 11 * Math.sin(angle + turn)}`;
  });
  return `M${end.x} ${end.y}${corners.join("")}Z`;
}

/**
 * @param {Catalog} words
 * @param {Transition} transition
 * @returns {string}
 */
function edgeText(words, { from, sent, received }) {
  if (sent) return words.text("ui.tcp_sends", { flag: sent });
  if (received) return words.text("ui.tcp_receives", { flag: received.replace(" of FIN", "") });
  return from === "TIME-WAIT" ? words.text("ui.tcp_time_over") : "listen()";
}

/**
 * @param {SVGGElement} layer
 * @param {Paths} paths
 */
function updateBoxes(layer, paths) {
  const create = () => svg("g", {}, svg("rect"), svg("text"), svg("g"));
  keyed(layer, Object.keys(PLACES), (state) => state, create, (node, state) => {
    const [box, name, badges] = node.children;
    const { x, y } = placeOf(state);
    const visits = visitsOf(paths, state);
    const here = ROLES.some((role) => paths[role].at(-1)?.state === state);
    set(node, {
      class: `tcp-state${visits.length ? " is-seen" : ""}${here ? " is-now" : ""}`, "data-tcp-state": state,
      transform: `translate(${x} ${y})`,
    });
    for (const role of ROLES) {
      const visit = visits.find((item) => item.role === role);
      set(node, { [`data-${role}`]: visit?.number, [`data-${role}-evidence`]: visit?.evidence });
    }
    set(box, { x: -BOX.width / 2, y: -BOX.height / 2, width: BOX.width, height: BOX.height, rx: 8 });
    set(name, { y: 6, "text-anchor": "middle" });
    setText(name, state);
    updateBadges(badges, visits);
  });
}

/** @typedef {Visit & {role: Role, number: number}} Numbered */

/**
 * @param {Paths} paths
 * @param {string} state
 * @returns {Numbered[]} when each end was there, the last time
 */
function visitsOf(paths, state) {
  return ROLES.flatMap((role) => {
    const i = paths[role].findLastIndex((visit) => visit.state === state);
    return i < 0 ? [] : [{ ...paths[role][i], role, number: i + 1 }];
  });
}

/**
 * Round for the client, square for the server.
 *
 * @param {Element} group
 * @param {Numbered[]} visits
 */
function updateBadges(group, visits) {
  keyed(group, visits, ({ role }) => role, () => svg("g", {}, svg("rect"), svg("text")), (node, visit) => {
    const [shape, number] = node.children;
    const x = (visit.role === "client" ? -1 : 1) * (BOX.width / 2 - 12);
    set(node, { class: `badge ${visit.role} ${visit.evidence}`, transform: `translate(${x} ${-BOX.height / 2})` });
    set(shape, { x: -11, y: -11, width: 22, height: 22, rx: visit.role === "client" ? 11 : 3 });
    set(number, { y: 5, "text-anchor": "middle" });
    setText(number, String(visit.number));
  });
}
