/** The question before a run: what was guessed, and what the run said. */

import assert from "node:assert/strict";
import test from "node:test";

import { initialState } from "../../static/js/model/state.js";
import { reduce } from "../../static/js/model/reduce.js";
import { guessOf, keepGuess, verdictOf, wordsOf } from "../../static/js/prediction.js";

/** @returns {Storage} */
function storage() {
  const kept = new Map();
  return /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
  }));
}

test("a number is right when it is the number", () => {
  assert.equal(verdictOf("15", 15), "right");
  assert.equal(verdictOf(" 15 ", 15), "right");
  assert.equal(verdictOf("12", 15), "wrong");
  assert.equal(verdictOf("0", 0), "right");
  assert.equal(verdictOf("", 0), "unsaid");
  assert.equal(verdictOf("  ", 0), "unsaid");
});

test("a choice is right when it is the one", () => {
  assert.equal(verdictOf("OSError", "OSError"), "right");
  assert.equal(verdictOf("none", "OSError"), "wrong");
  assert.equal(verdictOf("4", 4), "right");
});

test("values are told in the words of the lesson, others as they are", () => {
  const prediction = { question: "?", choices: [{ value: "none", text: "it works" }, { value: "4", text: "four" }] };
  assert.equal(wordsOf(prediction, "none"), "it works");
  assert.equal(wordsOf(prediction, 4), "four");
  assert.equal(wordsOf(prediction, "KeyError"), "KeyError");
});

test("a guess is kept for each lesson", () => {
  const tab = storage();
  keepGuess(tab, "sticky", "12");
  assert.equal(guessOf(tab, "sticky"), "12");
  assert.equal(guessOf(tab, "split"), "");
});

test("the answer is known from its event on", () => {
  const state = reduce(initialState(), { type: "prediction.answered", seq: 1, t: 5, value: 15, call: 3 });
  assert.deepEqual(state.answer, { value: 15, call: 3 });
  assert.equal(initialState().answer, null);
});
