/** What a poller watches, as a table: asked, ready, and what the kernel holds; above it what its last wait said. */

import { cellsOf } from "../model/cells.js";
import { SETS, flagNames } from "../model/masks.js";
import { waitText, watchTable } from "../model/watches.js";
import { byId, html, keyed, set, setText } from "./dom.js";
import { sendClass } from "./marks.js";

/**
 * @typedef {import("../model/state.js").State} State
 * @typedef {import("../model/readiness.js").Poller} Poller
 * @typedef {import("../model/readiness.js").Wait} Wait
 * @typedef {import("../model/watches.js").WatchRow} WatchRow
 * @typedef {import("../messages.js").Catalog} Catalog
 */

/**
 * @param {Catalog} words
 * @param {string} prefix of the ids, where a page has several of these tables
 */
export function readinessView(words, prefix) {
  const head = byId(`${prefix}wait`, HTMLElement);
  const table = byId(`${prefix}watches`, HTMLTableElement);
  const body = table.tBodies[0];
  const more = byId(`${prefix}more-watches`, HTMLElement);
  /** @type {unknown[]} */
  let drawn = [];
  return {
    /**
     * @param {State} state
     * @param {Poller} poller
     * @param {{now: number, store: import("../model/store.js").Store}} at  `now` in ns since the run began
     */
    update(state, poller, { now, store }) {
      updateHead(head, words, poller, now);
      const what = [state, poller, store.count];
      if (what.every((value, i) => value === drawn[i])) return;
      drawn = what;
      const { rows, all } = watchTable(state, poller, store.contents);
      set(table, { "data-poller": poller.poller, "data-kind": poller.kind, "data-all": all });
      keyed(body, rows, ({ fd }) => fd, newRow, (node, row) => updateRow(node, words, row, poller));
      setText(more, all > rows.length ? words.text("ui.more_watches", { n: all - rows.length }) : "");
    },
  };
}

/**
 * @param {HTMLElement} head
 * @param {Catalog} words
 * @param {Poller} poller
 * @param {number} now
 */
function updateHead(head, words, poller, now) {
  const { process, kind, wait, watches } = poller;
  const [whose, call, took, result, counts] = head.children;
  setText(whose, process);
  setText(call, waitText(poller));
  set(head, {
    "data-wait": wait ? (wait.ended === null ? "open" : "over") : null, "data-ready": wait?.ready.length ?? 0,
    "data-asked": wait?.watched ?? watches.size, "data-error": wait?.error ?? null,
  });
  setText(took, wait ? tookText(words, wait, now) : "");
  setText(result, wait && wait.ended !== null ? `→ ${resultText(words, wait)}` : "");
  const key = COUNTS[kind];
  setText(counts, key ? words.text(key, { asked: wait?.watched ?? watches.size }) : "");
}

/**
 * @param {Catalog} words
 * @param {Wait} wait
 * @param {number} now
 */
function tookText(words, { began, ended, timeout }, now) {
  if (ended === null) return words.text("ui.wait_since", { for_ns: Math.max(0, now - began) });
  return words.text(timeout === 0 ? "ui.wait_took" : "ui.wait_waited", { for_ns: ended - began });
}

/** How many were asked about, where the call itself does not say it. @type {Partial<Record<Poller["kind"], string>>} */
const COUNTS = { poll: "ui.asked", epoll: "ui.listed" };

/** @type {Record<"R" | "W" | "X", string>} */
const COUNTED = { R: "ui.n_readable", W: "ui.n_writable", X: "ui.n_exceptional" };

/**
 * @param {Catalog} words
 * @param {Wait} wait
 * @returns {string}
 */
function resultText(words, { ready, error }) {
  if (error) return error;
  const some = SETS.flatMap(([name, bit]) => {
    const n = ready.filter(([, mask]) => mask & bit).length;
    return n ? [words.text(COUNTED[name], { n })] : [];
  });
  if (ready.length && some.length === 0) return words.text("ui.n_reported", { n: ready.length });
  return some.join(words.text("ui.list_comma")) || words.text("ui.none_ready");
}

/** @returns {HTMLTableRowElement} */
function newRow() {
  return html(
    "tr", { "data-watch": true },
    html(
      "th", { scope: "row" }, html("b"), html("span", { class: "watch-name" }), html("span", { class: "watch-flags" }),
    ),
    ...SETS.map(() => html("td", { class: "mark" }, html("i"), html("span", { class: "why" }))),
    html(
      "td", {}, html("span", { class: "byte-cells" }), html("span", { class: "watch-says" }),
      html("span", { class: "watch-flags" }), html("p", { class: "unreported" }),
    ),
  );
}

