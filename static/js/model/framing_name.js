/**
 * A framing as the address writes it: `length-4-big`, `text-4`, `fixed-20`, `delimiter-|`. Pure.
 *
 * @typedef {import("./framing.js").Framing} Framing
 */

/** What a framing may be, as engine/scenario.py has it. */
export const LENGTHS = [1, 2, 4, 8];
/** Bytes: the most digits, the largest frame. */
export const MOST = { text: 20, fixed: 65536 };
/** Characters of a delimiter. */
export const LONGEST_DELIMITER = 100;

/**
 * @param {Framing | null} framing
 * @returns {string} `none` for null
 */
export function nameOf(framing) {
  if (!framing) return "none";
  const { kind, size, order, delimiter } = framing;
  if (kind === "delimiter") return `delimiter-${delimiter ?? "\n"}`;
  if (kind !== "length") return `${kind}-${size ?? 1}`;
  return size === 1 ? "length-1" : `length-${size ?? 4}-${order ?? "big"}`;
}

/**
 * @param {string | null} name
 * @returns {Framing | null | undefined} null for `none`, undefined for what is no name
 */
export function framingNamed(name) {
  if (name === null) return undefined;
  if (name === "none") return null;
  const delimiter = /^delimiter-(.+)$/s.exec(name)?.[1];
  if (delimiter) return delimiter.length <= LONGEST_DELIMITER ? { kind: "delimiter", delimiter } : undefined;
  const [, kind, digits, order] = /^(length|text|fixed)-(\d{1,5})(?:-(big|little))?$/.exec(name) ?? [];
  const size = Number(digits);
  if (kind === "length") return lengthOf(size, order);
  if (!kind || order || size < 1 || size > MOST[kind === "text" ? "text" : "fixed"]) return undefined;
  return { kind: kind === "text" ? "text" : "fixed", size };
}

/**
 * @param {number} size
 * @param {string | undefined} order
 * @returns {Framing | undefined}
 */
function lengthOf(size, order) {
  if (!LENGTHS.includes(size) || (size > 1 && !order)) return undefined;
  return { kind: "length", size, order: order === "little" ? "little" : "big" };
}

/** @type {[string, string][]} */
const ESCAPES = [["\\", "\\\\"], ["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"], ["\0", "\\0"]];

/**
 * A delimiter as a reader types it: `\n` for a line feed.
 *
 * @param {string} text
 * @returns {string}
 */
export function escaped(text) {
  return ESCAPES.reduce((all, [char, name]) => all.replaceAll(char, name), text);
}

/**
 * @param {string} typed
 * @returns {string}
 */
export function unescaped(typed) {
  return typed.replace(/\\(.)/g, (whole, char) => ESCAPES.find(([, name]) => name === `\\${char}`)?.[0] ?? whole);
}
