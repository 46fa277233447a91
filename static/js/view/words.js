/** The words for what a program is doing, as the panels, the axis and the timeline say it. */

/**
 * @typedef {import("../messages.js").Catalog} Catalog
 * @typedef {import("../model/state.js").Process} Process
 */

/** @type {Record<string, string>} */
const SPOKEN = { epoll_wait: "epoll.poll", epoll_create: "epoll" };

/**
 * A call's name as the program has it, as `SPOKEN` in engine/understand/wait_captions.py.
 *
 * @param {string} op
 * @returns {string}
 */
export function spoken(op) {
  return SPOKEN[op] ?? op.replace(/^(e?poll)_/, "$1.");
}

/**
 * A call as a reader would write it. What a send was given is content, and stands on the axis: here its length.
 *
 * @param {{op: string, args: string, number: number, asked?: number | null}} call
 * @returns {string}
 */
export function callText(call) {
  const { asked = null } = call;
  const op = spoken(call.op);
  // A send that is held has no number yet.
  if (!call.number && (call.args || asked === null)) return `${op}(${call.args})`;
  return asked === null ? op : `${op}(${asked} B)`;
}

/**
 * @typedef {{text: string, tone: "quiet" | "busy" | "blocked" | "held" | "good" | "bad"}} Chip
 *
 * @param {Catalog} words
 * @param {Process | undefined} process
 * @param {number} now ns since the run began
 * @returns {Chip}
 */
export function chip(words, process, now) {
  if (!process || !process.pid) return { text: words.text("ui.not_started"), tone: "quiet" };
  if (process.exited) return exitChip(words, process.exited);
  if (process.slowed) return { text: words.text("ui.slowed"), tone: "blocked" };
  const held = Object.values(process.held).at(-1);
  if (held) return { text: words.text("ui.about_to", { call: callText(held) }), tone: "held" };
  const call = Object.values(process.calls).at(-1);
  if (call?.blocked) {
    return {
      text: words.text("ui.blocked_in", { call: callText(call), for_ns: Math.max(0, now - call.since) }),
      tone: "blocked",
    };
  }
  if (call) return { text: words.text("ui.in_call", { call: callText(call) }), tone: "busy" };
  if (process.line !== null) return { text: words.text("ui.at_line", { line: process.line }), tone: "busy" };
  return { text: words.text("ui.running"), tone: "busy" };
}

/**
 * @param {Catalog} words
 * @param {import("../model/state.js").Exit} exited
 * @returns {Chip}
 */
function exitChip(words, { code, signal }) {
  if (signal !== null) return { text: words.text("ui.ended_by", { signal }), tone: "quiet" };
  return { text: words.text("ui.exited", { code: code ?? 0 }), tone: code ? "bad" : "good" };
}

/**
 * What an exit means: the last line of its traceback, or what its signal says, unless a viewer has sent that.
 *
 * @param {Catalog} words
 * @param {import("../model/state.js").Exit | null} exited
 * @returns {string} empty when there is no more to say than the chip does
 */
export function exitText(words, exited) {
  if (!exited) return "";
  const { error, line, signal, stopped } = exited;
  if (error) return line === null ? error : words.text("ui.error_at_line", { error, line });
  const key = `ui.signal_${signal}`;
  return signal !== null && !stopped && key in words.messages ? words.text(key) : "";
}

/** @type {Record<import("../types.js").SocketState, string>} */
export const SOCKET_STATES = {
  open: "ui.socket_open",
  bound: "ui.socket_bound",
  listening: "ui.socket_listening",
  connecting: "ui.socket_connecting",
  connected: "ui.socket_connected",
  closed: "ui.socket_closed",
};
