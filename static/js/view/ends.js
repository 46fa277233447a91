/** Before the first connection: the programs and the sockets they have so far, as the calls tell, with nothing between. */

import { factsOf } from "../model/sockets.js";
import { html, keyed, set, setText } from "./dom.js";
import { SOCKET_STATES, chip } from "./words.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/state.js").Process} Process
 * @typedef {import("../model/state.js").Socket} Socket
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/** More processes and sockets than these are not drawn: nobody could read them. */
const MOST = 4;

/**
 * @param {HTMLElement} root two lists, the clients' and the servers', and the words between them
 * @param {Catalog} words
 */
export function endsView(root, words) {
  const [clients, , servers] = /** @type {HTMLElement[]} */ ([...root.children]);
  return {
    /**
     * @param {State} state
     * @param {number} now ns since the run began
     */
    update(state, now) {
      if (root.hidden) return;
      const all = Object.values(state.processes);
      for (const [list, role] of /** @type {const} */ ([[clients, "client"], [servers, "server"]])) {
        const some = all.filter((process) => process.role === role).slice(0, MOST);
        keyed(list, some, ({ name }) => name, newEnd, (node, process) => updateEnd(node, words, state, process, now));
      }
    },
  };
}

/** @returns {HTMLLIElement} */
function newEnd() {
  return html("li", {}, html("p", {}, html("b"), html("span", { class: "chip" })), html("ul"), html("p"));
}

/**
 * @param {HTMLLIElement} node
 * @param {Catalog} words
 * @param {State} state
 * @param {Process} process
 * @param {number} now
 */
function updateEnd(node, words, state, process, now) {
  const [head, list, none] = node.children;
  const { text, tone } = chip(words, process, now);
  const sockets = [...process.sockets.values()].filter((socket) => socket.state !== "closed").slice(-MOST);
  set(node, { "data-end": process.name });
  setText(head.children[0], process.name);
  setText(head.children[1], text);
  set(head.children[1], { "data-tone": tone });
  setText(none, sockets.length ? "" : words.text("ui.no_socket"));
  const create = () => html("li", {}, html("span"), html("b"), html("span"), html("span"));
  keyed(list, sockets, ({ socket }) => socket, create, (item, socket) => updateSocket(item, words, state, socket));
}

/**
 * @param {HTMLLIElement} item
 * @param {Catalog} words
 * @param {State} state
 * @param {Socket} socket
 */
function updateSocket(item, words, state, socket) {
  const [fd, local, name, queue] = item.children;
  const { backlog } = factsOf(state, socket);
  set(item, { "data-state": socket.state });
  setText(fd, `fd ${socket.fd}`);
  setText(local, socket.local ?? "");
  setText(name, words.text(SOCKET_STATES[socket.state]));
  setText(queue, backlog?.[1] ? words.text("ui.backlog", { now: backlog[0], most: backlog[1] }) : "");
}
