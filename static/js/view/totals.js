/** The table under two runs: the same few numbers of each, and where they are not the same. */

import { byId, html, keyed, set, setText } from "./dom.js";

/**
 * @typedef {import("../model/totals.js").Totals} Totals
 * @typedef {{letter: string, side: string, totals: Totals | null}} Row  null of a side that was not run
 */

/** @type {(keyof Totals)[]} */
const COLUMNS = ["sends", "segments", "receives", "sent", "received", "last", "findings", "conclusion"];
/** Of no two runs they are the same, so that they are not says nothing. */
const NEVER_SAME = ["last", "conclusion"];

/** @param {import("../messages.js").Catalog} words */
export function totalsView(words) {
  const body = /** @type {HTMLElement} */ (byId("totals", HTMLTableElement).tBodies[0]);
  return {
    /** @param {Row[]} rows */
    update(rows) {
      const [left, right] = rows.map(({ totals }) => totals);
      keyed(body, rows, ({ side }) => side, newRow, (node, { totals }) => {
        COLUMNS.forEach((column, i) => {
          const differs = left && right && !NEVER_SAME.includes(column) && left[column] !== right[column];
          setText(node.cells[i + 1], totals ? cellText(words, column, totals) : "");
          set(node.cells[i + 1], { "data-differs": Boolean(differs) });
        });
      });
    },
  };
}

/** @param {Row} row */
function newRow({ letter, side }) {
  const cells = COLUMNS.map((column) => html("td", { "data-total": column }));
  return html("tr", { "data-side": side }, html("th", { scope: "row" }, html("b", { class: "letter" }, letter)), ...cells);
}

/**
 * @param {import("../messages.js").Catalog} words
 * @param {keyof Totals} column
 * @param {Totals} totals
 * @returns {string}
 */
function cellText(words, column, totals) {
  const { conclusion, segments, last } = totals;
  if (column === "conclusion") return conclusion ? words.pieces(conclusion.key, conclusion.args, conclusion.parts).map(({ text }) => text).join("") : "–";
  if (column === "segments") return segments === null ? words.text("ui.total_not_captured") : String(segments);
  if (column === "last") return last === null ? "–" : words.text("ui.total_after", { time_ns: last });
  if (column === "sent" || column === "received") return `${totals[column]} B`;
  return String(totals[column]);
}
