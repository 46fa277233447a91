/** How a send's mark (colour, pattern, number) gets onto the page: classes for CSS, pattern fills for SVG. */

import { COLOURS, PATTERNS, markOf } from "../palette.js";
import { svg } from "./dom.js";

/**
 * Puts every pattern of every colour on the page once; ids are the same for all drawings.
 *
 * @param {Element} parent
 * @returns {void}
 */
export function definePatterns(parent) {
  const patterns = COLOURS.flatMap((_, colour) => PATTERNS.map((path, pattern) => onePattern(colour, pattern, path)));
  const derived = svg(
    "pattern", { id: "derived", width: 10, height: 10, patternUnits: "userSpaceOnUse", class: "derived-pattern" },
    svg("path", { d: "M-2 2L2 -2M0 10L10 0M8 12L12 8" }),
  );
  const drawing = svg("svg", { width: 0, height: 0, class: "definitions", "aria-hidden": "true" });
  drawing.append(svg("defs", {}, ...patterns, derived));
  parent.append(drawing);
}

/**
 * @param {number} colour
 * @param {number} pattern
 * @param {string} path
 * @returns {SVGPatternElement}
 */
function onePattern(colour, pattern, path) {
  return svg(
    "pattern",
    {
      id: `send-${colour}-${pattern}`, class: `send-c${colour + 1}`,
      width: 8, height: 8, patternUnits: "userSpaceOnUse",
    },
    svg("rect", { width: 8, height: 8, class: "pattern-ground" }),
    svg("path", { d: path, class: "pattern-stroke" }),
  );
}

/**
 * @param {number} number of the send; 0 for bytes nobody's send is known for
 * @returns {string} its CSS class
 */
export function sendClass(number) {
  return number ? `send-c${markOf(number).colour + 1}` : "send-unknown";
}

/**
 * @param {number} number
 * @returns {string} an SVG paint
 */
export function sendFill(number) {
  if (!number) return "var(--mute)";
  const { colour, pattern } = markOf(number);
  return `url(#send-${colour}-${pattern})`;
}
