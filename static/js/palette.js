/**
 * The mark of a send: colour, pattern and number, the same wherever it is drawn. Colours are those of Okabe and Ito;
 * the pattern and the number say the same to who cannot tell them apart.
 *
 * @typedef {{colour: number, pattern: number, sign: string}} Mark  indices into COLOURS and PATTERNS
 */

/** In step with `--send-1` … in static/css/base.css, where the themes may shade them. */
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#a89a00"];
/** What is legible on each. */
export const INKS = ["#ffffff", "#000000", "#000000", "#000000", "#000000", "#000000", "#000000"];

/**
 * Strokes on a tile of 8 × 8, drawn over the colour.
 */
export const PATTERNS = ["", "M-2 2L2 -2M0 8L8 0M6 10L10 6", "M4 3.2v1.6", "M4 0V8", "M0 4H8"];

/**
 * @param {number} number of the send, from 1
 * @returns {Mark}
 */
export function markOf(number) {
  const i = number - 1;
  return { colour: i % COLOURS.length, pattern: i % PATTERNS.length, sign: sign(number) };
}

/**
 * ① … ㊿, as far as Unicode goes.
 *
 * @param {number} number
 * @returns {string}
 */
export function sign(number) {
  if (number >= 1 && number <= 20) return String.fromCodePoint(0x2460 + number - 1);
  if (number >= 21 && number <= 35) return String.fromCodePoint(0x3251 + number - 21);
  if (number >= 36 && number <= 50) return String.fromCodePoint(0x32b1 + number - 36);
  return `(${number})`;
}