/**
 * @param {HTMLTableRowElement} node
 * @param {Catalog} words
 * @param {WatchRow} row
 * @param {Poller} poller
 */
function updateRow(node, words, row, poller) {
  const cells = [...node.cells];
  const [fd, name, flags] = cells[0].children;
  set(node, {
    class: row.number ? sendClass(row.number) : "send-unknown", "data-fd": row.fd, "data-what": row.what,
    "data-asked": setNames(row.asked), "data-ready": setNames(row.ready), "data-waiting": row.bytes ?? row.backlog,
    "data-evidence": row.evidence, "data-unreported": row.unreported,
  });
  setText(fd, `fd ${row.fd}`);
  setText(name, whatText(words, row));
  updateFlags(flags, words, askedFlags(row, poller));
  SETS.forEach(([, bit], i) => updateMark(cells[i + 1], words, (row.asked & bit) !== 0, (row.ready & bit) !== 0));
  updateWaiting(cells[4], words, row);
}

/** @param {number} mask */
function setNames(mask) {
  return SETS.filter(([, bit]) => mask & bit).map(([name]) => name).join("");
}

/**
 * @param {Catalog} words
 * @param {WatchRow} row
 * @returns {string}
 */
function whatText(words, { what, local, peer }) {
  if (what === "listener") return words.text("ui.what_listener", { address: local.slice(local.lastIndexOf(":")) });
  return what === "connection" && peer ? peer : words.text(`ui.what_${what}`);
}

/**
 * Of epoll: whether each is reported while it is ready, or when it becomes so.
 *
 * @param {WatchRow} row
 * @param {Poller} poller
 * @returns {string[]}
 */
function askedFlags({ asked, disarmed }, { kind }) {
  if (kind !== "epoll") return [];
  const names = flagNames(asked).filter((name) => name !== "RDHUP");
  return [...(names.includes("ET") ? [] : ["LT"]), ...names, ...(disarmed ? ["DISARMED"] : [])];
}

/**
 * @param {Element} root
 * @param {Catalog} words
 * @param {string[]} names
 */
function updateFlags(root, words, names) {
  keyed(root, names, (name) => name, () => html("span", { class: "flag" }), (node, name) => {
    set(node, { "data-flag": name });
    setText(node, words.text(`ui.flag_${name}`));
  });
}

/**
 * A ring for what was asked, filled when it was ready; a dot for what was not asked.
 *
 * @param {HTMLTableCellElement} cell
 * @param {Catalog} words
 * @param {boolean} asked
 * @param {boolean} ready
 */
function updateMark(cell, words, asked, ready) {
  const [shape, text] = cell.children;
  set(shape, { "data-asked": asked, "data-ready": ready });
  setText(text, words.text(ready ? "ui.mark_ready" : asked ? "ui.mark_asked" : "ui.mark_not_asked"));
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {Catalog} words
 * @param {WatchRow} row
 */
function updateWaiting(cell, words, row) {
  const [bytes, says, flags, unreported] = cell.children;
  const shown = row.bytes ? cellsOf(row.data, row.from) : [];
  keyed(bytes, shown, ({ start, end }) => `${start}-${end}`, () => html("i"), (node, { char, hex }) => {
    setText(node, char || hex);
  });
  setText(says, waitingText(words, row));
  updateFlags(flags, words, flagNames(row.ready));
  setText(unreported, row.unreported === null ? "" : words.text("ui.unreported", { n: row.unreported }));
}

/**
 * @param {Catalog} words
 * @param {WatchRow} row
 * @returns {string}
 */
function waitingText(words, { what, bytes, backlog, ended, closed, data }) {
  if (closed) return words.text("ui.socket_closed");
  if (what === "listener") {
    return backlog === null ? "" : words.text(backlog ? "ui.backlog_waiting" : "ui.backlog_none", { n: backlog });
  }
  const end = ended ? words.text("ui.stream_ended") : "";
  if (bytes === null) return end || words.text("ui.not_measured");
  if (bytes === 0) return end || words.text("ui.queue_empty");
  return [`${data.length && data.length < bytes ? "… " : ""}${bytes} B`, end].filter(Boolean).join(" · ");
}
