/** Which formats of struct are compared, and how their bytes are written. Pure. */

/** The byte orders: native, little-endian, and that of the network. */
const ORDERS = ["", "<", "!"];

/**
 * The format that is asked for, and its relatives: each byte order, with and without a sign.
 *
 * @param {string} format
 * @returns {string[]} each once
 */
export function asked(format) {
  const [, char] = /^[@=<>!]?([bBhHiIlLqQ])$/.exec(format) ?? [];
  if (!char) return [format];
  const other = char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase();
  return [...new Set([format, ...[char, other].flatMap((one) => ORDERS.map((order) => order + one))])];
}

/**
 * @param {string} format
 * @returns {string} the key of what its first character says about order and size
 */
export function familyOf(format) {
  const marks = { "<": "ui.struct_little", ">": "ui.struct_big", "!": "ui.struct_network", "=": "ui.struct_standard" };
  return marks[/** @type {keyof typeof marks} */ (format[0])] ?? "ui.struct_native";
}

/**
 * @param {string | null} hex
 * @returns {[number, string][]} its bytes, each with its place
 */
export function spaced(hex) {
  return (hex ?? "").match(/../g)?.map((byte, i) => [i, byte]) ?? [];
}
