/** What the page says around the run: the header's buttons, the words before and after it, a lost connection. */

import { byId, set, setText } from "./dom.js";
import { disable } from "./transport.js";

/**
 * @typedef {{run: string | null, running: boolean, busy: boolean, status: import("../live.js").LiveStatus,
 *   started: boolean, concluded: boolean, why: string | null, streams: number,
 *   capture: import("../model/state.js").Capture, segments: number, datagrams: number, lost: number,
 *   states: boolean, segment: import("../types.js").SegmentCaptured | null, held: number, alive: number}} Status
 *   `states` when the TCP state of some connection is known; `held` of the `alive` processes are held
 */

/** @type {Partial<Record<import("../live.js").LiveStatus, string>>} */
const CONNECTION = { lost: "ui.connection_lost", unknown: "ui.connection_unknown" };

/** How long the page says that the connection is back, in ms. */
const BACK_MS = 4000;

/**
 * How the segments are known, how many there are, and how many were lost.
 *
 * @param {import("../messages.js").Catalog} words
 * @param {Status} status
 */
function updateWire(words, status) {
  const { run, started, running, capture, lost, states } = status;
  byId("wire-head", HTMLElement).hidden = !started;
  const measured = capture.kind === "measured";
  set(byId("wire-head", HTMLElement), { "data-measured": measured });
  const says = byId("wire-says", HTMLElement);
  set(says, { "data-lost": lost > 0 });
  setText(says, wireText(words, status));
  setText(byId("segment-says", HTMLElement), status.segment ? segmentText(status.segment) : "");
  byId("states-toggle", HTMLButtonElement).hidden = !states;
  const link = byId("pcapng", HTMLAnchorElement);
  link.hidden = !measured || running || run === null;
  if (run !== null) set(link, { href: `/api/runs/${encodeURIComponent(run)}/pcapng` });
}

/**
 * @param {import("../messages.js").Catalog} words
 * @param {Status} status
 * @returns {string}
 */
function wireText(words, status) {
  const { capture } = status;
  const where = capture.private ? words.text("ui.private_loopback") : "";
  const unwatched = capture.unwatched ? words.text("ui.ports_unwatched", { n: capture.unwatched }) : "";
  return segmentsText(words, status) + where + unwatched;
}

/**
 * @param {import("../messages.js").Catalog} words
 * @param {Status} status
 * @returns {string}
 */
function segmentsText(words, { capture, segments, datagrams, lost }) {
  if (capture.kind === "measured") {
    const some = datagrams ? [words.text("ui.n_datagrams", { n: datagrams })] : [];
    const what = segments || !datagrams ? [words.text("ui.n_segments", { n: segments }), ...some] : some;
    const captured = words.text("ui.captured", { what: what.join(" + ") });
    return captured + (lost ? words.text("ui.segments_lost", { n: lost }) : "");
  }
  const what = words.text(capture.kind === "derived" ? "ui.segments_derived" : "ui.segments_absent");
  return what + (capture.why ? words.text(capture.why) : "") + words.text("ui.segments_doctor");
}

/**
 * The header of a segment in the terms of RFC 9293 and RFC 7323, which are the same in every language.
 *
 * @param {import("../types.js").SegmentCaptured} segment
 * @returns {string}
 */
function segmentText({ protocol, flags, sequence, ack, window, options, length }) {
  if (protocol === "udp") return `UDP · len ${length ?? 0}`;
  const { mss, window_scale: scale, sack_permitted: permitted, sack, timestamp } = options ?? {};
  return [
    flags, number("seq", sequence), number("ack", ack), number("win", window), number("len", length ?? 0),
    number("MSS", mss), number("WS", scale), permitted ? "SACK permitted" : "",
    sack?.length ? `SACK ${sack.map(([left, right]) => `${left}–${right}`).join(" ")}` : "",
    timestamp ? `TSval ${timestamp[0]} TSecr ${timestamp[1]}` : "",
  ].filter(Boolean).join(" · ");
}

/**
 * @param {string} name
 * @param {number | null | undefined} value
 */
function number(name, value) {
  return value === null || value === undefined ? "" : `${name} ${value}`;
}

/**
 * What is to be remembered is offered when the run has been concluded.
 *
 * @param {boolean} concluded
 */
function updateRemember(concluded) {
  const button = document.getElementById("remember-toggle");
  if (!button) return; // a lesson with nothing to remember
  button.hidden = !concluded;
  if (!concluded) byId("remember", HTMLElement).hidden = true;
}

/** @param {import("../messages.js").Catalog} words */
export function statusView(words) {
  const connection = byId("connection", HTMLElement);
  /** @type {{status: Status["status"] | null, back: ReturnType<typeof setTimeout> | undefined}} */
  const known = { status: null, back: undefined };

  /** @param {Status} status */
  function updateConnection({ status, why }) {
    const wasLost = known.status === "lost";
    if (known.status === status) return;
    known.status = status;
    clearTimeout(known.back);
    // The log has an end, and none of the run: who wrote it was killed.
    const cut = status === "ended" && why === null;
    const key = cut ? "ui.recording_cut" : CONNECTION[status] ?? (wasLost ? "ui.connection_back" : null);
    setText(connection, key ? words.text(key) : "");
    set(connection, { "data-status": cut ? "cut" : status });
    if (wasLost && key === "ui.connection_back") known.back = setTimeout(() => setText(connection, ""), BACK_MS);
  }

  return {
    /** @param {Status} status */
    update(status) {
      disable("run", words, status.busy ? "ui.why_starting" : null);
      disable("stop", words, status.running ? null : "ui.why_not_running");
      byId("hold-all", HTMLElement).hidden = status.held === status.alive;
      byId("release-all", HTMLElement).hidden = status.held === 0;
      byId("intro", HTMLElement).hidden = status.started;
      byId("no-connection", HTMLElement).hidden = !status.started || status.streams > 0;
      updateRemember(status.concluded);
      updateWire(words, status);
      if (status.run) updateConnection(status);
    },
  };
}
