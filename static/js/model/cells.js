/**
 * Bytes as a reader sees them: one cell a character, over as many bytes as it takes in UTF-8. What is no whole
 * character (one cut in two, or no UTF-8 at all) gives one cell a byte, without a character.
 *
 * @typedef {{start: number, end: number, char: string, hex: string}} Cell
 */

/** What stands for a space. */
export const SPACE = "␣";

/**
 * Characters that cannot be seen, and what stands for them; for control characters, nothing but their hex: few fonts have
 * the pictures of them (U+2400 and up).
 *
 * @param {string} char
 * @returns {string}
 */
function visible(char) {
  const code = char.codePointAt(0) ?? 0;
  if (char === " ") return SPACE;
  if (char === "\n") return "⏎";
  if (char === "\t") return "⇥";
  return code < 0x20 || code === 0x7f ? "" : char;
}

/**
 * The length a UTF-8 sequence has by its first byte (RFC 3629, section 3); 0 for a byte that starts none.
 *
 * @param {number} byte
 * @returns {number}
 */
function sequenceLength(byte) {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} null when they are not UTF-8
 */
function decoded(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/**
 * @param {Uint8Array} bytes
 * @param {number} from the offset of the first one in the stream
 * @returns {Cell[]}
 */
export function cellsOf(bytes, from) {
  /** @type {Cell[]} */
  const cells = [];
  let i = 0;
  while (i < bytes.length) {
    const length = sequenceLength(bytes[i]);
    const whole = length > 0 && i + length <= bytes.length;
    const char = whole ? decoded(bytes.subarray(i, i + length)) : null;
    const end = char === null ? i + 1 : i + length;
    cells.push({
      start: from + i, end: from + end, char: char === null ? "" : visible(char), hex: hex(bytes.subarray(i, end)),
    });
    i = end;
  }
  return cells;
}
