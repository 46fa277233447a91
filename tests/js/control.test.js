import assert from "node:assert/strict";
import test from "node:test";

import { controlOf } from "../../static/js/control.js";

/** A page with a run; `answers` are those of the dashboard, null for none. */
function page(...answers) {
  const said = [];
  globalThis.fetch = async () => {
    const answer = answers.shift();
    if (answer === null) throw new TypeError("no network");
    return answer;
  };
  const control = controlOf({
    run: () => "r1", toEdge: () => {}, added: (program, process) => said.push(["added", program, process]),
    complain: (whom, error) => said.push([whom, error && { problem: error.problem }]),
  });
  return { control, said };
}

const answer = (status, content) => new Response(JSON.stringify(content), { status });

test("what is refused, and what is not answered, is not done and is said", async () => {
  const problem = { key: "error.not_reading", text: { en: "full" } };
  const { control, said } = page(answer(409, { error: problem }), null, answer(200, {}));
  assert.deepEqual(
    [await control.input("client", "a\n", false), await control.hold("client"), await control.hold("client")],
    [false, false, true],
  );
  assert.deepEqual(said, [["client", { problem }], ["client", { problem: null }], ["client", null]]);
});

test("one call too early is no complaint", async () => {
  const { control, said } = page(answer(409, { error: { key: "error.not_held", text: { en: "not yet" } } }));
  assert.equal(await control.step("server", null), false);
  assert.deepEqual(said, []);
});

test("a process that was added is told by its name", async () => {
  const { control, said } = page(answer(201, { process: "client-2" }));
  assert.equal(await control.add("client"), true);
  assert.deepEqual(said, [["added", "client", "client-2"], ["+client", null]]);
});
