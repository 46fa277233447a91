/** What the page says around the run: the header's buttons, the words before and after it, a lost connection. */

import { byId, set, setText } from "./dom.js";
import { disable } from "./transport.js";

/**
 * @typedef {{run: string | null, running: boolean, busy: boolean, status: import("../live.js").LiveStatus,
 *   started: boolean, concluded: boolean, why: string | null, streams: number}} Status
 */

/** @type {Partial<Record<import("../live.js").LiveStatus, string>>} */
const CONNECTION = { lost: "ui.connection_lost", unknown: "ui.connection_unknown" };

/** How long the page says that the connection is back, in ms. */
const BACK_MS = 4000;

/** @param {import("../messages.js").Catalog} words */
export function statusView(words) {
  const connection = byId("connection", HTMLElement);
  /** @type {{status: Status["status"] | null, back: ReturnType<typeof setTimeout> | undefined}} */
  const known = { status: null, back: undefined };

  /** @param {Status["status"]} status */
  function updateConnection(status) {
    const wasLost = known.status === "lost";
    if (known.status === status) return;
    known.status = status;
    clearTimeout(known.back);
    const key = CONNECTION[status] ?? (wasLost ? "ui.connection_back" : null);
    setText(connection, key ? words.text(key) : "");
    set(connection, { "data-status": status });
    if (wasLost && key === "ui.connection_back") known.back = setTimeout(() => setText(connection, ""), BACK_MS);
  }

  return {
    /** @param {Status} status */
    update(status) {
      disable("run", words, status.busy ? "ui.why_starting" : null);
      disable("stop", words, status.running ? null : "ui.why_not_running");
      byId("intro", HTMLElement).hidden = status.started;
      byId("no-connection", HTMLElement).hidden = !status.started || status.streams > 0;
      byId("remember", HTMLElement).hidden = !status.concluded;
      if (status.run) updateConnection(status.status);
    },
  };
}
