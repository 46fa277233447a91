/**
 * What a terminal shows: lines, the last of which is still written to, so that a prompt without a newline stands where
 * it was written. Of a flood only the newest lines are kept. Nothing here knows the DOM.
 *
 * @typedef {{kind: string, text: string}} Piece
 * @typedef {{number: number, pieces: Piece[], length: number}} Line  `length` in UTF-16 units
 */

/** Lines kept. */
export const LINES = 500;
/** A line longer than this goes on in the next one: a browser cannot lay out a line of a megabyte. */
const LONGEST = 10_000;

export class Screen {
  /** @param {number} [limit] lines to keep */
  constructor(limit = LINES) {
    this.limit = limit;
    /** The last one is open. @type {Line[]} */
    this.lines = [{ number: 0, pieces: [], length: 0 }];
  }

  /** How many lines are no longer kept. */
  get left() {
    return this.lines[0].number;
  }

  /** @returns {Line} the one that is still written to */
  get open() {
    return this.lines[this.lines.length - 1];
  }

  /**
   * @param {string} kind
   * @param {string} text
   * @returns {void}
   */
  write(kind, text) {
    text.split("\n").forEach((part, i) => {
      if (i > 0) this.#newLine();
      for (let at = 0; at < part.length; at += LONGEST) this.#add(kind, part.slice(at, at + LONGEST));
    });
    this.lines = this.lines.slice(-this.limit);
  }

  /**
   * @param {string} kind
   * @param {string} text
   */
  #add(kind, text) {
    if (this.open.length + text.length > LONGEST && this.open.length > 0) this.#newLine();
    const last = this.open.pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.open.pieces.push({ kind, text });
    this.open.length += text.length;
  }

  #newLine() {
    this.lines.push({ number: this.open.number + 1, pieces: [], length: 0 });
  }
}
