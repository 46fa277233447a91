/**
 * Fills the catalog's sentences in, by the same rules as `engine/messages.py`; `tests/fixtures/messages.json` holds
 * the two together.
 *
 * @typedef {import("./types.js").Message} Message
 * @typedef {{text: string, emphasised: boolean}} Piece
 * @typedef {Record<string, unknown>} Args
 */

/** @type {[unit: string, ns: number, wholeFrom: number][]} */
const UNITS = [
  ["s", 1_000_000_000, 100],
  ["ms", 1_000_000, 100],
  ["µs", 1_000, 10],
];

/**
 * A duration for the reader: 850 ns, 61 µs, 12.3 ms, 2.3 s.
 *
 * @param {number} ns
 * @returns {string}
 */
export function duration(ns) {
  if (ns < 0) return "−" + duration(-ns);
  const unit = UNITS.find(([, size]) => ns >= size);
  if (!unit) return `${Math.round(ns)} ns`;
  const [name, size, wholeFrom] = unit;
  if (ns >= wholeFrom * size) return `${Math.floor((ns + size / 2) / size)} ${name}`;
  return `${Math.floor((ns * 10 + size / 2) / size) / 10} ${name}`;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function argument(name, value) {
  return name.endsWith("_ns") && typeof value === "number" ? duration(value) : String(value);
}

/**
 * A message with its arguments, as pieces. It is cut at its `*` before the arguments go in: a `*` in a program's
 * data is data. An unknown `{name}` stays as it is.
 *
 * @param {Message} message
 * @param {Args} args
 * @returns {Piece[]}
 */
export function fill(message, args) {
  const form = typeof message === "string" ? message : message[args.n === 1 ? 0 : 1];
  /** @type {(whole: string, name: string) => string} */
  const filled = (whole, name) => (Object.hasOwn(args, name) ? argument(name, args[name]) : whole);
  return form
    .split("*")
    .map((text, i) => ({ text: text.replace(/\{(\w+)\}/g, filled), emphasised: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** The catalog of the page's language. */
export class Catalog {
  /** @param {Record<string, Message>} messages */
  constructor(messages) {
    this.messages = messages;
  }

  /**
   * A key without a message is shown as itself, so that it is seen. The texts of `parts` stand for `{parts}`.
   *
   * @param {string} key
   * @param {Args} [args]
   * @param {import("./types.js").Caption[]} [parts]
   * @returns {Piece[]}
   */
  pieces(key, args = {}, parts = []) {
    const message = this.messages[key] ?? key;
    if (parts.length === 0) return fill(message, args);
    const told = parts.map((part) => this.text(part.key, part.args)).join(this.text("caption.between"));
    return fill(message, { parts: told, ...args });
  }

  /**
   * @param {string} key
   * @param {Args} [args]
   * @returns {string}
   */
  text(key, args = {}) {
    return this.pieces(key, args)
      .map((piece) => piece.text)
      .join("");
  }
}
