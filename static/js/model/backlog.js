/**
 * Connections that no accept has returned yet, by the port of their server: what follows, between two looks at the
 * kernel's tables, from the segments and the calls.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {{open: Shared<string, readonly number[]>, accepted: Shared<number, boolean>}} Backlogs
 */

import { Shared } from "./shared.js";

/** @returns {Backlogs} */
export function noBacklogs() {
  return { open: new Shared(), accepted: new Shared() };
}

/** The states of a connection that waits for accept: its peer may have closed it already. */
const WAITING = new Set(["ESTABLISHED", "CLOSE-WAIT"]);

/**
 * @param {State} state
 * @param {string} local address of the listener
 * @returns {number | null} how many wait for accept; null when the segments do not tell
 */
export function waitingFor({ backlogs, tcp, capture }, local) {
  const open = backlogs.open.get(portOf(local));
  if (capture.kind !== "measured" || !open) return null;
  return open.filter((id) => WAITING.has(tcp.get(id)?.server.at(-1)?.state ?? "")).length;
}

/**
 * @param {Backlogs} backlogs
 * @param {import("../types.js").ConnectionChanged} event
 * @returns {Backlogs}
 */
export function withConnection(backlogs, { connection, server_address: address, datagrams }) {
  const before = backlogs.open.get(portOf(address)) ?? [];
  if (datagrams || backlogs.accepted.has(connection) || before.includes(connection)) return backlogs;
  return { ...backlogs, open: backlogs.open.with(portOf(address), [...before, connection]) };
}

/**
 * A socket at the server's end is what accept has returned.
 *
 * @param {Backlogs} backlogs
 * @param {import("../types.js").SocketChanged} event
 * @param {import("./state.js").Connection | undefined} known  the connection of the socket, as far as it is
 * @returns {Backlogs}
 */
export function withSocket(backlogs, { connection = null, local = null }, known) {
  if (connection === null || local === null || known?.clientAddress === local) return backlogs;
  if (backlogs.accepted.has(connection)) return backlogs;
  const open = backlogs.open.get(portOf(local)) ?? [];
  const others = open.filter((id) => id !== connection);
  return { open: backlogs.open.with(portOf(local), others), accepted: backlogs.accepted.with(connection, true) };
}

/** @param {string} address */
function portOf(address) {
  return address.slice(address.lastIndexOf(":") + 1);
}
