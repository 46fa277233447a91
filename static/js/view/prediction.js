/** The question of a lesson: asked before the run, answered when the playhead has passed what decides it. */

import { guessOf, isAbout, keepGuess, verdictOf, wordsOf } from "../prediction.js";
import { byId, html, set, setText } from "./dom.js";

/**
 * @typedef {import("../types.js").Prediction} Prediction
 * @typedef {import("../types.js").Value} Value
 */

/** @type {Record<import("../prediction.js").Verdict, {mark: string, key: string}>} */
const VERDICTS = {
  right: { mark: "✓", key: "ui.prediction_right" },
  wrong: { mark: "✗", key: "ui.prediction_wrong" },
  unsaid: { mark: "", key: "ui.prediction_unsaid" },
};

/**
 * @param {import("../messages.js").Catalog} words
 * @param {{id: string, prediction: Prediction | null, parameters: import("../types.js").Parameter[]}} lesson
 * @param {Storage} storage
 * @returns {{update: (answer: import("../model/state.js").Answer | null, over: boolean,
 *   values: Record<string, Value>) => void}}
 */
export function predictionView(words, { id, prediction, parameters }, storage) {
  if (!prediction) return { update: () => undefined };
  const { question } = prediction;
  /** @param {string | number} value */
  const inWords = (value) => wordsOf(prediction, value, words);
  const asked = byId("prediction", HTMLFieldSetElement);
  const noted = byId("prediction-noted", HTMLElement);
  const place = byId("answer", HTMLElement);
  const [mark, says] = [html("b", { "aria-hidden": "true" }), html("span")];
  // One line: where there is no room for the whole question, its beginning recalls it.
  place.append(html("span", { class: "asked", title: question }, question), mark, says);

  /** @param {string} guess */
  function note(guess) {
    keepGuess(storage, id, guess);
    setText(noted, guess.trim() ? words.text("ui.prediction_noted", { guess: inWords(guess) }) : "");
  }

  const before = guessOf(storage, id);
  asked.append(...(prediction.choices.length ? choices(prediction, before) : [numberField(words, before)]));
  asked.addEventListener("input", (event) => note(/** @type {HTMLInputElement} */ (event.target).value));
  note(before);

  return {
    update(answer, over, values) {
      const about = isAbout(prediction, parameters, values);
      asked.hidden = noted.hidden = !about;
      place.hidden = !about || (answer === null && !over);
      if (answer === null) {
        set(place, { "data-verdict": "unknown" });
        setText(mark, "");
        setText(says, words.text("ui.prediction_unknown"));
        return;
      }
      const guess = guessOf(storage, id);
      const verdict = verdictOf(guess, answer.value);
      set(place, { "data-verdict": verdict });
      setText(mark, VERDICTS[verdict].mark);
      const args = { guess: inWords(guess), value: inWords(answer.value) };
      setText(says, words.text(VERDICTS[verdict].key, args));
    },
  };
}

/**
 * @param {Prediction} prediction
 * @param {string} chosen
 * @returns {HTMLElement[]}
 */
function choices(prediction, chosen) {
  return prediction.choices.map(({ value, text }) => {
    const input = html("input", { type: "radio", name: "prediction", value });
    input.checked = value === chosen;
    return html("label", { class: "choice" }, input, html("span", {}, text));
  });
}

/**
 * @param {import("../messages.js").Catalog} words
 * @param {string} guess
 * @returns {HTMLElement}
 */
function numberField(words, guess) {
  const input = html("input", { type: "number", id: "prediction-number", min: 0, step: 1, autocomplete: "off" });
  input.value = guess;
  return html("label", {}, words.text("ui.prediction_number"), " ", input);
}
