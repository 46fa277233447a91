/** What the reader says before the run, kept for the tab, and what the run said to it. Pure but for the storage. */

/**
 * @typedef {import("./types.js").Prediction} Prediction
 * @typedef {import("./types.js").Parameter} Parameter
 * @typedef {"right" | "wrong" | "unsaid"} Verdict
 */

/**
 * The guess of a lesson; "" when there is none.
 *
 * @param {Storage} storage of the tab
 * @param {string} lesson
 */
export function guessOf(storage, lesson) {
  return storage.getItem(`guess:${lesson}`) ?? "";
}

/**
 * @param {Storage} storage
 * @param {string} lesson
 * @param {string} guess
 * @returns {void}
 */
export function keepGuess(storage, lesson, guess) {
  storage.setItem(`guess:${lesson}`, guess);
}

/**
 * @param {string} guess
 * @param {string | number} value
 * @returns {Verdict}
 */
export function verdictOf(guess, value) {
  if (guess.trim() === "") return "unsaid";
  const same = typeof value === "number" ? Number(guess) === value : guess === value;
  return same || guess === String(value) ? "right" : "wrong";
}

/**
 * A value in the words of the lesson, in quotes; a number as it is, or in bytes.
 *
 * @param {Prediction} prediction
 * @param {string | number} value
 * @param {import("./messages.js").Catalog} words
 * @returns {string}
 */
export function wordsOf(prediction, value, words) {
  const chosen = prediction.choices.find((choice) => choice.value === String(value));
  if (chosen || Number.isNaN(Number(value))) return `“${chosen?.text ?? value}”`;
  return prediction.measure.endsWith(".bytes") ? words.text("ui.prediction_bytes", { n: Number(value) }) : String(value);
}

/**
 * @param {Prediction} prediction
 * @param {Parameter[]} parameters
 * @param {Record<string, import("./types.js").Value>} values
 * @returns {boolean} whether what the question says is true with these values
 */
export function isAbout({ supposes }, parameters, values) {
  const supposed = parameters.filter(({ name }) => supposes.includes(name));
  return supposed.every(({ name, default: usual }) => JSON.stringify(values[name]) === JSON.stringify(usual));
}
