/** The sockets of a program: addresses, state, queues as gauges, and the kernel's figures on demand. */

import { duration } from "../messages.js";
import { factsOf } from "../model/sockets.js";
import { html, keyed, set, setText } from "./dom.js";
import { SOCKET_STATES } from "./words.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/state.js").Socket} Socket
 * @typedef {import("../model/sockets.js").Gauge} Gauge
 * @typedef {import("../model/sockets.js").Facts} Facts
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/**
 * @param {HTMLElement} list
 * @param {Catalog} words
 * @param {State} state
 * @param {import("../model/state.js").Process | undefined} process
 * @returns {void}
 */
export function updateSockets(list, words, state, process) {
  const sockets = process ? shownSockets(process) : [];
  const more = (process?.sockets.size ?? 0) - sockets.length;
  set(list, { "data-more": more > 0 ? words.text("ui.more_sockets", { n: more }) : null });
  keyed(list, sockets, (socket) => socket.socket, () => newSocket(words), (node, socket) => {
    const facts = factsOf(state, socket);
    const [line, gauges, figures] = /** @type {HTMLElement[]} */ ([...node.children]);
    set(node, { "data-state": socket.state, "data-socket": socket.socket });
    updateLine(line, words, socket, facts);
    updateGauges(gauges, words, facts.gauges);
    updateFigures(figures, words, facts.figures);
    set(/** @type {HTMLElement} */ (line.lastElementChild), { hidden: facts.figures.length === 0 });
    if (facts.figures.length === 0) figures.hidden = true;
  });
}

/**
 * @param {import("../model/state.js").Process} process
 * @returns {Socket[]} those its last calls were about, in the order of their making
 */
function shownSockets({ recent, sockets }) {
  return [...recent].sort((a, b) => a - b).flatMap((id) => sockets.get(id) ?? []);
}

/**
 * @param {Catalog} words
 * @returns {HTMLLIElement}
 */
function newSocket(words) {
  const name = words.text("ui.figures");
  const more = html(
    "button", { type: "button", class: "more", "aria-expanded": "false", "aria-label": name, title: name }, "⋯",
  );
  const figures = html("dl", { class: "figures", hidden: true });
  more.addEventListener("click", () => {
    figures.hidden = !figures.hidden;
    set(more, { "aria-expanded": String(!figures.hidden) });
  });
  const line = html(
    "p", {}, html("span", { class: "fd" }), html("b"), html("span", { class: "peer" }),
    html("span", { class: "state" }), html("span", { class: "backlog" }), html("span", { class: "drops" }), more,
  );
  return html("li", {}, line, html("div", { class: "gauges" }), figures);
}

/**
 * @param {HTMLElement} line
 * @param {Catalog} words
 * @param {Socket} socket
 * @param {Facts} facts
 */
function updateLine(line, words, socket, { state, evidence, backlog, drops }) {
  const [fd, local, peer, name, queue, dropped] = line.children;
  setText(fd, `fd ${socket.fd}`);
  setText(local, socket.local ?? "");
  setText(peer, socket.remote ? `↔ ${shortened(socket.remote, socket.local)}` : "");
  setText(name, state ?? words.text(SOCKET_STATES[socket.state]));
  set(name, {
    "data-tcp": state, "data-evidence": state === null ? null : evidence,
    title: state === null ? null : words.text(evidence === "measured" ? "ui.state_measured" : "ui.state_derived"),
  });
  setText(queue, backlog?.[1] ? words.text("ui.backlog", { now: backlog[0], most: backlog[1] }) : "");
  set(queue, { title: backlog ? words.text("ui.backlog_title") : null });
  setText(dropped, drops > 0 ? words.text("ui.drops", { n: drops }) : "");
}

/** @type {Record<Gauge["kind"], {label: string, title: string}>} */
const GAUGES = {
  send: { label: "ui.gauge_send", title: "ui.gauge_send_title" },
  receive: { label: "ui.gauge_receive", title: "ui.gauge_receive_title" },
  memory: { label: "ui.gauge_memory", title: "ui.gauge_memory_title" },
};

/**
 * @param {HTMLElement} root
 * @param {Catalog} words
 * @param {Gauge[]} gauges
 */
function updateGauges(root, words, gauges) {
  const create = () => html("div", { class: "gauge" }, html("span"), html("i", {}, html("i"), html("i")));
  keyed(root, gauges, (gauge) => gauge.kind, create, (node, { kind, bytes, memory, buffer, evidence }) => {
    const [label, bar] = /** @type {HTMLElement[]} */ ([...node.children]);
    const [charged, queued] = /** @type {HTMLElement[]} */ ([...bar.children]);
    set(node, {
      "data-kind": kind, "data-bytes": bytes, "data-evidence": evidence,
      title: buffer === null ? null : words.text(GAUGES[kind].title, { memory: memory ?? 0, buffer }),
    });
    const most = buffer === null ? "" : ` / ${size(buffer)}`;
    setText(label, words.text(GAUGES[kind].label, { bytes: kind === "memory" ? bytes : `${bytes} B` }) + most);
    bar.hidden = buffer === null;
    charged.style.width = share(memory ?? 0, buffer);
    queued.style.width = kind === "memory" ? "0" : share(bytes, buffer);
  });
}

/**
 * @param {number} part
 * @param {number | null} whole
 * @returns {string} of the gauge's width; what is not nothing can be seen
 */
function share(part, whole) {
  if (!part || !whole) return "0";
  return `max(.25rem, ${Math.min(100, (part / whole) * 100)}%)`;
}

/**
 * @param {number} bytes
 * @returns {string}
 */
function size(bytes) {
  if (bytes >= 1 << 20) return `${Math.round((bytes * 10) / (1 << 20)) / 10} MiB`;
  return bytes >= 1 << 13 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} B`;
}

/**
 * @param {HTMLElement} root
 * @param {Catalog} words
 * @param {Facts["figures"]} figures
 */
function updateFigures(root, words, figures) {
  const create = () => html("div", {}, html("dt"), html("dd"));
  keyed(root, figures, ([name]) => name, create, (node, [name, value]) => {
    const [term, said] = node.children;
    setText(term, words.text(`ui.figure_${name}`));
    setText(said, name === "rtt" ? duration(value) : String(value));
  });
}

/**
 * An address on the same host is its port.
 *
 * @param {string} address
 * @param {string | null} other
 * @returns {string}
 */
function shortened(address, other) {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host && other?.startsWith(`${host}:`) ? address.slice(host.length) : address;
}
