/** Idempotent DOM writing: a node is touched only when what it says changes. Text goes in as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * @param {Element} node
 * @param {Attributes} attributes null, undefined and false take one away, true gives an empty one
 * @returns {void}
 */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      if (node.hasAttribute(name)) node.removeAttribute(name);
      continue;
    }
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/**
 * @param {Node} node
 * @param {string} text
 * @returns {void}
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = /** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SVG, tag));
  set(node, attributes);
  node.append(...children);
  return node;
}

/** What a node was drawn from. @type {WeakMap<Element, unknown[]>} */
const sources = new WeakMap();

/**
 * Of a row with hundreds of boxes most have not changed, and to look at each of their attributes takes long.
 *
 * @param {Element} node
 * @param {unknown[]} source all that decides what it shows
 * @returns {boolean} whether it was drawn from the same the last time
 */
export function isDrawn(node, source) {
  const before = sources.get(node);
  if (before?.length === source.length && before.every((value, i) => value === source[i])) return true;
  sources.set(node, source);
  return false;
}

/** @type {WeakMap<Element, Map<string, Element>>} */
const children = new WeakMap();

/**
 * Makes the children of a node those of a list, in its order, reusing the ones whose key is there already.
 *
 * @template T
 * @template {Element} E
 * @param {Element} parent holds nothing but these children
 * @param {T[]} items
 * @param {(item: T) => string | number} key unique among the items
 * @param {(item: T) => E} create
 * @param {(node: E, item: T) => void} update
 * @returns {void}
 */
export function keyed(parent, items, key, create, update) {
  const before = /** @type {Map<string, E>} */ (children.get(parent) ?? new Map());
  /** @type {Map<string, E>} */
  const now = new Map();
  for (const item of items) {
    const id = String(key(item));
    const node = before.get(id) ?? create(item);
    before.delete(id);
    now.set(id, node);
  }
  for (const node of before.values()) node.remove();
  let at = parent.firstElementChild;
  for (const node of now.values()) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  children.set(parent, now);
  // Now that they are in their place, they can be measured.
  for (const item of items) update(/** @type {E} */ (now.get(String(key(item)))), item);
}

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`#${id} is not on the page`);
  return node;
}

/** Asking for a style makes the browser compute it anew after each change of the page, so the unit is asked for once. */
let unit = 0;
const forget = () => {
  unit = 0;
};
addEventListener("resize", forget);
new MutationObserver(forget).observe(document.documentElement, { attributes: true });

/**
 * The px of one unit of the page's grid: 1 at 1080p, as the root font size grows with the window.
 *
 * @returns {number}
 */
export function gridUnit() {
  unit ||= parseFloat(getComputedStyle(document.documentElement).fontSize) / 20;
  return unit;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {number} px of one unit in it; the style sheet may draw it larger than the rest
 */
export function unitOf(canvas) {
  return parseFloat(getComputedStyle(canvas).fontSize) / 20;
}

const pen = document.createElement("canvas").getContext("2d");
/** Widths that were measured, by font and text; forgotten when they are many. @type {Map<string, number>} */
const widths = new Map();
const MANY = 5000;
document.fonts.addEventListener("loadingdone", () => widths.clear());

/**
 * @param {string} text
 * @param {string} font as CSS writes it
 * @returns {number} px
 */
export function textWidth(text, font) {
  if (!pen) return text.length * 10;
  const key = `${font}\n${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  pen.font = font;
  const { width } = pen.measureText(text);
  if (widths.size > MANY) widths.clear();
  widths.set(key, width);
  return width;
}
