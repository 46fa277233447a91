/** The question before a run: what was guessed, and what the run said. */

import assert from "node:assert/strict";
import test from "node:test";

import { initialState } from "../../static/js/model/state.js";
import { reduce } from "../../static/js/model/reduce.js";
import { Catalog } from "../../static/js/messages.js";
import { guessOf, isAbout, keepGuess, verdictOf, wordsOf } from "../../static/js/prediction.js";

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

const words = new Catalog({ "ui.prediction_bytes": ["{n} byte", "{n} bytes"] });

test("values are told in the words of the lesson, others as they are", () => {
  const choices = [{ value: "none", text: "it works" }, { value: "4", text: "four" }];
  const prediction = { question: "?", measure: "exit.error", choices, supposes: [] };
  const told = ["none", 4, "KeyError", 5].map((value) => wordsOf(prediction, value, words));
  assert.deepEqual(told, ["“it works”", "“four”", "“KeyError”", "5"]);
});

test("a number of bytes says so", () => {
  const prediction = { question: "?", measure: "receive.bytes", choices: [], supposes: [] };
  assert.deepEqual([15, "1"].map((value) => wordsOf(prediction, value, words)), ["15 bytes", "1 byte"]);
});

test("a question is about the defaults of what it supposes, and of nothing else", () => {
  const prediction = { question: "?", measure: "receive.bytes", choices: [], supposes: ["MESSAGES"] };
  const described = { label: "", help: "" };
  /** @type {import("../../static/js/types.js").Parameter[]} */
  const parameters = [
    { name: "MESSAGES", kind: "texts", default: ["a", "b"], ...described },
    { name: "PORT", kind: "int", default: 8001, ...described },
  ];
  assert.equal(isAbout(prediction, parameters, { MESSAGES: ["a", "b"], PORT: 9000 }), true);
  assert.equal(isAbout(prediction, parameters, { MESSAGES: ["a"], PORT: 8001 }), false);
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
