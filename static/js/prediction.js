/** What the reader says before the run, kept for the tab, and what the run said to it. Pure but for the storage. */

/**
 * @typedef {import("./types.js").Prediction} Prediction
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
 * A value in the words of the lesson.
 *
 * @param {Prediction} prediction
 * @param {string | number} value
 * @returns {string}
 */
export function wordsOf(prediction, value) {
  return prediction.choices.find((choice) => choice.value === String(value))?.text ?? String(value);
}
