/** A column of numbers that grows: what is scanned is kept in columns, not in objects. */

export class Column {
  constructor() {
    this.values = new Float64Array(1024);
    this.length = 0;
  }

  /** @param {number} value */
  push(value) {
    if (this.length === this.values.length) {
      const wider = new Float64Array(this.values.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values[this.length++] = value;
  }

  /** @param {number} i */
  at(i) {
    return this.values[i];
  }

  /** @returns {Float64Array} what is in it so far, for a search; not a copy */
  view() {
    return this.values.subarray(0, this.length);
  }
}
